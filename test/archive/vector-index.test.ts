/**
 * The contract of a vector index, run on the exact one and on the HNSW graph, and the exact index against a
 * plain sort of all inner products.
 */
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactIndex } from '../../src/archive/exact-index.js';
import { HnswGraph } from '../../src/archive/hnsw-native.js';
import { TopK } from '../../src/archive/top-k.js';
import { clusteredVectors } from '../support/seeded.js';
import { temporaryFolder } from './helpers.js';

const DIM = 16;
const COUNT = 500;
const vectors = clusteredVectors({
  count: COUNT,
  dim: DIM,
  clusterCount: 20,
  spread: 0.4,
  seed: 7,
});
const row = (at: number) => vectors.slice(at * DIM, (at + 1) * DIM);

interface IndexUnderTest {
  /** Rows found, best first, with their scores. */
  search(query: Float32Array, k: number): { rows: number[]; scores: number[] };
  remove(row: number): void;
}

function exactIndex(): IndexUnderTest {
  const index = new ExactIndex(DIM);
  for (let at = 0; at < COUNT; at++) {
    const spans = Int32Array.of(0, at, 0, 1);
    index.append({ setId: at + 1, ecgKey: at + 1, count: 1, spans, vectors: row(at) });
  }
  return {
    search(query, k) {
      const hits = index.search(query, k);
      return { rows: hits.map((hit) => hit.ordinal), scores: hits.map(({ score }) => score) };
    },
    remove: (at) => index.remove(at + 1),
  };
}

function hnswIndex(): IndexUnderTest {
  const parameters = { linkCount: 16, efConstruction: 200, seed: 1 };
  const graph = HnswGraph.create({ dim: DIM, count: COUNT }, parameters);
  for (let at = 0; at < COUNT; at++) graph.add(vectors, at * DIM, at);
  return {
    search(query, k) {
      const { labels, scores } = graph.search(query, k, 200);
      return { rows: [...labels], scores: [...scores] };
    },
    remove: (at) => graph.markDeleted(at),
  };
}

/** Rows by falling inner product, by a plain sort. */
function bruteForce(query: Float32Array, living: (at: number) => boolean = () => true): number[] {
  const scores = Array.from({ length: COUNT }, (_, at) =>
    row(at).reduce((sum, value, column) => sum + value * query[column]!, 0),
  );
  return scores
    .map((_, at) => at)
    .filter(living)
    .sort((a, b) => scores[b]! - scores[a]!);
}

describe.each([
  ['exact', exactIndex],
  ['HNSW', hnswIndex],
])('vector index contract: %s', (_name, make) => {
  it('finds a stored vector itself, with cosine 1', () => {
    const index = make();
    for (let at = 0; at < COUNT; at += 25) {
      const { rows, scores } = index.search(row(at), 1);
      expect(rows).toEqual([at]);
      expect(scores[0]).toBeCloseTo(1, 5);
    }
  });

  it('finds the same ten as a plain sort, best first', () => {
    const index = make();
    for (let at = 3; at < COUNT; at += 60) {
      const { rows, scores } = index.search(row(at), 10);
      expect(rows).toEqual(bruteForce(row(at)).slice(0, 10));
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
  });

  it('gives all there are where k is larger', () => {
    expect(make().search(row(0), 10 * COUNT).rows).toHaveLength(COUNT);
  });

  it('never finds what was removed, and still finds k others', () => {
    const index = make();
    const removed = new Set(bruteForce(row(42)).slice(0, 30));
    for (const at of removed) index.remove(at);
    for (const at of removed) index.remove(at); // a second time changes nothing
    const living = (at: number) => !removed.has(at);
    expect(index.search(row(42), 10).rows).toEqual(bruteForce(row(42), living).slice(0, 10));
    expect(index.search(row(42), COUNT).rows).toHaveLength(COUNT - 30);
  });
});

/** The set with id `at + 1` of the recording with key `at`. */
function setOf(at: number, rows: readonly number[][]) {
  const spans = Int32Array.from(rows.flatMap((_, ordinal) => [0, ordinal, 0, 1]));
  const vectors = Float32Array.from(rows.flat());
  return { setId: at + 1, ecgKey: at, count: rows.length, spans, vectors };
}

const innerProduct = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, column) => sum + value * b[column]!, 0);

