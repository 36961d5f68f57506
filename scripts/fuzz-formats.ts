/**
 * Fuzzing of the format readers at length: seeded mutations of real files, each reader in turn.
 *
 *     npx tsx scripts/fuzz-formats.ts [--mutations 10000] [--seed 1] [--only dicom] [--shared ../shared/data]
 *
 * Told apart: a record was read, a file was refused with one of our errors, a reader broke (any other
 * error, an `internal` one, or an unsound record), reading took over a second, or it asked for more memory
 * than its limits allow. Typed arrays are counted as they are made; zlib's outputs are bounded by its own
 * maxOutputLength. Every fourth record is de-identified on the way. Exits with 1 where anything but the first two happened.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Deidentifier } from '../src/ecg/deidentify.js';
import { PqrError } from '../src/ecg/errors.js';
import { DEFAULT_LIMITS, type Limits } from '../src/ecg/limits.js';
import { type ReadOptions, readEcgFiles } from '../src/formats/read.js';
import { MUTATIONS, pick, seeded } from '../test/formats/mutations.js';

const FIXTURES = new URL('../test/fixtures/formats/', import.meta.url).pathname;
const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  sampleCount: 2_000_000,
  fileBytes: 4 * 1024 * 1024,
  textBytes: 4 * 1024 * 1024,
  archiveBytes: 8 * 1024 * 1024,
};
/** Ten copies of the most samples in float64, and what the file itself takes. */
const MOST_ALLOCATED_BYTES = 10 * 8 * LIMITS.sampleCount;
const HANG_MILLISECONDS = 1000;
const MAX_TRACES = 5;
const LONGEST_MESSAGE = 600;
const SITE = new Deidentifier('fuzzing needs some key: 0123456789abcdef');
const DEIDENTIFIED_EVERY = 4;
/** Larger samples are left to the tests: they only slow this down. */
const LARGEST_SEED_BYTES = 320_000;

interface Seed {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly options: ReadOptions;
}

export interface FuzzCount {
  mutations: number;
  read: number;
  refused: number;
  crashes: number;
  /** Where the first of them happened. */
  traces: string[];
  hangs: number;
  longestMilliseconds: number;
  overAllocations: number;
  mostAllocatedBytes: number;
}

let allocatedBytes = 0;

/** Counts the bytes of every typed array made with a length. */
function countAllocations(): void {
  const scope = globalThis as unknown as Record<
    string,
    new (
      ...args: unknown[]
    ) => ArrayBufferView
  >;
  for (const name of ['Int16Array', 'Int32Array', 'Float32Array', 'Float64Array', 'Uint8Array']) {
    scope[name] = new Proxy(scope[name]!, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget) as ArrayBufferView;
        if (typeof args[0] === 'number') allocatedBytes += made.byteLength;
        return made;
      },
    });
  }
}

function folderSeed(folder: string): Seed {
  const names = readdirSync(folder).filter((name) => name !== 'expected.json');
  const { options = {} } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
  return { files: new Map(names.map((name) => [name, read(name)])), options };
}

/** The seeds of each reader: bundled recordings, and the shared samples where they are. */
function collectSeeds(shared: string): Map<string, Seed[]> {
  const seeds = new Map<string, Seed[]>();
  const add = (format: string, seed: Seed) =>
    seeds.set(format, [...(seeds.get(format) ?? []), seed]);
  for (const name of readdirSync(join(FIXTURES, 'golden'))) {
    const reader = name.startsWith('csv') ? 'csv' : name.startsWith('npy') ? 'npy' : 'wfdb';
    add(reader, folderSeed(join(FIXTURES, 'golden', name)));
  }
  for (const name of readdirSync(join(FIXTURES, 'second'))) {
    if (name.endsWith('.md')) continue;
    const packed = ['zip', 'tar-gz', 'gzip'].includes(name);
    add(packed ? 'archive' : name.split('-')[0]!, folderSeed(join(FIXTURES, 'second', name)));
  }
  if (!existsSync(shared)) return seeds;
  for (const format of ['aecg', 'dicom', 'muse', 'philips', 'scp']) {
    for (const name of readdirSync(join(shared, 'formats', format))) {
      const path = join(shared, 'formats', format, name);
      if (statSync(path).size > LARGEST_SEED_BYTES) continue;
      add(format, { files: new Map([[name, new Uint8Array(readFileSync(path))]]), options: {} });
    }
  }
  const wfdb = join(shared, 'formats/wfdb');
  for (const record of ['binformats', 'flacformats', '310derive', '311derive', '3000003_0003']) {
    const names = readdirSync(wfdb).filter((name) => name.startsWith(`${record}.`));
    const read = (name: string) => new Uint8Array(readFileSync(join(wfdb, name)));
    add('wfdb', { files: new Map(names.map((name) => [name, read(name)])), options: {} });
  }
  return seeds;
}

