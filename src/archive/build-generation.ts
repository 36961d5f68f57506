/**
 * Builds a generation: plans shards, runs a worker for each, hashes and writes what they made, and gives
 * the folder its final name. The rename is the moment it exists.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ErrorCode, PqrError, throwIfAborted } from '../ecg/errors.js';
import { startWorker } from '../ecg/worker-thread.js';
import type { ShardMessage, ShardResult, ShardTask } from './build-worker.js';
import { readTransaction, type SqliteDatabase } from './database.js';
import {
  buildFolder,
  GENERATION_FILE,
  type GenerationInfo,
  generationFolder,
  hashFile,
  listGenerations,
} from './generation.js';
import { type VectorScope, VectorSource } from './vector-source.js';

export interface BuildRequest {
  readonly database: SqliteDatabase;
  readonly indexFolder: string;
  readonly scope: VectorScope;
  readonly modelHash: string;
  readonly createdAt: Date;
  readonly signal?: AbortSignal;
  /** Vectors added so far, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A shard smaller than this is not worth a thread of its own: search visits every shard. */
const SHARD_VECTOR_COUNT = 20_000;
const MAX_SHARD_COUNT = 16;
/** hnswlib's file, a vector, beyond the vector itself: links of 32 neighbours and the label, with room. */
const GRAPH_BYTES_PER_VECTOR = 400;

interface ShardPlan {
  readonly afterSetId: number;
  readonly lastSetId: number;
  readonly vectorCount: number;
}

/**
 * Builds, verifies and names the next generation of a level; its number, or undefined where the level has
 * no vectors.
 * @throws `archive.full`, `request.aborted`, and what a worker failed with; nothing is left behind then
 */
export async function buildGeneration(request: BuildRequest): Promise<number | undefined> {
  const { database, indexFolder, scope } = request;
  const source = new VectorSource(database, scope);
  const snapshot = readTransaction(database, () => {
    const { lastSetId, vectorCount } = source.totals();
    const tombstoneSequence = source.tombstoneSequence();
    return { lastSetId, vectorCount, tombstoneSequence, sizes: source.setSizes(lastSetId) };
  });
  if (snapshot.vectorCount === 0) return undefined;
  const folder = buildFolder(indexFolder, scope.level, randomBytes(4).toString('hex'));
  await mkdir(folder, { recursive: true });
  try {
    await checkSpace(folder, snapshot.vectorCount * (4 * scope.dim + GRAPH_BYTES_PER_VECTOR));
    const plans = planShards(snapshot.sizes, snapshot.vectorCount);
    const results = await runWorkers(request, { folder, plans });
    const info = await describe(request, { folder, results, snapshot });
    return await publish(indexFolder, folder, info);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Contiguous ranges of set ids with about the same number of vectors. */
export function planShards(
  sizes: readonly { id: number; count: number }[],
  vectorCount: number,
): ShardPlan[] {
  const most = Math.min(availableParallelism(), MAX_SHARD_COUNT);
  const shardCount = Math.max(1, Math.min(most, Math.floor(vectorCount / SHARD_VECTOR_COUNT)));
  const target = vectorCount / shardCount;
  const plans: ShardPlan[] = [];
  let afterSetId = 0;
  let held = 0;
  let before = 0;
  for (const [at, { id, count }] of sizes.entries()) {
    held += count;
    const last = at === sizes.length - 1;
    if (held === 0 || (!last && before + held < target * (plans.length + 1))) continue;
    plans.push({ afterSetId, lastSetId: id, vectorCount: held });
    before += held;
    afterSetId = id;
    held = 0;
  }
  return plans;
}

async function checkSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > neededBytes) return;
  throw new PqrError(
    'archive.full',
    `The vector index needs about ${neededBytes} bytes and ${bavail * bsize} are free: ${folder}.`,
    { hint: 'Free some space and run `pqrsearch archive rebuild`; until then search is exact.' },
  );
}

interface Build {
  readonly folder: string;
  readonly plans: readonly ShardPlan[];
}

