/**
 * Worker thread: builds one shard of a generation from SQLite, writes it, loads it again and measures its
 * recall against exact search. Nothing else holds the native objects it makes.
 *
 * Half of the sample queries are stored vectors, half are stored vectors with noise as long as they are
 * (cosine about 0.7): queries by text lie away from the stored vectors, and are the harder ones.
 */
import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { assert, PqrError } from '../ecg/errors.js';
import { openDatabase } from './database.js';
import { dot, ROW_FIELD_COUNT, type VectorSet } from './exact-index.js';
import { HnswGraph } from './hnsw-native.js';
import { TopK } from './top-k.js';
import { SPAN_FIELD_COUNT } from './vector-codec.js';
import { type VectorScope, VectorSource } from './vector-source.js';

export interface ShardTask {
  readonly databaseFile: string;
  readonly scope: VectorScope;
  /** Sets with `afterSetId < id <= lastSetId`. */
  readonly afterSetId: number;
  readonly lastSetId: number;
  /** Vectors in them, at most: some may have been removed since. */
  readonly vectorCount: number;
  readonly graphFile: string;
  readonly rowsFile: string;
}

export interface ShardResult {
  readonly count: number;
  readonly linkCount: number;
  readonly efConstruction: number;
  readonly efSearch: number;
  readonly recall: number;
}

export type ShardMessage =
  | { readonly kind: 'progress'; readonly added: number }
  | { readonly kind: 'done'; readonly result: ShardResult }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

const SEED = 20_240_601;
const SAMPLE_COUNT = 32;
const RECALL_DEPTH = 10;
/** Recall that a larger `ef` is tried for, and what a graph is refused below. */
const RECALL_WANTED = 0.995;
const RECALL_NEEDED = 0.95;
const EF_LADDER = [64, 128, 256, 512] as const;
const PARAMETER_LADDER = [
  { linkCount: 16, efConstruction: 200 },
  { linkCount: 32, efConstruction: 400 },
] as const;
/** Equal vectors are common (one recording under two rates): a score this close counts as found. */
const SCORE_TOLERANCE = 1e-6;
const PROGRESS_STEP = 1000;

interface Sample {
  readonly query: Float32Array;
  /** Score of the last of the exact top ten. */
  readonly thresholds: Float64Array;
}

function buildShard(task: ShardTask, report: (added: number) => void): ShardResult {
  const database = openDatabase(task.databaseFile, { readOnly: true });
  try {
    const source = new VectorSource(database, task.scope);
    const sets = () => source.sets(task.afterSetId, task.lastSetId);
    for (const parameters of PARAMETER_LADDER) {
      // One snapshot: the graph, its rows and the sample must see the same sets.
      const built = database
        .transaction(() => {
          const count = writeGraph(task, { sets, parameters, report });
          return { count, samples: takeSamples(sets, { count, dim: task.scope.dim }) };
        })
        .deferred();
      const graph = HnswGraph.load(task.graphFile, { dim: task.scope.dim, count: built.count });
      const tuned = tuneSearch(graph, built.samples);
      if (tuned.recall >= RECALL_NEEDED) return { count: built.count, ...parameters, ...tuned };
    }
  } finally {
    database.close();
  }
  throw new PqrError(
    'internal',
    `The index of level ${task.scope.level} misses too many neighbours.`,
  );
}

interface GraphPlan {
  readonly sets: () => Iterable<VectorSet>;
  readonly parameters: (typeof PARAMETER_LADDER)[number];
  readonly report: (added: number) => void;
}

