/**
 * MATLAB v5 files (also compressed) as a tree of variables: numbers, text, structures, cells.
 *
 * Source: MathWorks, "MAT-File Format", Level 5 (versions 5 to 7). Numbers stay bytes until they are read.
 * Objects, functions, sparse and complex arrays come as `other`; version 7.3 is HDF5 and not read.
 */
import { inflateSync } from 'node:zlib';
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';

export interface MatNumbers {
  readonly kind: 'numbers';
  readonly rowCount: number;
  readonly columnCount: number;
  readonly integer: boolean;
  /** Value at an index, column after column. */
  readonly at: (index: number) => number;
}

export type MatValue =
  | MatNumbers
  | { readonly kind: 'text'; readonly rows: readonly string[] }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, MatValue> }
  | { readonly kind: 'cell'; readonly values: readonly MatValue[] }
  | { readonly kind: 'other' };

const OTHER: MatValue = { kind: 'other' };
const HEADER_BYTES = 128;
const MATRIX = 14;
const COMPRESSED = 15;
const MAX_DEPTH = 8;
const MAX_ELEMENTS = 100_000;
const MAX_TEXT_LENGTH = 100_000;
const CELL_CLASS = 1;
const STRUCT_CLASS = 2;
const CHAR_CLASS = 4;
const FIRST_NUMBER_CLASS = 6;
const LAST_NUMBER_CLASS = 15;
const LAST_FLOAT_CLASS = 7;
const COMPLEX_FLAG = 0x08;

type ReadNumber = (view: DataView, at: number, little: boolean) => number;

/** Storage types: bytes a number and how to read one. */
const NUMBERS: Readonly<Record<number, { readonly bytes: number; readonly read: ReadNumber }>> = {
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  4: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  5: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  6: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  7: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  9: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  12: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  16: { bytes: 1, read: (view, at) => view.getUint8(at) },
  17: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
};

interface Element {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The variables of a file by name. @throws `format.header`, `format.truncated`, `limit.exceeded` */
export function parseMat5(bytes: Uint8Array, file: string, limits: Limits): Map<string, MatValue> {
  const mark = String.fromCharCode(bytes[126] ?? 0, bytes[127] ?? 0);
  if (mark !== 'IM' && mark !== 'MI') {
    throw new PqrError('format.header', `${shown(file)} has no byte order mark of a MAT-file.`);
  }
  return new Mat5Parser(file, mark === 'IM', limits).parse(bytes);
}

class Mat5Parser {
  private elementCount = 0;
  private inflatedBytes = 0;

  constructor(
    private readonly file: string,
    private readonly little: boolean,
    private readonly limits: Limits,
  ) {}

  parse(bytes: Uint8Array): Map<string, MatValue> {
    const variables = new Map<string, MatValue>();
    const reader = new ElementReader(bytes, HEADER_BYTES, this.little, this.file);
    for (let element = reader.next(false); element; element = reader.next(false)) {
      const matrix = element.type === COMPRESSED ? this.inflate(element) : element;
      if (matrix?.type !== MATRIX) continue;
      const { name, value } = this.parseMatrix(matrix.bytes, 0);
      if (name !== '') variables.set(name, value);
    }
    return variables;
  }

  private inflate({ bytes }: Element): Element | undefined {
    const room = this.limits.fileBytes - this.inflatedBytes;
    try {
      const inflated = inflateSync(bytes, { maxOutputLength: Math.max(1, room) });
      this.inflatedBytes += inflated.length;
      return new ElementReader(inflated, 0, this.little, this.file).next(false);
    } catch (cause) {
      if (PqrError.isInstance(cause)) throw cause;
      throw new PqrError(
        'format.inconsistent',
        `${shown(this.file)}: a compressed variable can't be inflated within ${this.limits.fileBytes} bytes.`,
        { cause, hint: 'Copy the file again.' },
      );
    }
  }

  private parseMatrix(bytes: Uint8Array, depth: number): { name: string; value: MatValue } {
    this.elementCount++;
    if (depth > MAX_DEPTH || this.elementCount > MAX_ELEMENTS) {
      throw new PqrError(
        'format.header',
        `${shown(this.file)} is nested deeper than ${MAX_DEPTH} or has more than ${MAX_ELEMENTS} values.`,
      );
    }
    const reader = new ElementReader(bytes, 0, this.little, this.file);
    const flags = reader.next();
    const dimensions = flags && reader.next();
    const name = dimensions && reader.next();
    if (name === undefined) return { name: '', value: OTHER };
    const arrayFlags = this.integers(flags!)[0] ?? 0;
    const sides = this.integers(dimensions!);
    const value = this.parseValue(reader, arrayFlags, { sides, depth });
    return { name: new TextDecoder('latin1').decode(name.bytes).replace(/\0.*$/s, ''), value };
  }

