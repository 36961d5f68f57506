/**
 * The only file that touches hnswlib-node, and what keeps its sharp edges away from everything else.
 *
 * hnswlib-node 3.0.0 (read in its addon.cc): a value that is no number, or a filter that throws, aborts the
 * process; labels and counts are wrapped to 32 bits; a loaded index forgets `ef` and takes any dimension;
 * a second load into one object leaves a dangling pointer if it fails; saving to a full disk reports
 * nothing; the asynchronous calls run in a pool thread beside whatever else uses the object.
 * So here: every argument is checked, filters and asynchronous calls are not used, an object is either
 * made new or loaded once, and building and saving is done in a worker by an object nobody else holds.
 *
 * Space is inner product on normalised vectors: distance = 1 - cosine.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Hnswlib from 'hnswlib-node';
import { assert, PqrError } from '../ecg/errors.js';

export interface HnswShape {
  readonly dim: number;
  /** Vectors it holds, or will hold. Labels are 0 .. count - 1. */
  readonly count: number;
}

export interface HnswParameters {
  /** Links a node (hnswlib's M). */
  readonly linkCount: number;
  readonly efConstruction: number;
  readonly seed: number;
}

const MAX_DIM = 8192;
const MAX_COUNT = 100_000_000;
const MAX_EF = 100_000;
const MAX_LINK_COUNT = 128;

let library: typeof Hnswlib | undefined;

/** Loaded at the first use, so that an archive without an HNSW index needs no native part. */
function hnswlib(): typeof Hnswlib {
  try {
    library ??= createRequire(import.meta.url)('hnswlib-node') as typeof Hnswlib;
    return library;
  } catch (error) {
    throw new PqrError(
      'internal',
      'The native part of the vector index (hnswlib-node) does not load.',
      {
        hint: 'Run `npm rebuild` in the folder of pqrsearch.',
        cause: error,
      },
    );
  }
}

export class HnswGraph {
  readonly dim: number;
  readonly count: number;
  private readonly native: Hnswlib.HierarchicalNSW;
  private readonly deleted: Uint8Array;
  private deletedTotal = 0;
  /** hnswlib's calls take arrays of numbers: one, used again and again. */
  private readonly point: number[];

  private constructor(native: Hnswlib.HierarchicalNSW, { dim, count }: HnswShape) {
    this.native = native;
    this.dim = dim;
    this.count = count;
    this.deleted = new Uint8Array(count);
    this.point = new Array<number>(dim).fill(0);
  }

  /** An empty graph with room for `count` vectors. Only for the build worker. */
  static create(shape: HnswShape, parameters: HnswParameters): HnswGraph {
    checkShape(shape);
    const { linkCount, efConstruction, seed } = parameters;
    checkInteger('links a node', linkCount, 2, MAX_LINK_COUNT);
    checkInteger('efConstruction', efConstruction, 1, MAX_EF);
    checkInteger('seed', seed, 0, 0xffffffff);
    const native = new (hnswlib().HierarchicalNSW)('ip', shape.dim);
    native.initIndex(shape.count, linkCount, efConstruction, seed, false);
    return new HnswGraph(native, shape);
  }

  /**
   * Loads a finished file, whose hash the caller has checked: hnswlib trusts every number in it.
   * @throws `archive.corrupt` where the file does not load or is of another shape
   */
  static load(file: string, shape: HnswShape): HnswGraph {
    checkShape(shape);
    checkHeader(file, shape);
    const native = new (hnswlib().HierarchicalNSW)('ip', shape.dim);
    try {
      native.readIndexSync(file);
    } catch (error) {
      throw damaged(file, 'it does not load', error);
    }
    return new HnswGraph(native, shape);
  }

  get deletedCount(): number {
    return this.deletedTotal;
  }

  /** Adds the vector at `offset` of `vectors` under a label that was not used. */
  add(vectors: Float32Array, offset: number, label: number): void {
    checkInteger('label', label, 0, this.count - 1);
    assert(this.native.getCurrentCount() === label, 'labels are added in order');
    this.fillPoint(vectors, offset);
    this.native.addPoint(this.point, label);
  }

