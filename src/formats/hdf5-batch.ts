/**
 * The recordings in an HDF5 file on disk, addressed as `FILE/ID`: `exams_part0.hdf5/1169160`. The names of the
 * file that was read last are kept: its recordings are read one by one.
 */
import { dirname } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import { fileLocation, folderSource, isHdf5, openFile } from './file-source.js';
import { type Hdf5Layout, layoutHdf5, namesOf } from './hdf5-layout.js';

export interface Hdf5Batch {
  readonly layout: Hdf5Layout & { readonly kind: 'code' };
  /** Rows by name, in the file's order. */
  readonly rows: ReadonlyMap<string, number>;
}

let kept: { readonly key: string; readonly batch: Hdf5Batch } | undefined;

/** The recordings of a file as CODE stores them; undefined where it holds one matrix. @throws as `layoutHdf5` */
export async function batchOf(
  source: ByteSource,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Hdf5Batch | undefined> {
  const location = fileLocation(source);
  const key = location && `${location.path}\n${source.byteLength} ${location.modifiedMilliseconds}`;
  if (key !== undefined && kept?.key === key) return kept.batch;
  const layout = await layoutHdf5(source, limits, signal);
  if (layout.kind === 'matrix') return undefined;
  const batch = { layout, rows: await namesOf(source, layout, limits) };
  if (key !== undefined) kept = { key, batch };
  return batch;
}

export interface RecordingInBatch {
  readonly source: ByteSource;
  readonly folder: SourceFolder;
  readonly name: string;
}

/** Only under these names a part of a path is looked at as such a file. */
const HDF5_NAME = /\.(?:hdf5|h5|hdf)$/i;

/** The recording that a path into an HDF5 file names; undefined where the path is no such path. */
export async function openInBatch(
  path: string,
  limits: Limits,
): Promise<RecordingInBatch | undefined> {
  for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1)) {
    const file = path.slice(0, at);
    if (!HDF5_NAME.test(file)) continue;
    const source = await openHdf5(file, limits);
    if (source === undefined) continue;
    const folder = folderSource(dirname(file), limits);
    return { source, folder, name: path.slice(at + 1).replace(/^\/+/, '') };
  }
  return undefined;
}

async function openHdf5(path: string, limits: Limits): Promise<ByteSource | undefined> {
  try {
    const source = await openFile(path, limits);
    return isHdf5(await source.slice(0, 8)) ? source : undefined;
  } catch (error) {
    // A folder of that name, or nothing.
    if (PqrError.isInstance(error) && error.code.startsWith('file.')) return undefined;
    throw error;
  }
}

/** The row of a recording. @throws `file.missing`, `request.invalid` where none of several is named */
export function rowOf(batch: Hdf5Batch, name: string | undefined, file: string): number {
  const { rows } = batch;
  const row = name === undefined ? undefined : rows.get(name);
  if (row !== undefined) return row;
  if (name !== undefined) {
    const message = `${shown(file)} holds no recording ${shown(name)}.`;
    const [first = 'none'] = rows.keys();
    throw new PqrError('file.missing', message, {
      hint: `It holds ${rows.size}, the first is ${first}.`,
    });
  }
  const [only, second] = rows.entries();
  if (only !== undefined && second === undefined) return only[1];
  throw new PqrError(
    'request.invalid',
    `${shown(file)} holds ${rows.size} recordings; one at a time is read.`,
    { hint: `Name one as FILE/ID, as in ${shown(file)}/${only?.[0] ?? 'ID'}, or index the file.` },
  );
}
