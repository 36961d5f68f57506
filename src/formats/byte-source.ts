/**
 * Bytes behind a name: a file or an upload, and the folder in which a header's siblings are looked up.
 *
 * Readers take a `ByteSource`, never a path. A header may name other files; `SourceFolder.open` finds
 * them only inside the header's own folder: no absolute path, no `..`, no link that leads out.
 * It doesn't write (atomic-file.ts) and it keeps no file open between two calls.
 */
import { closeSync, constants, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, sep } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';

export interface ByteSource {
  /** The file's own name, without its folder. */
  readonly name: string;
  readonly byteLength: number;
  /** Bytes `[start, end)`; the caller doesn't change them. @throws `file.*` */
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** A file on disk, with its time of change as it was opened. */
export interface FileByteSource extends ByteSource {
  /** Milliseconds since 1970, with fractions. */
  readonly modifiedMilliseconds: number;
}

export interface SourceFolder {
  /** Opens a sibling that a header names. @throws `format.escape`, `file.missing`, `file.*` */
  open(name: string): Promise<ByteSource>;
}

const SHOWN_LENGTH = 120;

/** A name out of a file, fit for a message: printable and of bounded length. */
export function shown(text: string): string {
  const printable = text.replace(/[^\x20-\x7e\u00a1-\uffff]/g, '?');
  return printable.length <= SHOWN_LENGTH ? printable : `${printable.slice(0, SHOWN_LENGTH)}...`;
}

/** What the operating system says, as one of our errors. `name` is shown to the user. */
export function fileError(error: unknown, name: string): PqrError {
  if (PqrError.isInstance(error)) return error;
  const systemCode = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  const options = { details: { file: name, systemCode }, cause: error };
  if (systemCode === 'ENOENT' || systemCode === 'ENOTDIR') {
    return new PqrError('file.missing', `${shown(name)} does not exist.`, options);
  }
  if (systemCode === 'EACCES' || systemCode === 'EPERM') {
    const hint = 'Give the user that runs pqrsearch the right to read it.';
    return new PqrError('file.denied', `${shown(name)} may not be read.`, { ...options, hint });
  }
  return new PqrError(
    'file.unreadable',
    `${shown(name)} could not be read (${systemCode}).`,
    options,
  );
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

class FileSource implements FileByteSource {
  readonly byteLength: number;
  readonly modifiedMilliseconds: number;
  private kept: Promise<Uint8Array> | undefined;

  constructor(
    readonly name: string,
    stats: Stats,
    private readonly path: string,
    private readonly openFlags: number,
  ) {
    this.byteLength = stats.size;
    this.modifiedMilliseconds = stats.mtimeMs;
  }

  async slice(start: number, end: number): Promise<Uint8Array> {
    if (this.byteLength > KEPT_BYTES) return this.read(start, end);
    this.kept ??= this.read(0, this.byteLength);
    return (await this.kept).subarray(start, Math.max(start, end));
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
  checkLimit('fileBytes', stats.size, shown(path), limits);
  return new FileSource(basename(path), stats, path, constants.O_RDONLY);
}

function escapeError(name: string, why: string): PqrError {
  return new PqrError(
    'format.escape',
    `The header names ${shown(name)}, which ${why}; only files beside the header are read.`,
    { hint: 'Put the signal files into the folder of their header.' },
  );
}

/** Throws where a sibling's name could leave the folder. @throws `format.escape` */
export function checkSiblingName(name: string): void {
  const parts = name.split(/[/\\]/);
  if (isAbsolute(name) || /^[A-Za-z]:[/\\]/.test(name) || name.startsWith('\\')) {
    throw escapeError(name, 'is an absolute path');
  }
  if (parts.includes('..')) throw escapeError(name, 'leaves its folder');
  if (name === '' || name.includes('\0')) throw escapeError(name, 'is no file name');
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

/** A source over bytes in memory; `slice` gives views. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    byteLength: bytes.length,
    slice: async (start, end) => bytes.subarray(start, Math.max(start, end)),
  };
}

/** The files of an upload, by their names. */
export function memoryFolder(
  files: ReadonlyMap<string, Uint8Array>,
  limits: Limits = DEFAULT_LIMITS,
): SourceFolder {
  return {
    async open(name) {
      checkSiblingName(name);
      const bytes = files.get(name);
      if (bytes === undefined) {
        throw new PqrError('file.missing', `${shown(name)} is not among the uploaded files.`, {
          hint: 'Upload a header together with the signal files that it names.',
        });
      }
      checkLimit('fileBytes', bytes.length, shown(name), limits);
      return memorySource(name, bytes);
    },
  };
}