  /** Only for the build worker. A full disk shows when the file is loaded again. */
  save(file: string): void {
    this.native.writeIndexSync(file);
  }

  /** Leaves a vector out of every later search. */
  markDeleted(label: number): void {
    checkInteger('label', label, 0, this.count - 1);
    if (this.deleted[label]) return;
    this.native.markDelete(label);
    this.deleted[label] = 1;
    this.deletedTotal++;
  }

  /** About the k nearest, best first; a larger `ef` finds more of the true ones and takes longer. */
  search(
    query: Float32Array,
    k: number,
    ef: number,
  ): { labels: readonly number[]; scores: readonly number[] } {
    const wanted = Math.min(k, this.count - this.deletedTotal);
    if (wanted <= 0) return { labels: [], scores: [] };
    checkInteger('k', wanted, 1, this.count);
    checkInteger('ef', ef, 1, MAX_EF);
    assert(query.length === this.dim, `a query of ${this.dim} numbers`);
    this.fillPoint(query, 0);
    this.native.setEf(Math.max(ef, wanted));
    const { neighbors, distances } = this.native.searchKnn(this.point, wanted);
    return { labels: neighbors, scores: distances.map((distance) => 1 - distance) };
  }

  private fillPoint(source: Float32Array, offset: number): void {
    assert(source instanceof Float32Array, 'vectors are Float32Array');
    assert(offset >= 0 && offset + this.dim <= source.length, 'a whole vector at the offset');
    for (let at = 0; at < this.dim; at++) {
      const value = source[offset + at]!;
      assert(Number.isFinite(value), 'a vector of finite numbers');
      this.point[at] = value;
    }
  }
}

/** Where hnswlib's `saveIndex` puts what, in bytes; 64-bit little-endian numbers. */
const HEADER = { bytes: 96, count: 16, elementBytes: 24, labelAt: 32, vectorAt: 40 } as const;

/**
 * Compares the file's own header with what is expected of it, before the native part, which believes it:
 * vectors of another length would be read beyond their end.
 */
function checkHeader(file: string, { dim, count }: HnswShape): void {
  const header = new DataView(new ArrayBuffer(HEADER.bytes));
  let fileBytes = 0;
  try {
    const handle = openSync(file, 'r');
    try {
      readSync(handle, header);
      fileBytes = fstatSync(handle).size;
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw damaged(file, 'it cannot be read', error);
  }
  const number = (at: number) => Number(header.getBigUint64(at, true));
  const vectorBytes = number(HEADER.labelAt) - number(HEADER.vectorAt);
  if (number(HEADER.count) !== count || vectorBytes !== Float32Array.BYTES_PER_ELEMENT * dim) {
    throw damaged(
      file,
      `it holds ${number(HEADER.count)} vectors of ${vectorBytes} bytes, not ${count} of ${4 * dim}`,
    );
  }
  const leastBytes = HEADER.bytes + count * number(HEADER.elementBytes);
  if (fileBytes < leastBytes) throw damaged(file, `it has ${fileBytes} of ${leastBytes} bytes`);
}

function damaged(file: string, what: string, cause?: unknown): PqrError {
  return new PqrError('archive.corrupt', `The index file is damaged: ${what}: ${file}.`, {
    hint: 'Run `pqrsearch archive rebuild`; the recordings are not affected.',
    cause,
  });
}

function checkShape({ dim, count }: HnswShape): void {
  checkInteger('dimension', dim, 1, MAX_DIM);
  checkInteger('vector count', count, 1, MAX_COUNT);
}

function checkInteger(name: string, value: number, lowest: number, highest: number): void {
  assert(
    Number.isInteger(value) && value >= lowest && value <= highest,
    `${name} is a whole number from ${lowest} to ${highest}, not ${value}`,
  );
}