  private parseValue(
    reader: ElementReader,
    arrayFlags: number,
    { sides, depth }: { readonly sides: readonly number[]; readonly depth: number },
  ): MatValue {
    const arrayClass = arrayFlags & 0xff;
    const count = sides.reduce((product, side) => product * side, 1);
    if (sides.length < 2 || sides.some((side) => side < 0) || !Number.isSafeInteger(count))
      return OTHER;
    if (arrayClass === STRUCT_CLASS) return count === 1 ? this.parseStruct(reader, depth) : OTHER;
    if (arrayClass === CELL_CLASS) return this.parseCell(reader, count, depth);
    const numeric = arrayClass >= FIRST_NUMBER_CLASS && arrayClass <= LAST_NUMBER_CLASS;
    const complex = ((arrayFlags >> 8) & COMPLEX_FLAG) !== 0;
    if (complex || (arrayClass !== CHAR_CLASS && !numeric)) return OTHER;
    const element = reader.next();
    const storage = element && NUMBERS[element.type];
    if (storage === undefined || sides.length !== 2) return OTHER;
    const { bytes } = element!;
    if (bytes.length < count * storage.bytes) {
      throw new PqrError(
        'format.truncated',
        `${shown(this.file)}: a variable of ${sides.join(' x ')} values has ${bytes.length} bytes.`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = (index: number) => storage.read(view, index * storage.bytes, this.little);
    const [rowCount, columnCount] = sides as [number, number];
    if (arrayClass === CHAR_CLASS) return parseText(rowCount, columnCount, at);
    return { kind: 'numbers', rowCount, columnCount, at, integer: arrayClass > LAST_FLOAT_CLASS };
  }

  private parseStruct(reader: ElementReader, depth: number): MatValue {
    const length = reader.next();
    const names = length && reader.next();
    if (names === undefined) return OTHER;
    const nameLength = this.integers(length!)[0] ?? 0;
    const fields = new Map<string, MatValue>();
    if (nameLength < 2 || nameLength > 256) return OTHER;
    for (let at = 0; at + nameLength <= names.bytes.length; at += nameLength) {
      const name = new TextDecoder('latin1').decode(names.bytes.subarray(at, at + nameLength));
      const element = reader.next();
      if (element?.type !== MATRIX) break;
      fields.set(name.replace(/\0.*$/s, ''), this.parseMatrix(element.bytes, depth + 1).value);
    }
    return { kind: 'struct', fields };
  }

  private parseCell(reader: ElementReader, count: number, depth: number): MatValue {
    const values: MatValue[] = [];
    for (let index = 0; index < count; index++) {
      const element = reader.next();
      if (element?.type !== MATRIX) break;
      values.push(this.parseMatrix(element.bytes, depth + 1).value);
    }
    return { kind: 'cell', values };
  }

  private integers({ bytes }: Element): number[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = Math.min(bytes.length >> 2, 32);
    return Array.from({ length: count }, (_, index) => view.getInt32(4 * index, this.little));
  }
}

function parseText(rowCount: number, columnCount: number, at: (index: number) => number): MatValue {
  if (rowCount * columnCount > MAX_TEXT_LENGTH) return OTHER;
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const codes = Array.from({ length: columnCount }, (__, column) => at(column * rowCount + row));
    return String.fromCharCode(...codes).trim();
  });
  return { kind: 'text', rows };
}

/** Tagged elements one after the other, each padded to 8 bytes; small ones lie in their tag. */
class ElementReader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly little: boolean,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next element; undefined at the end. Compressed variables are not padded. @throws `format.truncated` */
  next(padded = true): Element | undefined {
    const { view, at } = this;
    if (at + 8 > this.bytes.length) return undefined;
    const tag = view.getUint32(at, this.little);
    const smallLength = tag >>> 16;
    if (smallLength !== 0) {
      this.at += 8;
      const bytes = this.bytes.subarray(at + 4, at + 4 + Math.min(smallLength, 4));
      return { type: tag & 0xffff, bytes };
    }
    const length = view.getUint32(at + 4, this.little);
    const end = at + 8 + length;
    if (end > this.bytes.length) {
      throw new PqrError(
        'format.truncated',
        `${shown(this.file)} ends inside a variable: it needs ${length} bytes, ${this.bytes.length - at - 8} are there.`,
        { hint: 'Copy the file again.' },
      );
    }
    const rest = padded || tag !== COMPRESSED ? (8 - (length % 8)) % 8 : 0;
    this.at = end + rest;
    return { type: tag, bytes: this.bytes.subarray(at + 8, end) };
  }
}
