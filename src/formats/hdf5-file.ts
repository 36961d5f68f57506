/**
 * HDF5 files from outside the thread that reads them (hdf5-thread.ts): what a file holds, and a part of one of
 * its datasets. Never the whole file: a file of several gigabytes is read by the parts that are asked for.
 *
 * One thread, one call at a time, a time limit on each; a call that takes longer ends the thread, and the
 * next one starts another. The thread ends by itself when nothing was read for a while.
 */
import type { Worker } from 'node:worker_threads';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { startWorker } from '../ecg/worker-thread.js';
import { type ByteSource, fileError, shown } from './byte-source.js';
import { fileLocation } from './file-source.js';
import type { Hdf5Answer, Hdf5Bytes, Hdf5Entry, Hdf5Request } from './hdf5-thread.js';

export type { Hdf5Entry } from './hdf5-thread.js';

export interface Hdf5Part {
  readonly entry: Hdf5Entry;
  /** First index and number of values, a side of the dataset each. */
  readonly start: readonly number[];
  readonly count: readonly number[];
}

const IDLE_MILLISECONDS = 10_000;
/** A damaged file can leave something open in the library: a thread doesn't live for ever. */
const MOST_FAILURES = 200;
/** What the library itself takes, and how often a value is in its memory at once. */
const LIBRARY_BYTES = 128 * 1024 * 1024;
const BYTES_PER_SAMPLE = 20;
/** Entries of a file's root that are looked at. */
const MOST_ENTRIES = 64;

let worker: Worker | undefined;
let idleTimer: NodeJS.Timeout | undefined;
let failureCount = 0;
let callCount = 0;
let queue: Promise<unknown> = Promise.resolve();

function endThread(): void {
  clearTimeout(idleTimer);
  const ending = worker;
  worker = undefined;
  failureCount = 0;
  void ending?.terminate();
}

/** Which bytes the thread reads, and a key that changes with them. */
async function bytesOf(source: ByteSource): Promise<Hdf5Bytes> {
  const location = fileLocation(source);
  const { byteLength } = source;
  if (location === undefined) {
    return { key: `memory ${callCount}`, bytes: await source.slice(0, byteLength) };
  }
  const { path, openFlags, modifiedMilliseconds } = location;
  const key = `${path}\n${byteLength} ${modifiedMilliseconds}`;
  return { key, path, openFlags, byteLength };
}

type Outcome = Hdf5Answer | 'late' | 'broken';

/** The call that the thread is at. */
let pending: ((outcome: Outcome) => void) | undefined;

function startThread(): Worker {
  const started = startWorker(import.meta.url, 'hdf5-thread');
  const broke = () => {
    if (worker === started) pending?.('broken');
  };
  started.on('message', (answer: Hdf5Answer) => {
    if (worker === started) pending?.(answer);
  });
  started.on('error', broke);
  started.on('exit', broke);
  return started;
}

/** What the time limit, the thread's end or its answer makes of a call. */
function ask(request: Hdf5Request, milliseconds: number): Promise<Outcome> {
  clearTimeout(idleTimer);
  worker ??= startThread();
  const asked = worker;
  asked.ref();
  return new Promise((resolve) => {
    const timer = setTimeout(() => pending?.('late'), milliseconds);
    pending = (outcome) => {
      pending = undefined;
      clearTimeout(timer);
      asked.unref();
      resolve(outcome);
    };
    asked.postMessage(request);
  });
}

type Answered = Extract<Hdf5Answer, { readonly ok: true }>;

async function call(
  source: ByteSource,
  read: Hdf5Request['read'],
  limits: Limits,
): Promise<Answered> {
  const request = {
    ...{ call: ++callCount, file: await bytesOf(source), entryCount: MOST_ENTRIES },
    memoryBytes: LIBRARY_BYTES + BYTES_PER_SAMPLE * limits.sampleCount,
    ...(read !== undefined && { read }),
  };
  const answer = await ask(request, limits.readerSeconds * 1000);
  if (typeof answer === 'object' && answer.ok) {
    idleTimer = setTimeout(endThread, IDLE_MILLISECONDS).unref();
    return answer;
  }
  if (typeof answer === 'string' || answer.isBroken || ++failureCount >= MOST_FAILURES) endThread();
  else idleTimer = setTimeout(endThread, IDLE_MILLISECONDS).unref();
  if (typeof answer === 'object' && 'code' in answer) throw fileError(answer, source.name);
  const name = shown(source.name);
  if (answer === 'late') {
    const message = `${name} took more than ${limits.readerSeconds} seconds to read a part of; it was given up.`;
    throw new PqrError('limit.exceeded', message, {
      details: { limit: 'readerSeconds', allowed: limits.readerSeconds },
    });
  }
  throw new PqrError(
    'format.inconsistent',
    `${name} is damaged HDF5, or packed in a way that is not read.`,
    {
      hint: 'Copy it again; chunks may be packed with gzip, shuffle and fletcher32.',
    },
  );
}

/** One call after another: the library does one thing at a time. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = queue.then(work);
  queue = turn.catch(() => undefined);
  return turn;
}

/** The entries of a file's root, at most 64. @throws `format.inconsistent`, `limit.exceeded`, `file.*` */
export async function listHdf5(
  source: ByteSource,
  limits: Limits,
  signal?: AbortSignal,
): Promise<readonly Hdf5Entry[]> {
  throwIfAborted(signal);
  const answer = await inTurn(() => call(source, undefined, limits));
  return 'entries' in answer ? answer.entries : [];
}

/**
 * A part of a dataset as bytes, little-endian, the last side running fastest.
 * @throws `format.inconsistent` (damaged), `limit.exceeded`, `file.*`
 */
export async function readHdf5Part(
  source: ByteSource,
  { entry, start, count }: Hdf5Part,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  const { name: dataset, valueBytes } = entry;
  const read = { dataset, start, count, valueBytes };
  const answer = await inTurn(() => call(source, read, limits));
  return 'bytes' in answer ? answer.bytes : new Uint8Array(0);
}
