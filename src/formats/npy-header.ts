/**
 * The header of a NumPy array file, versions 1 to 3.
 *
 * Source: NumPy's format description (numpy.lib.format). Plain integers and floats of 1 to 8 bytes are
 * known; Python objects are refused (they would be unpickled), and so are complex and structured types.
 */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';
import { parseCount } from './text.js';

export interface NpyHeader {
  readonly type: NpyType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly dataStart: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const PREAMBLE_BYTES = 12;
const MAX_HEADER_BYTES = 64 * 1024;

const TYPE_BYTES = Object.freeze({
  f4: 4,
  f8: 8,
  i1: 1,
  i2: 2,
  i4: 4,
  i8: 8,
  u1: 1,
  u2: 2,
  u4: 4,
});

/** A value's type as NumPy writes it, without byte order. */
export type NpyType = keyof typeof TYPE_BYTES;

export function bytesPerValue(type: NpyType): number {
  return TYPE_BYTES[type];
}

export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Bytes of the file up to the first value, as its first 12 bytes say. @throws `format.header` */
export function npyHeaderBytes(bytes: Uint8Array, file: string): number {
  if (bytes.length < PREAMBLE_BYTES) {
    throw new PqrError('format.truncated', `${shown(file)} ends within its NPY header.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    const message = `${shown(file)} is NPY version ${version}; versions 1 to 3 are read.`;
    throw new PqrError('format.unsupported', message);
  }
  const total = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (total <= MAX_HEADER_BYTES) return total;
  throw new PqrError(
    'format.header',
    `${shown(file)} has an NPY header of ${total} bytes, at most ${MAX_HEADER_BYTES} are read.`,
  );
}

/**
 * Parses the header at the start of a file's bytes.
 * @throws `format.header`, `format.unsupported`, `format.truncated`
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const dataStart = npyHeaderBytes(bytes, file);
  if (bytes.length < dataStart) {
    throw new PqrError('format.truncated', `${shown(file)} ends within its NPY header.`);
  }
  const textStart = bytes[6] === 1 ? 10 : 12;
  const text = new TextDecoder('latin1').decode(bytes.subarray(textStart, dataStart));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (fortran === undefined || shape === undefined) {
    throw new PqrError('format.header', `${shown(file)} has an NPY header without order or shape.`);
  }
  return {
    ...parseType(descr, file),
    fortranOrder: fortran === 'True',
    shape: parseShape(shape, file),
    dataStart,
  };
}

/** `12, 5000`, with Python 2's `5000L` and the comma behind a single side. */
function parseShape(text: string, file: string): number[] {
  const parts = text.split(',').map((part) => part.trim().replace(/L$/, ''));
  if (parts.at(-1) === '') parts.pop();
  return parts.map((part) => {
    const side = parseCount(part);
    if (side !== undefined) return side;
    throw new PqrError('format.header', `${shown(file)} has the shape (${shown(text)}).`);
  });
}

function parseType(
  descr: string | undefined,
  file: string,
): Pick<NpyHeader, 'type' | 'littleEndian'> {
  const match = /^([<>|=])([a-z]\d+)$/.exec(descr ?? '');
  const type = match?.[2];
  if (type === undefined || !Object.hasOwn(TYPE_BYTES, type)) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)} holds values of type ${shown(descr ?? 'structured')}; ${Object.keys(TYPE_BYTES).join(', ')} are read.`,
      { hint: 'Save it with array.astype("float32").' },
    );
  }
  return { type: type as NpyType, littleEndian: match![1] !== '>' };
}
