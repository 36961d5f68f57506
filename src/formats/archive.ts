/**
 * Archives of recordings: ZIP, TAR, gzip of a TAR or of one file. Everything happens in memory; nothing
 * is ever written to disk. Limits (DESIGN): 2,000 entries, 1 GiB unpacked, no links, nothing outside.
 */
import { gunzipSync } from 'node:zlib';
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { isTar, unpackTar } from './archive-tar.js';
import { unpackZip } from './archive-zip.js';
import { shown } from './byte-source.js';

export type ArchiveKind = 'zip' | 'tar' | 'gzip';

/** The first entry, or the directory of an empty archive. */
const ZIP_MARKS = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
];
/** With its only method, deflate. */
const GZIP_MARK = [0x1f, 0x8b, 8];

const begins = (bytes: Uint8Array, mark: readonly number[]) =>
  mark.every((byte, index) => bytes[index] === byte);

/** Which kind of archive the first bytes show. */
export function archiveKind(start: Uint8Array): ArchiveKind | undefined {
  if (ZIP_MARKS.some((mark) => begins(start, mark))) return 'zip';
  if (begins(start, GZIP_MARK)) return 'gzip';
  return isTar(start) ? 'tar' : undefined;
}

/** The files in an archive, by name; none of them is an archive itself. @throws `format.*`, `limit.exceeded` */
export function unpackArchive(
  bytes: Uint8Array,
  name: string,
  limits: Limits,
): Map<string, Uint8Array> {
  const files = unpackLayer(bytes, name, limits);
  const nested = [...files].find(([, inner]) => archiveKind(inner) !== undefined);
  if (nested === undefined) return files;
  throw new PqrError(
    'format.unsupported',
    `${shown(name)} holds another archive, ${shown(nested[0])}; archives in archives are not read.`,
    { hint: 'Unpack it first.' },
  );
}

function unpackLayer(bytes: Uint8Array, name: string, limits: Limits): Map<string, Uint8Array> {
  const kind = archiveKind(bytes);
  if (kind === 'zip') return unpackZip(bytes, name, limits);
  if (kind === 'tar') return unpackTar(bytes, name, limits);
  const inflated = gunzip(bytes, name, limits);
  if (isTar(inflated)) return unpackTar(inflated, name, limits);
  const bare = name.replace(/\.gz$/i, '').replace(/\.tgz$/i, '.tar');
  return new Map([[bare === name ? `${name}.out` : bare, inflated]]);
}

function gunzip(bytes: Uint8Array, name: string, limits: Limits): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: limits.archiveBytes });
  } catch (cause) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(name)} can't be inflated within ${limits.archiveBytes} bytes: it is damaged or too large.`,
      { cause, hint: 'Copy or pack it again.' },
    );
  }
}
