/** Values of HDF5 datasets out of the bytes that are read of them: little-endian integers and IEEE floats. */
import type { Hdf5Entry } from './hdf5-file.js';

type ReadValue = (view: DataView, at: number) => number;

const READERS: Readonly<Record<string, ReadValue>> = {
  float2: (view, at) => halfToNumber(view.getUint16(at, true)),
  float4: (view, at) => view.getFloat32(at, true),
  float8: (view, at) => view.getFloat64(at, true),
  int1: (view, at) => view.getInt8(at),
  int2: (view, at) => view.getInt16(at, true),
  int4: (view, at) => view.getInt32(at, true),
  int8: (view, at) => Number(view.getBigInt64(at, true)),
  uint1: (view, at) => view.getUint8(at),
  uint2: (view, at) => view.getUint16(at, true),
  uint4: (view, at) => view.getUint32(at, true),
  uint8: (view, at) => Number(view.getBigUint64(at, true)),
};

const typeName = ({ type, valueBytes, signed }: Hdf5Entry): string =>
  type === 'integer' ? `${signed ? '' : 'u'}int${valueBytes}` : `${type}${valueBytes}`;

/** True for the types whose values can be read. */
export const isNumeric = (entry: Hdf5Entry): boolean => typeName(entry) in READERS;

/** `[shape] type` as messages show it. */
export function describeEntry(entry: Hdf5Entry): string {
  if (entry.kind !== 'dataset') return `${entry.name} (${entry.kind})`;
  const { type, valueBytes } = entry;
  const bits = type === 'other' ? 'no numbers' : `${type}${valueBytes * 8}`;
  return `${entry.name} [${entry.shape.join(' x ')}] ${bits}`;
}

/** The values as float64; 64-bit integers beyond 2^53 are rounded. */
export function valuesOf(bytes: Uint8Array, entry: Hdf5Entry): Float64Array {
  const read = READERS[typeName(entry)]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / entry.valueBytes);
  return Float64Array.from({ length: count }, (_, index) => read(view, index * entry.valueBytes));
}

/** The integers as text, exactly. */
export function integerTexts(bytes: Uint8Array, entry: Hdf5Entry): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { valueBytes, signed } = entry;
  const count = Math.floor(bytes.length / valueBytes);
  if (valueBytes < 8) return Array.from(valuesOf(bytes, entry), String);
  const read = (at: number) => (signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
  return Array.from({ length: count }, (_, index) => String(read(index * valueBytes)));
}

/** An IEEE 754 binary16 number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
