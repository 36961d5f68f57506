/**
 * One of several recordings in an archive on disk, addressed as `ARCHIVE/FILE`: `export.zip/day1/ecg.dcm`.
 *
 * No file has files below it, so such a path can mean nothing else. What was unpacked last is kept as long
 * as memory allows: a folder of recordings in one archive is read one by one.
 */
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { archiveKind, unpackArchive } from './archive.js';
import { shown } from './byte-source.js';
import { type FileByteSource, openFile } from './file-source.js';

type Files = ReadonlyMap<string, Uint8Array>;

export interface ArchiveMember {
  readonly files: Files;
  /** The main file of the recording, by its name in the archive. */
  readonly name: string;
}

interface Kept {
  readonly path: string;
  readonly byteLength: number;
  readonly modifiedMilliseconds: number;
  readonly files: WeakRef<Files>;
}

let kept: Kept | undefined;

/** The files of an archive on disk. @throws `format.*`, `limit.exceeded`, `file.*` */
export async function unpackFile(
  path: string,
  source: FileByteSource,
  limits: Limits,
): Promise<Files> {
  const { byteLength, modifiedMilliseconds } = source;
  const same =
    kept?.path === path &&
    kept.byteLength === byteLength &&
    kept.modifiedMilliseconds === modifiedMilliseconds;
  const known = same ? kept?.files.deref() : undefined;
  if (known !== undefined) return known;
  const files = unpackArchive(await source.slice(0, byteLength), source.name, limits);
  kept = { path, byteLength, modifiedMilliseconds, files: new WeakRef<Files>(files) };
  return files;
}

/** The recording that a path into an archive names; undefined where the path is no such path. */
export async function openMember(path: string, limits: Limits): Promise<ArchiveMember | undefined> {
  for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1)) {
    const archivePath = path.slice(0, at);
    if (!ARCHIVE_NAME.test(archivePath)) continue;
    const source = await openArchive(archivePath, limits);
    if (source === undefined) continue;
    const wanted = path.slice(at + 1).replace(/^\/+/, '');
    const files = await unpackFile(archivePath, source, limits);
    const name = [wanted, `${wanted}.hea`].find((one) => files.has(one));
    if (name !== undefined) return { files, name };
    throw new PqrError('file.missing', `${shown(archivePath)} holds no file ${shown(wanted)}.`);
  }
  return undefined;
}

/** Only under these names a part of a path is looked at as an archive. */
const ARCHIVE_NAME = /\.(?:zip|tar|tgz|gz)$/i;

async function openArchive(path: string, limits: Limits): Promise<FileByteSource | undefined> {
  let source: FileByteSource;
  try {
    source = await openFile(path, limits);
  } catch (error) {
    // A folder of that name, or nothing.
    if (PqrError.isInstance(error) && error.code.startsWith('file.')) return undefined;
    throw error;
  }
  return archiveKind(await source.slice(0, 512)) === undefined ? undefined : source;
}