describe('exact index', () => {
  it('equals a brute-force sort for any vectors, sets, removals and filter', () => {
    const sets = fc.array(
      fc.record({
        vectors: fc.array(
          fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 }),
          { maxLength: 4 },
        ),
        removed: fc.boolean(),
        allowed: fc.boolean(),
      }),
      { maxLength: 25 },
    );
    const query = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(sets, query, fc.integer({ min: 1, max: 30 }), (made, wanted, k) => {
        const index = new ExactIndex(3);
        for (const [at, set] of made.entries()) index.append(setOf(at, set.vectors));
        for (const [at, set] of made.entries()) if (set.removed) index.remove(at + 1);
        const expected = made
          .filter((set) => !set.removed && set.allowed)
          .flatMap((set) => set.vectors.map((vector) => innerProduct(vector, wanted)))
          .sort((a, b) => b - a)
          .map((score) => Math.min(1, Math.max(-1, score)));
        const allows = (ecgKey: number) => made[ecgKey]!.allowed;
        const hits = index.search(Float32Array.from(wanted), k, allows);
        expect(hits.map(({ score }) => score)).toEqual(expected.slice(0, k));
        expect(hits.every(({ ecgKey }) => allows(ecgKey) && !made[ecgKey]!.removed)).toBe(true);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('gives the best row of every recording', () => {
    const index = new ExactIndex(2);
    const add = (setId: number, ecgKey: number, rows: number[][]) =>
      index.append({
        ...{ setId, ecgKey, count: rows.length, vectors: Float32Array.from(rows.flat()) },
        spans: Int32Array.from(rows.flatMap((_, at) => [0, at, at * 10, at * 10 + 10])),
      });
    add(1, 100, [
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ]);
    add(2, 200, [[0.8, 0.6]]);
    const best = index.bestOfEach(Float32Array.of(0, 1));
    expect(
      best.map(({ ecgKey, ordinal, score }) => ({ ecgKey, ordinal, score: +score.toFixed(3) })),
    ).toEqual([
      { ecgKey: 100, ordinal: 1, score: 1 },
      { ecgKey: 200, ordinal: 0, score: 0.6 },
    ]);
  });
});

describe('top k', () => {
  it('keeps the k best of any scores, equal ones by row', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 70 }),
        (scores, k) => {
          const heap = new TopK(k);
          for (const [at, score] of scores.entries()) heap.push(at, score);
          const expected = scores
            .map((score, at) => ({ score, at }))
            .sort((a, b) => b.score - a.score || a.at - b.at)
            .slice(0, k);
          const { rows, scores: kept } = heap.drain();
          expect([...rows]).toEqual(expected.map(({ at }) => at));
          expect([...kept]).toEqual(expected.map(({ score }) => score));
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('HNSW graph', () => {
  const parameters = { linkCount: 16, efConstruction: 200, seed: 1 };

  it('recalls at least 0.99 of the ten nearest of 20,000 vectors of 128 numbers, after a load', async () => {
    const [dim, count] = [128, 20_000];
    const many = clusteredVectors({ count, dim, clusterCount: 200, spread: 0.5, seed: 3 });
    const file = join(await temporaryFolder(), 'graph.bin');
    const built = HnswGraph.create({ dim, count }, parameters);
    const exact = new ExactIndex(dim, count);
    for (let at = 0; at < count; at++) {
      built.add(many, at * dim, at);
      const vector = many.subarray(at * dim, (at + 1) * dim);
      exact.append({
        setId: at + 1,
        ecgKey: at,
        count: 1,
        spans: Int32Array.of(0, 0, 0, 1),
        vectors: vector,
      });
    }
    built.save(file);
    const loaded = HnswGraph.load(file, { dim, count });
    let found = 0;
    let wanted = 0;
    for (let at = 0; at < count; at += 200) {
      const query = many.slice(at * dim, (at + 1) * dim);
      const near = new Set(loaded.search(query, 10, 200).labels);
      for (const { ecgKey } of exact.search(query, 10)) {
        wanted++;
        if (near.has(ecgKey)) found++;
      }
    }
    expect(found / wanted).toBeGreaterThanOrEqual(0.99);
  }, 240_000);

  it('refuses what the native part would take or die of', () => {
    const graph = HnswGraph.create({ dim: 4, count: 2 }, parameters);
    const good = Float32Array.of(1, 0, 0, 0);
    expect(() => graph.add(Float32Array.of(1, Number.NaN, 0, 0), 0, 0)).toThrow(/finite/);
    expect(() => graph.add(good, 1, 0)).toThrow(/whole vector/);
    expect(() => graph.add(good, 0, 2)).toThrow(/label/);
    expect(() => graph.add(good, 0, -1)).toThrow(/label/);
    expect(() => graph.add(good, 0, 2 ** 32)).toThrow(/label/);
    expect(() => graph.add(good, 0, 1)).toThrow(/in order/);
    graph.add(good, 0, 0);
    expect(() => graph.search(Float32Array.of(1, 0), 1, 10)).toThrow(/query/);
    expect(() => graph.search(good, Number.NaN, 10)).toThrow(/k is/);
    expect(() => graph.search(good, 1, 0)).toThrow(/ef/);
    expect(() => graph.markDeleted(0.5)).toThrow(/label/);
    expect(() => HnswGraph.create({ dim: 0, count: 2 }, parameters)).toThrow(/dimension/);
    expect(() => HnswGraph.create({ dim: 4, count: 2 ** 33 }, parameters)).toThrow(/vector count/);
  });

  it('refuses a file of another dimension or count, and a missing one', async () => {
    const file = join(await temporaryFolder(), 'graph.bin');
    const graph = HnswGraph.create({ dim: 4, count: 1 }, parameters);
    graph.add(Float32Array.of(1, 0, 0, 0), 0, 0);
    graph.save(file);
    expect(HnswGraph.load(file, { dim: 4, count: 1 }).count).toBe(1);
    expect(() => HnswGraph.load(file, { dim: 4, count: 2 })).toThrow(/holds 1 vectors/);
    expect(() => HnswGraph.load(file, { dim: 8, count: 1 })).toThrow(/of 16 bytes, not 1 of 32/);
    await truncate(file, 100);
    expect(() => HnswGraph.load(file, { dim: 4, count: 1 })).toThrow(/it has 100 of/);
    await rm(file);
    expect(() => HnswGraph.load(file, { dim: 4, count: 1 })).toThrow(/cannot be read/);
  });
});
