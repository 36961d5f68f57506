/**
 * The vectors of one level of one recording as two blobs, and back. Blobs are little-endian, as is every
 * machine that Node runs on with the native parts used here.
 */
import { crc32 } from 'node:zlib';
import { assert, PqrError } from '../ecg/errors.js';
import type { Level, LevelVectors } from '../encoders/ports.js';

/** Numbers a vector in the spans: window, ordinal, startSample, endSample. */
export const SPAN_FIELD_COUNT = 4;

/** How far from 1 the length of a stored vector may be. */
export const NORM_TOLERANCE = 1e-3;

export interface PackedVectors {
  readonly level: Level;
  readonly dim: number;
  readonly count: number;
  readonly checksum: number;
  /** int32 `[count x 4]` */
  readonly spans: Uint8Array;
  /** float32 `[count x dim]` */
  readonly vectors: Uint8Array;
}

/**
 * @throws `model.input` where the encoder's vectors are not `count` finite unit vectors of `dim` numbers
 */
export function packVectors(source: LevelVectors, dim: number): PackedVectors {
  checkShape(source, dim);
  const spans = new Int32Array(source.count * SPAN_FIELD_COUNT);
  for (let row = 0; row < source.count; row++) {
    const at = row * SPAN_FIELD_COUNT;
    spans[at] = source.windows[row]!;
    spans[at + 1] = source.ordinals[row]!;
    spans[at + 2] = source.startSamples[row]!;
    spans[at + 3] = source.endSamples[row]!;
  }
  const bytes = {
    spans: bytesOf(spans),
    vectors: bytesOf(source.vectors.slice(0, source.count * dim)),
  };
  const { level, count } = source;
  return { level, dim, count, checksum: checksumOf(bytes), ...bytes };
}

/** The inverse of packVectors. @throws `internal` where the blobs do not fit `count` and `dim`. */
export function unpackVectors(packed: Omit<PackedVectors, 'checksum'>): LevelVectors {
  const { level, dim, count } = packed;
  const spans = spansOf(packed);
  const column = (field: number) =>
    Int32Array.from({ length: count }, (_, row) => spans[row * SPAN_FIELD_COUNT + field]!);
  return {
    ...{ level, dim, count },
    vectors: vectorsOf(packed),
    windows: column(0),
    ordinals: column(1),
    startSamples: column(2),
    endSamples: column(3),
  };
}

/** The vectors of a recording that has none at this level. */
export function noVectors(level: Level, dim: number): LevelVectors {
  const none = new Int32Array(0);
  return {
    ...{ level, dim, count: 0, vectors: new Float32Array(0) },
    ...{ windows: none, ordinals: none, startSamples: none, endSamples: none },
  };
}

export function checksumOf(packed: Pick<PackedVectors, 'spans' | 'vectors'>): number {
  return crc32(packed.vectors, crc32(packed.spans));
}

type Blobs = Pick<PackedVectors, 'count' | 'dim' | 'spans' | 'vectors'>;

/** int32 `[count x 4]`, a copy. */
export function spansOf({ count, spans }: Pick<Blobs, 'count' | 'spans'>): Int32Array {
  assert(spans.byteLength === 4 * SPAN_FIELD_COUNT * count, 'the spans fit the vector count');
  return new Int32Array(aligned(spans));
}

/** float32 `[count x dim]`, a copy. */
export function vectorsOf({ count, dim, vectors }: Omit<Blobs, 'spans'>): Float32Array {
  assert(vectors.byteLength === 4 * dim * count, 'the vector blob fits count and dim');
  return new Float32Array(aligned(vectors));
}

function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

function bytesOf(numbers: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function checkShape(source: LevelVectors, dim: number): void {
  const { level, count, vectors } = source;
  const lengths = [source.windows, source.ordinals, source.startSamples, source.endSamples];
  const fits =
    source.dim === dim &&
    Number.isInteger(count) &&
    vectors.length === count * dim &&
    lengths.every((column) => column.length === count);
  if (!fits) {
    throw new PqrError(
      'model.input',
      `The model gave ${vectors.length} numbers for ${count} ${level} vectors of ${source.dim}; ${dim} a vector are needed.`,
    );
  }
  for (let row = 0; row < count; row++) {
    const norm = rowNorm(vectors, row, dim);
    if (Math.abs(norm - 1) <= NORM_TOLERANCE) continue;
    throw new PqrError(
      'model.input',
      `The model gave a ${level} vector of length ${norm}; 1 is needed (vector ${row} of ${count}).`,
    );
  }
}

/** Euclidean length of row `row`, summed in float64; NaN where a number is. */
export function rowNorm(vectors: Float32Array, row: number, dim: number): number {
  let sum = 0;
  for (let at = row * dim, end = at + dim; at < end; at++) sum += vectors[at]! * vectors[at]!;
  return Math.sqrt(sum);
}