/** Adds and saves all vectors of the sets; the number of them. */
function writeGraph(task: ShardTask, { sets, parameters, report }: GraphPlan): number {
  let living = 0;
  for (const { count } of sets()) living += count;
  assert(living > 0, 'a shard has vectors');
  const shape = { dim: task.scope.dim, count: living };
  const graph = HnswGraph.create(shape, { ...parameters, seed: SEED });
  const fields = new Int32Array(living * ROW_FIELD_COUNT);
  let label = 0;
  for (const set of sets()) {
    for (let row = 0; row < set.count; row++, label++) {
      graph.add(set.vectors, row * shape.dim, label);
      const at = label * ROW_FIELD_COUNT;
      const span = row * SPAN_FIELD_COUNT;
      fields[at] = set.setId;
      fields[at + 1] = set.ecgKey;
      fields.set(set.spans.subarray(span, span + SPAN_FIELD_COUNT), at + 2);
      if (label % PROGRESS_STEP === 0) report(label);
    }
  }
  graph.save(task.graphFile);
  writeFileSync(task.rowsFile, new Uint8Array(fields.buffer));
  return living;
}

/** Sample queries with the exact scores of their ten nearest. */
function takeSamples(
  sets: () => Iterable<VectorSet>,
  { count, dim }: { count: number; dim: number },
): Sample[] {
  const queries = sampleQueries(sets, { count, dim });
  const wide = queries.map((query) => Float64Array.from(query));
  const best = queries.map(() => new TopK(Math.min(RECALL_DEPTH, count)));
  for (const set of sets()) {
    for (let row = 0; row < set.count; row++) {
      for (let at = 0; at < wide.length; at++) {
        best[at]!.push(row, dot(set.vectors, row * dim, wide[at]!));
      }
    }
  }
  return queries.map((query, at) => ({ query, thresholds: best[at]!.drain().scores }));
}

function sampleQueries(
  sets: () => Iterable<VectorSet>,
  { count, dim }: { count: number; dim: number },
): Float32Array[] {
  const step = Math.max(1, Math.floor(count / SAMPLE_COUNT));
  const random = gaussian(SEED);
  const queries: Float32Array[] = [];
  let label = 0;
  for (const set of sets()) {
    for (let row = 0; row < set.count; row++, label++) {
      if (label % step !== 0 || queries.length >= 2 * SAMPLE_COUNT) continue;
      const vector = set.vectors.slice(row * dim, (row + 1) * dim);
      const noisy = vector.map((value) => value + random() / Math.sqrt(dim));
      const norm = Math.sqrt(noisy.reduce((sum, value) => sum + value * value, 0));
      queries.push(
        vector,
        noisy.map((value) => value / norm),
      );
    }
  }
  return queries;
}

/** The smallest `ef` that finds enough of the sample's neighbours, or the largest there is. */
function tuneSearch(graph: HnswGraph, samples: readonly Sample[]) {
  let tuned = { efSearch: EF_LADDER[0] as number, recall: 0 };
  for (const efSearch of EF_LADDER) {
    tuned = { efSearch, recall: recallOf(graph, samples, efSearch) };
    if (tuned.recall >= RECALL_WANTED) break;
  }
  return tuned;
}

function recallOf(graph: HnswGraph, samples: readonly Sample[], ef: number): number {
  let found = 0;
  let wanted = 0;
  for (const { query, thresholds } of samples) {
    const last = thresholds.at(-1)! - SCORE_TOLERANCE;
    const { scores } = graph.search(query, thresholds.length, ef);
    found += scores.filter((score) => score >= last).length;
    wanted += thresholds.length;
  }
  return found / wanted;
}

/** Seeded normal numbers: mulberry32 and Box-Muller. */
function gaussian(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function run(port: NonNullable<typeof parentPort>): void {
  const post = (message: ShardMessage) => port.postMessage(message);
  try {
    const report = (added: number) => post({ kind: 'progress', added });
    post({ kind: 'done', result: buildShard(workerData as ShardTask, report) });
  } catch (error) {
    const known = PqrError.isInstance(error) ? error.code : 'internal';
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    const message = error instanceof Error ? error.message : String(error);
    post({ kind: 'failed', code: full ? 'archive.full' : known, message });
  }
}

if (parentPort) run(parentPort);
