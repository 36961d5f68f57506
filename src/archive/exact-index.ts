/**
 * Exact nearest neighbours by a scan over one flat matrix: the index of small levels, of narrow filters, of
 * the vectors that came after a generation, and the yardstick for the HNSW index.
 *
 * Rows come from sets (all vectors of one recording at one level) and go with them; a removed set leaves
 * dead rows, which are squeezed out when they are half of all. Measured: about 0.25 microseconds a vector
 * of 256 numbers.
 */
import { assert } from '../ecg/errors.js';
import { TopK } from './top-k.js';
import { SPAN_FIELD_COUNT } from './vector-codec.js';

/** One recording's vectors of a level. */
export interface VectorSet {
  readonly setId: number;
  readonly ecgKey: number;
  readonly count: number;
  /** int32 `[count x 4]`: window, ordinal, startSample, endSample. */
  readonly spans: Int32Array;
  /** float32 `[count x dim]` */
  readonly vectors: Float32Array;
}

/** A row found, before ids are looked up. */
export interface RowHit {
  readonly ecgKey: number;
  readonly window: number;
  readonly ordinal: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly score: number;
}

/** True for the recordings, by key, that may be found. */
export type KeyFilter = (ecgKey: number) => boolean;

const DEAD = -1;

/** Columns of a row beside its vector: setId, ecgKey, then the span. */
export const ROW_FIELD_COUNT = 2 + SPAN_FIELD_COUNT;

export class ExactIndex {
  readonly dim: number;
  private vectors: Float32Array;
  /** int32 `[capacity x 6]`: setId, ecgKey (-1 where dead), window, ordinal, start, end. */
  private fields: Int32Array;
  private rowCount = 0;
  private deadCount = 0;
  /** First row of each set; its rows lie together. */
  private readonly firstRows = new Map<number, number>();

  constructor(dim: number, capacity = 0) {
    this.dim = dim;
    this.vectors = new Float32Array(capacity * dim);
    this.fields = new Int32Array(capacity * ROW_FIELD_COUNT);
  }

  /** Living vectors. */
  get count(): number {
    return this.rowCount - this.deadCount;
  }

  get setCount(): number {
    return this.firstRows.size;
  }

  append(set: VectorSet): void {
    assert(set.vectors.length === set.count * this.dim, 'a vector set of the index dimension');
    assert(!this.firstRows.has(set.setId), 'a vector set is added once');
    if (set.count === 0) return;
    this.reserve(this.rowCount + set.count);
    this.firstRows.set(set.setId, this.rowCount);
    this.vectors.set(set.vectors, this.rowCount * this.dim);
    for (let row = 0; row < set.count; row++) {
      const at = (this.rowCount + row) * ROW_FIELD_COUNT;
      this.fields[at] = set.setId;
      this.fields[at + 1] = set.ecgKey;
      const spanAt = row * SPAN_FIELD_COUNT;
      this.fields.set(set.spans.subarray(spanAt, spanAt + SPAN_FIELD_COUNT), at + 2);
    }
    this.rowCount += set.count;
  }

  /** Forgets a set; one that is not here is no error. */
  remove(setId: number): void {
    const first = this.firstRows.get(setId);
    if (first === undefined) return;
    this.firstRows.delete(setId);
    for (let row = first; row < this.rowCount; row++) {
      const at = row * ROW_FIELD_COUNT;
      if (this.fields[at] !== setId) break;
      this.fields[at + 1] = DEAD;
      this.deadCount++;
    }
    if (this.deadCount * 2 > this.rowCount) this.compact();
  }

  /** The k best rows by inner product with `query` `[dim]`, best first. */
  search(query: Float32Array, k: number, allows?: KeyFilter): RowHit[] {
    const best = new TopK(Math.min(k, this.rowCount));
    const wide = Float64Array.from(query);
    for (let row = 0; row < this.rowCount; row++) {
      const ecgKey = this.fields[row * ROW_FIELD_COUNT + 1]!;
      if (ecgKey === DEAD || (allows && !allows(ecgKey))) continue;
      const score = dot(this.vectors, row * this.dim, wide);
      if (score >= best.threshold) best.push(row, score);
    }
    const { rows, scores } = best.drain();
    return Array.from(rows, (row, rank) => this.hit(row, scores[rank]!));
  }

  /** The best row of every recording, in the order the recordings came. */
  bestOfEach(query: Float32Array): RowHit[] {
    const best = new Map<number, { row: number; score: number }>();
    const wide = Float64Array.from(query);
    for (let row = 0; row < this.rowCount; row++) {
      const ecgKey = this.fields[row * ROW_FIELD_COUNT + 1]!;
      if (ecgKey === DEAD) continue;
      const score = dot(this.vectors, row * this.dim, wide);
      const known = best.get(ecgKey);
      if (known === undefined) best.set(ecgKey, { row, score });
      else if (score > known.score) {
        known.row = row;
        known.score = score;
      }
    }
    return Array.from(best.values(), ({ row, score }) => this.hit(row, score));
  }

  private hit(row: number, score: number): RowHit {
    return rowHit(this.fields, row, score);
  }

  private reserve(rowCount: number): void {
    if (rowCount * this.dim <= this.vectors.length) return;
    const capacity = Math.max(rowCount, Math.ceil(this.rowCount * 1.5));
    const vectors = new Float32Array(capacity * this.dim);
    vectors.set(this.vectors.subarray(0, this.rowCount * this.dim));
    const fields = new Int32Array(capacity * ROW_FIELD_COUNT);
    fields.set(this.fields.subarray(0, this.rowCount * ROW_FIELD_COUNT));
    this.vectors = vectors;
    this.fields = fields;
  }

  private compact(): void {
    let target = 0;
    this.firstRows.clear();
    for (let row = 0; row < this.rowCount; row++) {
      const at = row * ROW_FIELD_COUNT;
      if (this.fields[at + 1] === DEAD) continue;
      const setId = this.fields[at]!;
      if (!this.firstRows.has(setId)) this.firstRows.set(setId, target);
      this.vectors.copyWithin(target * this.dim, row * this.dim, (row + 1) * this.dim);
      this.fields.copyWithin(target * ROW_FIELD_COUNT, at, at + ROW_FIELD_COUNT);
      target++;
    }
    this.rowCount = target;
    this.deadCount = 0;
  }
}

/** The hit for row `row` of a field table `[rows x 6]`; cosine clamped to -1..1 against rounding. */
export function rowHit(fields: Int32Array, row: number, score: number): RowHit {
  const at = row * ROW_FIELD_COUNT;
  return {
    ecgKey: fields[at + 1]!,
    window: fields[at + 2]!,
    ordinal: fields[at + 3]!,
    startSample: fields[at + 4]!,
    endSample: fields[at + 5]!,
    score: Math.min(1, Math.max(-1, score)),
  };
}

/** Inner product of `matrix[offset ..]` with `query`, in float64 with four accumulators. */
export function dot(matrix: Float32Array, offset: number, query: Float64Array): number {
  const dim = query.length;
  const whole = dim - (dim % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0; at < whole; at += 4) {
    a += matrix[offset + at]! * query[at]!;
    b += matrix[offset + at + 1]! * query[at + 1]!;
    c += matrix[offset + at + 2]! * query[at + 2]!;
    d += matrix[offset + at + 3]! * query[at + 3]!;
  }
  for (let at = whole; at < dim; at++) a += matrix[offset + at]! * query[at]!;
  return a + b + (c + d);
}
