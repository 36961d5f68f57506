/**
 * Files on disk as byte sources, and a header's folder, out of which no sibling leads. No file is kept open
 * between two calls. Small reads block: they are over before a thread would have begun them.
 */
import { closeSync, constants, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import {
  type ByteSource,
  checkSiblingName,
  escapeError,
  fileError,
  type SourceFolder,
  shown,
} from './byte-source.js';

/** A file on disk, with its time of change as it was opened. */
export interface FileByteSource extends ByteSource {
  /** Milliseconds since 1970, with fractions. */
  readonly modifiedMilliseconds: number;
}

/** Throws unless `stats` are those of a regular file. @throws `file.unreadable` */
export function assertRegularFile(stats: Stats, name: string): void {
  if (stats.isFile()) return;
  const directory = stats.isDirectory();
  throw new PqrError(
    'file.unreadable',
    `${shown(name)} is ${directory ? 'a directory' : 'no regular file'}; a file is needed.`,
    directory ? { hint: 'Name a recording in it, or index the whole directory.' } : {},
  );
}

/** Files up to this size are read once and kept: a header is looked at several times. */
const KEPT_BYTES = 32 * 1024;
/**
 * Reads up to this size block: handing a small read to a thread takes longer than the read (opening,
 * reading and closing a 120 kB file: 0.04 ms against 0.2 ms).
 */
const BLOCKING_BYTES = 1024 * 1024;

/** HDF5 holds thousands of recordings and is read by parts: its size has a limit of its own. */
const HDF5_MARK = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** True where the first bytes are HDF5's signature. */
export const isHdf5 = (start: Uint8Array): boolean =>
  HDF5_MARK.every((byte, index) => start[index] === byte);

/** Lent to one reader at a time: reading and using it has no pause in it. */
let lent: Buffer | undefined;

class FileSource implements FileByteSource {
  readonly byteLength: number;
  readonly modifiedMilliseconds: number;
  private kept: Promise<Uint8Array> | undefined;

  constructor(
    readonly name: string,
    stats: Stats,
    readonly path: string,
    readonly openFlags: number,
  ) {
    this.byteLength = stats.size;
    this.modifiedMilliseconds = stats.mtimeMs;
  }

  async slice(start: number, end: number): Promise<Uint8Array> {
    if (this.byteLength > KEPT_BYTES) return this.read(start, end);
    this.kept ??= this.read(0, this.byteLength);
    return (await this.kept).subarray(start, Math.max(start, end));
  }

  /** As withBytes. */
  async lend<T>(start: number, end: number, use: (bytes: Uint8Array) => T): Promise<T> {
    const length = Math.max(0, Math.min(end, this.byteLength) - start);
    if (length > BLOCKING_BYTES || this.kept !== undefined)
      return use(await this.slice(start, end));
    lent ??= Buffer.allocUnsafeSlow(BLOCKING_BYTES);
    const bytes = lent.subarray(0, length);
    this.readBlocking(bytes, start);
    return use(bytes);
  }

  private async read(start: number, end: number): Promise<Uint8Array> {
    const length = Math.max(0, Math.min(end, this.byteLength) - start);
    const bytes = Buffer.allocUnsafeSlow(length);
    if (length === 0) return bytes;
    if (length <= BLOCKING_BYTES) {
      this.readBlocking(bytes, start);
      return bytes;
    }
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.path, this.openFlags);
      await this.fill(handle, bytes, start);
    } catch (error) {
      throw fileError(error, this.name);
    } finally {
      await handle?.close();
    }
    return bytes;
  }

  private async fill(handle: FileHandle, bytes: Uint8Array, start: number): Promise<void> {
    for (let filled = 0; filled < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) throw this.shrank();
      filled += bytesRead;
    }
  }

  private readBlocking(bytes: Uint8Array, start: number): void {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.path, this.openFlags);
      for (let filled = 0; filled < bytes.length; ) {
        const count = readSync(descriptor, bytes, filled, bytes.length - filled, start + filled);
        if (count === 0) throw this.shrank();
        filled += count;
      }
    } catch (error) {
      throw fileError(error, this.name);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  private shrank(): PqrError {
    return new PqrError('file.unreadable', `${shown(this.name)} shrank while it was read.`);
  }
}

/**
 * Opens a file that the user named; links are followed, as the user chose the path.
 * @throws `file.missing`, `file.denied`, `file.unreadable` (directory, device), `limit.exceeded` (fileBytes)
 */
export async function openFile(
  path: string,
  limits: Limits = DEFAULT_LIMITS,
): Promise<FileByteSource> {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    throw fileError(error, path);
  }
  assertRegularFile(stats, path);
  const source = new FileSource(basename(path), stats, path, constants.O_RDONLY);
  if (stats.size <= limits.fileBytes || !isHdf5(await source.slice(0, HDF5_MARK.length))) {
    checkLimit('fileBytes', stats.size, shown(path), limits);
  }
  checkLimit('batchBytes', stats.size, shown(path), limits);
  return source;
}

/** True where the real path `inner` is the real folder `outer` or lies in it. */
export function isInside(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** A sibling's real path and stats. @throws `format.escape`, or the operating system's error */
async function resolveSibling(dir: string, name: string): Promise<{ real: string; stats: Stats }> {
  const path = join(dir, name);
  if (!/[/\\]/.test(name)) {
    const stats = lstatSync(path);
    // No link and no folder in its name: it lies in `dir`, whatever `dir` is.
    if (!stats.isSymbolicLink()) return { real: path, stats };
  }
  const [realFolder, real] = await Promise.all([realpath(dir), realpath(path)]);
  if (!isInside(realFolder, real)) throw escapeError(name, 'is a link that leads out');
  return { real, stats: await stat(real) };
}

/** The files of a directory, by names that headers give. */
export function folderSource(dir: string, limits: Limits = DEFAULT_LIMITS): SourceFolder {
  return {
    async open(name) {
      checkSiblingName(name);
      const { real, stats } = await resolveSibling(dir, name).catch((error: unknown) => {
        throw fileError(error, name);
      });
      assertRegularFile(stats, name);
      checkLimit('fileBytes', stats.size, shown(name), limits);
      return new FileSource(name, stats, real, constants.O_RDONLY | constants.O_NOFOLLOW);
    },
  };
}

/**
 * What `use` makes of the bytes `[start, end)`. They are lent: `use` returns before they are used again, and
 * keeps nothing of them. Where a source can, it lends the same memory again and again.
 */
export async function withBytes<T>(
  source: ByteSource,
  start: number,
  end: number,
  use: (bytes: Uint8Array) => T,
): Promise<T> {
  if (source instanceof FileSource) return source.lend(start, end, use);
  return use(await source.slice(start, end));
}

/** Where a source's bytes lie on disk and how they may be opened there; undefined for bytes in memory. */
export function fileLocation(source: ByteSource):
  | {
      readonly path: string;
      readonly openFlags: number;
      readonly modifiedMilliseconds: number;
    }
  | undefined {
  if (!(source instanceof FileSource)) return undefined;
  const { path, openFlags, modifiedMilliseconds } = source;
  return { path, openFlags, modifiedMilliseconds };
}
