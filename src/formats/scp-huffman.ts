/**
 * Huffman codes of SCP-ECG and the differences that they stand for.
 *
 * Source: EN 1064:2005+A1:2007, section 5.5 (Huffman tables) and annex C (default table, differences).
 * Codes are read from the highest bit of each byte down; tables write them with the first bit lowest.
 */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';
import type { ScpSection } from './scp-sections.js';

interface Code {
  readonly prefixBits: number;
  readonly extraBits: number;
  /** What a code stands for, to which its extra bits are added; or the table to go on with. */
  readonly value: number;
  readonly switchesTable: boolean;
}

/** Codes by length and bits: `length * 2^32 + bits`. */
type Table = ReadonlyMap<number, Code>;

export type ScpTables = readonly Table[];

const DEFAULT_TABLE = 19999;
const MAX_PREFIX_BITS = 32;
const MAX_TABLES = 64;
const LENGTH_STEP = 2 ** 32;

/**
 * The default table: 0 for nothing, k ones + 0 + sign for +-k up to 8; nine ones + 0 for 8 bits in two's
 * complement, nine ones + 1 for 16.
 */
function defaultTable(): Table {
  const table = new Map<number, Code>();
  const add = (length: number, bits: number, value: number, extraBits = 0) =>
    table.set(length * LENGTH_STEP + bits, {
      ...{ prefixBits: length, extraBits, value, switchesTable: false },
    });
  add(1, 0, 0);
  for (let size = 1; size <= 8; size++) {
    const ones = 2 ** (size + 2) - 4;
    add(size + 2, ones, size);
    add(size + 2, ones + 1, -size);
  }
  add(10, 0b1111111110, 0, 8);
  add(10, 0b1111111111, 0, 16);
  return table;
}

/**
 * The tables of section 2; undefined where samples are plain 16-bit numbers (no section, or no table).
 * @throws `format.header`, `format.truncated`
 */
export function readScpTables(
  section: ScpSection | undefined,
  file: string,
): ScpTables | undefined {
  if (section === undefined) return undefined;
  const count = section.unsigned16(0);
  if (count === DEFAULT_TABLE) return [defaultTable()];
  if (count === 0) return undefined;
  if (count > MAX_TABLES) {
    throw new PqrError(
      'format.header',
      `${shown(file)} has ${count} Huffman tables; at most ${MAX_TABLES} are read.`,
    );
  }
  let at = 2;
  return Array.from({ length: count }, () => {
    const codeCount = section.unsigned16(at);
    at += 2;
    const table = new Map<number, Code>();
    for (let index = 0; index < codeCount; index++, at += 9) {
      const prefixBits = section.unsigned8(at);
      const totalBits = section.unsigned8(at + 1);
      if (prefixBits < 1 || prefixBits > MAX_PREFIX_BITS || totalBits < prefixBits) {
        throw new PqrError(
          'format.header',
          `${shown(file)}: a Huffman code has ${prefixBits} of ${totalBits} bits.`,
        );
      }
      const bits = reverseBits(section.unsigned32(at + 5), prefixBits);
      table.set(prefixBits * LENGTH_STEP + bits, {
        prefixBits,
        extraBits: Math.min(totalBits - prefixBits, 16),
        value: section.signed16(at + 3),
        switchesTable: section.unsigned8(at + 2) === 0,
      });
    }
    return table;
  });
}

function reverseBits(bits: number, count: number): number {
  let reversed = 0;
  for (let bit = 0; bit < count; bit++) reversed = reversed * 2 + ((bits >>> bit) & 1);
  return reversed;
}

export interface ScpDecoding {
  readonly tables: ScpTables | undefined;
  readonly differences: number;
  readonly sampleCount: number;
  readonly file: string;
}

/** The samples of one lead. @throws `format.truncated`, `format.inconsistent`, `format.unsupported` */
export function decodeScpSamples(bytes: Uint8Array, decoding: ScpDecoding): Int32Array {
  const { tables, differences, file } = decoding;
  if (differences > 2) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)} uses differences of order ${differences}; 0 to 2 are read.`,
    );
  }
  const values =
    tables === undefined ? readPlain(bytes, decoding) : decode(bytes, decoding, tables);
  if (differences === 1) {
    for (let index = 1; index < values.length; index++) values[index]! += values[index - 1]!;
  } else if (differences === 2) {
    for (let index = 2; index < values.length; index++) {
      values[index]! += 2 * values[index - 1]! - values[index - 2]!;
    }
  }
  return values;
}

function tooShort(got: number, { sampleCount, file }: ScpDecoding): PqrError {
  return new PqrError(
    'format.truncated',
    `${shown(file)}: a lead ends after ${got} of ${sampleCount} samples.`,
    {
      hint: 'The file was cut off, or its recorder wrote more than a lead may hold (65,535 bytes).',
    },
  );
}

function readPlain(bytes: Uint8Array, decoding: ScpDecoding): Int32Array {
  const { sampleCount } = decoding;
  if (bytes.length < 2 * sampleCount) throw tooShort(bytes.length >> 1, decoding);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: sampleCount }, (_, index) => view.getInt16(2 * index, true));
}

function decode(bytes: Uint8Array, decoding: ScpDecoding, tables: ScpTables): Int32Array {
  const { sampleCount, file } = decoding;
  const values = new Int32Array(sampleCount);
  const bitCount = bytes.length * 8;
  const bitAt = (bit: number) => (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
  let table = tables[0]!;
  let bit = 0;
  for (let count = 0; count < sampleCount; ) {
    const code = nextCode(table, bit, bitCount, bitAt);
    if (code === undefined) {
      if (bitCount - bit < MAX_PREFIX_BITS) throw tooShort(count, decoding);
      throw new PqrError(
        'format.inconsistent',
        `${shown(file)}: bit ${bit} of a lead begins no code of its Huffman table.`,
        { hint: 'The file is damaged: copy it again.' },
      );
    }
    bit += code.prefixBits;
    if (code.switchesTable) {
      table = tables[code.value - 1] ?? table;
      continue;
    }
    if (bit + code.extraBits > bitCount) throw tooShort(count, decoding);
    let extra = code.extraBits > 0 && bitAt(bit) === 1 ? -1 : 0;
    for (const end = bit + code.extraBits; bit < end; bit++) extra = extra * 2 + bitAt(bit);
    values[count++] = code.value + extra;
  }
  return values;
}

function nextCode(
  table: Table,
  start: number,
  bitCount: number,
  bitAt: (bit: number) => number,
): Code | undefined {
  let bits = 0;
  const most = Math.min(MAX_PREFIX_BITS, bitCount - start);
  for (let length = 1; length <= most; length++) {
    bits = bits * 2 + bitAt(start + length - 1);
    const code = table.get(length * LENGTH_STEP + bits);
    if (code !== undefined) return code;
  }
  return undefined;
}