async function runWorkers(request: BuildRequest, { folder, plans }: Build): Promise<ShardResult[]> {
  throwIfAborted(request.signal);
  const abort = new AbortController();
  const stop = () => abort.abort();
  request.signal?.addEventListener('abort', stop, { once: true });
  const total = plans.reduce((sum, plan) => sum + plan.vectorCount, 0);
  const added = plans.map(() => 0);
  try {
    const runs = plans.map(async (plan, shard) => {
      const task: ShardTask = {
        databaseFile: request.database.name,
        scope: request.scope,
        ...plan,
        graphFile: join(folder, `shard-${shard}.bin`),
        rowsFile: join(folder, `rows-${shard}.bin`),
      };
      const report = (count: number) => {
        added[shard] = count;
        request.onProgress?.(
          added.reduce((sum, value) => sum + value, 0),
          total,
        );
      };
      return runWorker(task, { report, signal: abort.signal });
    });
    for (const running of runs) running.catch(stop); // one failed: the others need not go on
    const settled = await Promise.allSettled(runs);
    throwIfAborted(request.signal);
    const failed = settled.find(
      (result) => result.status === 'rejected' && !isAbort(result.reason),
    );
    if (failed?.status === 'rejected') throw failed.reason;
    return await Promise.all(runs);
  } finally {
    request.signal?.removeEventListener('abort', stop);
  }
}

function isAbort(error: unknown): boolean {
  return PqrError.isInstance(error) && error.code === 'request.aborted';
}

function runWorker(
  task: ShardTask,
  { report, signal }: { report: (added: number) => void; signal: AbortSignal },
): Promise<ShardResult> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(import.meta.url, 'build-worker', { workerData: task });
    const stop = () => {
      worker.terminate().catch(() => undefined);
      reject(new PqrError('request.aborted', 'The request was cancelled.'));
    };
    signal.addEventListener('abort', stop, { once: true });
    let outcome: (() => void) | undefined;
    worker.on('message', (message: ShardMessage) => {
      if (message.kind === 'progress') report(message.added);
      else if (message.kind === 'done') outcome = () => resolve(message.result);
      else outcome = () => reject(new PqrError(message.code as ErrorCode, message.message));
    });
    worker.on('error', reject);
    worker.on('exit', (exitCode) => {
      signal.removeEventListener('abort', stop);
      if (outcome) outcome();
      else reject(new PqrError('internal', `The index worker ended with exit code ${exitCode}.`));
    });
  });
}

interface Finished {
  readonly folder: string;
  readonly results: readonly ShardResult[];
  readonly snapshot: { readonly lastSetId: number; readonly tombstoneSequence: number };
}

async function describe(
  { scope, modelHash, createdAt }: BuildRequest,
  { folder, results, snapshot }: Finished,
): Promise<Omit<GenerationInfo, 'number'>> {
  const shards = await Promise.all(
    results.map(async ({ count }, shard) => {
      const [file, rowsFile] = [`shard-${shard}.bin`, `rows-${shard}.bin`];
      const sha256 = await hashFile(join(folder, file));
      return { file, rowsFile, count, sha256, rowsSha256: await hashFile(join(folder, rowsFile)) };
    }),
  );
  return {
    format: 1,
    level: scope.level,
    metric: 'inner-product',
    dim: scope.dim,
    count: results.reduce((sum, { count }) => sum + count, 0),
    modelHash,
    lastSetId: snapshot.lastSetId,
    tombstoneSequence: snapshot.tombstoneSequence,
    linkCount: Math.max(...results.map(({ linkCount }) => linkCount)),
    efConstruction: Math.max(...results.map(({ efConstruction }) => efConstruction)),
    efSearch: Math.max(...results.map(({ efSearch }) => efSearch)),
    recall: Math.min(...results.map(({ recall }) => recall)),
    shards,
    createdAt: createdAt.toISOString(),
  };
}

const PUBLISH_TRY_COUNT = 10;

/** Gives the folder the next free number; another process may take one at the same time. */
async function publish(
  indexFolder: string,
  folder: string,
  info: Omit<GenerationInfo, 'number'>,
): Promise<number> {
  for (let attempt = 0; attempt < PUBLISH_TRY_COUNT; attempt++) {
    const [newest = 0] = await listGenerations(indexFolder, info.level);
    const number = newest + 1;
    await writeFile(
      join(folder, GENERATION_FILE),
      `${JSON.stringify({ ...info, number }, null, 2)}\n`,
    );
    try {
      await rename(folder, generationFolder(indexFolder, info.level, number));
      return number;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
  throw new PqrError('archive.busy', 'Other processes keep replacing the vector index.');
}
