/**
 * One process at a time changes a file: a lock file beside it, made only where there is none. For changes that
 * take milliseconds; it waits for another process's, and takes over the lock of one that died.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PqrError } from '../ecg/errors.js';

export interface FileLockOptions {
  /** How long to wait for another process. */
  readonly waitMilliseconds?: number;
  /** A lock of this age was left behind. */
  readonly staleMilliseconds?: number;
}

const WAIT_MILLISECONDS = 10_000;
const STALE_MILLISECONDS = 30_000;
const PAUSE_MILLISECONDS = 20;

/** Runs `work` while no other holder of the lock of `path` does. @throws `file.unwritable`, as `work` */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const token = randomUUID();
  await acquire(lock, token, path, options);
  try {
    return await work();
  } finally {
    if ((await tokenOf(lock)) === token) await rm(lock, { force: true });
  }
}

async function acquire(
  lock: string,
  token: string,
  path: string,
  { waitMilliseconds = WAIT_MILLISECONDS, staleMilliseconds = STALE_MILLISECONDS }: FileLockOptions,
): Promise<void> {
  const end = Date.now() + waitMilliseconds;
  while (!(await created(lock, token, path))) {
    await removeStale(lock, staleMilliseconds);
    if (Date.now() >= end) {
      throw new PqrError('file.unwritable', `${path} is being changed by another process.`, {
        hint: `Try again; if no other pqrsearch runs, remove ${lock}.`,
      });
    }
    await sleep(PAUSE_MILLISECONDS * (1 + Math.random()));
  }
}

async function created(lock: string, token: string, path: string): Promise<boolean> {
  try {
    await writeFile(lock, token, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new PqrError('file.unwritable', `${path} could not be written.`, { cause });
  }
}

/** Of several processes that find a stale lock, one renames it away; a lock that is not stale comes back. */
async function removeStale(lock: string, staleMilliseconds: number): Promise<void> {
  if (!(await isStale(lock, staleMilliseconds))) return;
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
    if (!(await isStale(aside, staleMilliseconds))) await link(aside, lock);
  } catch {
    // another process was faster
  }
  await rm(aside, { force: true });
}

async function isStale(lock: string, staleMilliseconds: number): Promise<boolean> {
  const stats = await stat(lock).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > staleMilliseconds;
}

const tokenOf = (lock: string) => readFile(lock, 'utf8').catch(() => undefined);
