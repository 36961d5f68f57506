/**
 * What a search for recordings gives, and the recordings in an archive or an HDF5 file: each by itself where
 * there are several, addressed as `ARCHIVE/FILE` (archive-member.ts) and `FILE/ID` (hdf5-batch.ts).
 */
import type { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { unpackFile } from './archive-member.js';
import { fileError } from './byte-source.js';
import { openFile } from './file-source.js';
import { batchOf } from './hdf5-batch.js';
import { listRecordings } from './main-file.js';

/** The formats whose files hold recordings by name. */
export type Container = 'archive' | 'hdf5';

export const holdsSeveral = (format: string): format is Container =>
  format === 'archive' || format === 'hdf5';

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
  readonly container?: Container;
}

export interface FoundFailure {
  readonly path: string;
  readonly error: PqrError;
}

export type FoundRecording = FoundFile | FoundFailure;

export const withoutHeaderExtension = (path: string) => path.replace(/\.hea$/, '');

/** The recordings in an archive or a batch, each by itself where it holds several; anything else as it is. */
export async function* expandContainer(
  found: FoundRecording,
  limits: Limits,
): AsyncGenerator<FoundRecording> {
  if (found.error !== undefined || found.container === undefined) {
    yield found;
    return;
  }
  const { path, file, bytes, modifiedMilliseconds, container } = found;
  try {
    const names = await namesIn(file, container, limits);
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

async function namesIn(file: string, container: Container, limits: Limits): Promise<string[]> {
  const source = await openFile(file, limits);
  if (container === 'archive') {
    return listRecordings(await unpackFile(file, source, limits), limits);
  }
  const batch = await batchOf(source, limits);
  return batch === undefined ? [] : [...batch.rows.keys()];
}
