/**
 * Writing a file whole or not at all: to a temporary file in the same folder, then renamed into place.
 * What was there before stays until the new file is complete.
 */
import { randomUUID } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

/** Writes `bytes` to `path`. @throws `file.unwritable` */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw unwritable(error, path);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'a directory has this name',
  EACCES: 'the folder may not be written to',
  EPERM: 'the folder may not be written to',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left on the disk',
  EDQUOT: 'the disk quota is used up',
};

function unwritable(error: unknown, path: string): PqrError {
  const systemCode = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const reason = REASONS[systemCode] ?? systemCode;
  return new PqrError('file.unwritable', `${shown(path)} could not be written: ${reason}.`, {
    details: { file: path, systemCode },
    cause: error,
  });
}