async function readMutation(seed: Seed, random: () => number, count: FuzzCount): Promise<void> {
  const files = new Map(seed.files);
  const victim = pick([...files.keys()], random);
  let bytes = files.get(victim)!;
  const mutationCount = random() < 0.6 ? 1 : 2 + Math.floor(random() * 3);
  for (let done = 0; done < mutationCount; done++) {
    bytes = pick(MUTATIONS, random)(bytes, random);
  }
  files.set(victim, bytes);
  const read = () =>
    readOnce(files, {
      ...seed.options,
      ...(count.mutations % DEIDENTIFIED_EVERY === 0 && { deidentify: SITE.recording() }),
    });
  const first = await timed(read);
  // A machine that does something else is no hang: a slow mutation is read again, the shorter time counts.
  const second = first.milliseconds > HANG_MILLISECONDS && (await timed(read));
  const milliseconds = Math.min(first.milliseconds, second ? second.milliseconds : Infinity);
  const { outcome } = first;
  count.mutations++;
  if (outcome === 'read') count.read++;
  else if (outcome === 'refused') count.refused++;
  else {
    count.crashes++;
    if (count.traces.length < MAX_TRACES) count.traces.push(outcome);
  }
  if (milliseconds > HANG_MILLISECONDS) count.hangs++;
  count.longestMilliseconds = Math.max(count.longestMilliseconds, Math.round(milliseconds));
  if (first.bytes > MOST_ALLOCATED_BYTES) count.overAllocations++;
  count.mostAllocatedBytes = Math.max(count.mostAllocatedBytes, first.bytes);
}

async function timed(read: () => Promise<string>) {
  allocatedBytes = 0;
  const start = performance.now();
  const outcome = await read();
  return { outcome, milliseconds: performance.now() - start, bytes: allocatedBytes };
}

/** `read`, `refused`, or where a reader broke. */
async function readOnce(
  files: ReadonlyMap<string, Uint8Array>,
  options: ReadOptions,
): Promise<string> {
  try {
    const { samples, leads, sampleCount } = await readEcgFiles(files, {
      ...options,
      limits: LIMITS,
    });
    if (samples.length !== leads.length * sampleCount) throw new Error('unsound record');
    return 'read';
  } catch (error) {
    const ours = PqrError.isInstance(error) && error.code !== 'internal';
    if (ours && error.message.length < LONGEST_MESSAGE) return 'refused';
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

export interface FuzzOptions {
  readonly mutations: number;
  readonly seed: number;
  readonly only?: string | undefined;
  readonly shared: string;
}

/** Fuzzes every reader (or one) and counts what came of it. */
export async function fuzzFormats(options: FuzzOptions): Promise<Record<string, FuzzCount>> {
  countAllocations();
  const counts: Record<string, FuzzCount> = {};
  for (const [format, seeds] of [...collectSeeds(options.shared)].sort()) {
    if (options.only !== undefined && options.only !== format) continue;
    const count: FuzzCount = {
      ...{ mutations: 0, read: 0, refused: 0, crashes: 0, traces: [], hangs: 0 },
      ...{ longestMilliseconds: 0, overAllocations: 0, mostAllocatedBytes: 0 },
    };
    counts[format] = count;
    const random = seeded(options.seed);
    for (let round = 0; round < options.mutations; round++) {
      await readMutation(pick(seeds, random), random, count);
    }
    process.stderr.write(`${format}: ${JSON.stringify(count)}\n`);
  }
  return counts;
}

export const isClean = (count: FuzzCount): boolean =>
  count.crashes === 0 && count.hangs === 0 && count.overAllocations === 0;

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({
    options: {
      mutations: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      shared: { type: 'string', default: '../shared/data' },
    },
  });
  const counts = await fuzzFormats({
    mutations: Number(values.mutations),
    seed: Number(values.seed),
    only: values.only,
    shared: values.shared,
  });
  process.stdout.write(`${JSON.stringify(counts, undefined, 2)}\n`);
  process.exitCode = Object.values(counts).every(isClean) ? 0 : 1;
}
