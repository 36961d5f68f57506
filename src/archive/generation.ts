/**
 * A generation: an immutable HNSW index of one level in a folder of its own, `index/<level>-<number>/`.
 *
 *     generation.json         what it holds, how it was made, the hash of every file
 *     shard-<i>.bin           hnswlib's graph and vectors; label = row of the table beside it
 *     rows-<i>.bin            int32 [count x 6]: setId, ecgKey, window, ordinal, startSample, endSample
 *
 * It is made in a folder of another name and renamed when it is whole and verified, so a folder of this
 * name is finished. What came after it (`lastSetId`) and what went since (`tombstoneSequence`) is read
 * from SQLite. It is derived: deleting it costs time only.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { LEVELS, type Level } from '../encoders/ports.js';
import { ROW_FIELD_COUNT } from './exact-index.js';
import { HnswGraph } from './hnsw-native.js';

export const GENERATION_FILE = 'generation.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.number().int().nonnegative();

const shardSchema = z.strictObject({
  file: z.string().regex(/^shard-\d+\.bin$/),
  rowsFile: z.string().regex(/^rows-\d+\.bin$/),
  count: whole.min(1),
  sha256,
  rowsSha256: sha256,
});

const generationSchema = z.strictObject({
  format: z.literal(1),
  level: z.enum(LEVELS),
  number: whole.min(1),
  metric: z.literal('inner-product'),
  dim: whole.min(1),
  count: whole.min(1),
  modelHash: z.string().min(1),
  lastSetId: whole,
  tombstoneSequence: whole,
  linkCount: whole,
  efConstruction: whole,
  efSearch: whole.min(1),
  /** Recall at 10 against exact search on a sample, the worst shard. */
  recall: z.number().min(0).max(1),
  shards: z.array(shardSchema).min(1).max(64),
  createdAt: z.string(),
});

export type GenerationInfo = z.infer<typeof generationSchema>;
export type ShardInfo = z.infer<typeof shardSchema>;

/** One loaded shard: the graph and what its labels stand for. */
export interface LoadedShard {
  readonly graph: HnswGraph;
  /** int32 `[count x 6]` */
  readonly fields: Int32Array;
  /** First row of each set; its rows lie together. */
  readonly firstRows: ReadonlyMap<number, number>;
}

export interface LoadedGeneration {
  readonly info: GenerationInfo;
  readonly shards: readonly LoadedShard[];
}

/** What a generation must be of, to be used. */
export interface GenerationScope {
  readonly level: Level;
  readonly dim: number;
  readonly modelHash: string;
}

export function generationFolder(indexFolder: string, level: Level, number: number): string {
  return join(indexFolder, `${level}-${number}`);
}

/** Numbers of the finished generations of a level, newest first; empty where there is no folder. */
export async function listGenerations(indexFolder: string, level: Level): Promise<number[]> {
  const pattern = new RegExp(`^${level}-(\\d+)$`);
  const names = await readdir(indexFolder).catch(() => []);
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

/**
 * Reads and checks everything of a generation and loads it; undefined where it is another model's.
 * @throws `archive.corrupt` naming the file and what is wrong with it
 */
export async function loadGeneration(
  folder: string,
  scope: GenerationScope,
): Promise<LoadedGeneration | undefined> {
  const info = await readInfo(folder, scope);
  if (!info) return undefined;
  const shards: LoadedShard[] = [];
  for (const shard of info.shards) shards.push(await loadShard(folder, shard, info.dim));
  return { info, shards };
}

/**
 * Reads `generation.json`, checked; undefined where it is another model's, which is stale, not damaged.
 * @throws `archive.corrupt`
 */
export async function readInfo(
  folder: string,
  scope: GenerationScope,
): Promise<GenerationInfo | undefined> {
  const path = join(folder, GENERATION_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw damaged(path, 'it cannot be read', error);
  });
  const parsed = generationSchema.safeParse(parseJson(text));
  if (!parsed.success) throw damaged(path, 'it is not as it was written');
  const info = parsed.data;
  if (info.modelHash !== scope.modelHash) return undefined;
  for (const name of ['level', 'dim'] as const) {
    if (info[name] !== scope[name]) {
      throw damaged(path, `its ${name} is ${info[name]}, not ${scope[name]}`);
    }
  }
  const held = info.shards.reduce((sum, { count }) => sum + count, 0);
  if (held !== info.count)
    throw damaged(path, `its shards hold ${held} vectors, not ${info.count}`);
  return info;
}

async function loadShard(folder: string, shard: ShardInfo, dim: number): Promise<LoadedShard> {
  await checkHash(join(folder, shard.file), shard.sha256);
  const rowsPath = join(folder, shard.rowsFile);
  await checkHash(rowsPath, shard.rowsSha256);
  const bytes = await readFile(rowsPath);
  const expected = shard.count * ROW_FIELD_COUNT * Int32Array.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw damaged(rowsPath, `it has ${bytes.length} bytes, not ${expected}`);
  }
  const fields = new Int32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  const graph = HnswGraph.load(join(folder, shard.file), { dim, count: shard.count });
  return { graph, fields, firstRows: firstRowsOf(fields) };
}

function firstRowsOf(fields: Int32Array): Map<number, number> {
  const firstRows = new Map<number, number>();
  for (let row = 0; row * ROW_FIELD_COUNT < fields.length; row++) {
    const setId = fields[row * ROW_FIELD_COUNT]!;
    if (!firstRows.has(setId)) firstRows.set(setId, row);
  }
  return firstRows;
}

async function checkHash(path: string, expected: string): Promise<void> {
  const got = await hashFile(path).catch((error: unknown) => {
    throw damaged(path, 'it cannot be read', error);
  });
  if (got !== expected) throw damaged(path, `its SHA-256 is ${got}, not ${expected}`);
}

/** SHA-256 of a file, as hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(path: string, what: string, cause?: unknown): PqrError {
  return new PqrError('archive.corrupt', `An index file is damaged: ${what}: ${path}.`, {
    hint: 'Run `pqrsearch archive rebuild`; until then search is exact, and the recordings are not affected.',
    cause,
  });
}

const BUILD_PREFIX = 'building-';

/** The folder that a build of this process writes to until it is finished. */
export function buildFolder(indexFolder: string, level: Level, random: string): string {
  return join(indexFolder, `${BUILD_PREFIX}${process.pid}-${level}-${random}`);
}

/** Removes what builds left behind whose process is gone. */
export async function removeOrphans(indexFolder: string): Promise<void> {
  const names = await readdir(indexFolder).catch(() => []);
  for (const name of names) {
    const owner = new RegExp(`^${BUILD_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    await rm(join(indexFolder, name), { recursive: true, force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Bytes of all files under a folder; 0 where it is missing. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    total += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0, // removed meanwhile
    );
  }
  return total;
}
