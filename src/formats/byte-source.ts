/**
 * Bytes behind a name: a file or an upload, and the folder in which a header's siblings are looked up.
 *
 * Readers take a `ByteSource`, never a path. A header may name other files; `SourceFolder.open` finds
 * them only inside the header's own folder: no absolute path, no `..`, no link that leads out.
 * It doesn't write (atomic-file.ts) and it keeps no file open between two calls.
 */
import { isAbsolute } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';

export interface ByteSource {
  /** The file's own name, without its folder. */
  readonly name: string;
  readonly byteLength: number;
  /** Bytes `[start, end)`; the caller doesn't change them. @throws `file.*` */
  slice(start: number, end: number): Promise<Uint8Array>;
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

/** The error for a name that leads out of its folder. */
export function escapeError(name: string, why: string): PqrError {
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
