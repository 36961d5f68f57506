/**
 * What a search for recordings gives, and the recordings in an archive: each by itself where it holds
 * several, addressed as `ARCHIVE/FILE` (archive-member.ts).
 */
import type { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { unpackFile } from './archive-member.js';
import { fileError } from './byte-source.js';
import { openFile } from './file-source.js';
import { listRecordings } from './main-file.js';

export interface FoundFile {
  /** As the root was given plus the walk below it, `/`-separated; WFDB without extension. */
  readonly path: string;
  /** The file to read. */
  readonly file: string;
  /** Of the header and its signal files together. */
  readonly bytes: number;
  /** The latest change of any of them, milliseconds since 1970. */
  readonly modifiedMilliseconds: number;
  readonly error?: undefined;
  /** Set while the recordings in it have not been looked for. */
  readonly isArchive?: true;
}

export interface FoundFailure {
  readonly path: string;
  readonly error: PqrError;
}

export type FoundRecording = FoundFile | FoundFailure;

export const withoutHeaderExtension = (path: string) => path.replace(/\.hea$/, '');

/** The recordings in an archive, each by itself where it holds several; anything else as it is. */
export async function* expandArchive(
  found: FoundRecording,
  limits: Limits,
): AsyncGenerator<FoundRecording> {
  if (found.error !== undefined || !found.isArchive) {
    yield found;
    return;
  }
  const { path, file, bytes, modifiedMilliseconds } = found;
  try {
    const files = await unpackFile(file, await openFile(file, limits), limits);
    const names = listRecordings(files, limits);
    if (names.length < 2) yield { path, file, bytes, modifiedMilliseconds };
    else {
      for (const name of names) {
        const inner = withoutHeaderExtension(`${path}/${name}`);
        yield { path: inner, file: `${file}/${name}`, bytes, modifiedMilliseconds };
      }
    }
  } catch (error) {
    yield { path, error: fileError(error, path) };
  }
}
