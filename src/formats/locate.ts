/**
 * From what the user names to the file that holds the recording: a path, a WFDB record name without
 * extension, or a signal file whose header lies beside it.
 */
import { dirname } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import {
  type Detected,
  detectFormat,
  SINGLE_FORMATS,
  type SingleFormat,
  SNIFF_BYTES,
  sniffLength,
} from './detect.js';
import { folderSource, openFile } from './file-source.js';
import { loadHeader } from './wfdb-plan.js';

const HEADER_EXTENSIONS = ['.hea', '.HEA'];

/** The file that is read first, and its siblings. */
export interface Located {
  readonly source: ByteSource;
  readonly folder: SourceFolder;
  readonly format: 'wfdb' | 'csv' | 'npy' | SingleFormat;
  /** For CSV: the columns are leads beyond doubt. */
  readonly sure: boolean;
  /** Which recording of a file with several (HDF5). */
  readonly recording?: string;
}

/** Opens `path`, or `path.hea` where `path` is no file. @throws `file.*` */
export async function openNamed(
  path: string,
  limits: Limits,
): Promise<{ source: ByteSource; path: string }> {
  try {
    return { source: await openFile(path, limits), path };
  } catch (error) {
    if (!PqrError.isInstance(error) || error.code === 'limit.exceeded') throw error;
    const header = `${path}.hea`;
    try {
      return { source: await openFile(header, limits), path: header };
    } catch {
      throw error;
    }
  }
}

/** The format of a file by its first bytes. @throws `format.empty`, `file.*` */
export async function detectSource(source: ByteSource): Promise<Detected> {
  if (source.byteLength === 0) {
    throw new PqrError('format.empty', `${shown(source.name)} is empty (0 bytes).`);
  }
  return detectFormat(await readStart(source));
}

/** The bytes of a file that its format shows in. */
export async function readStart(source: ByteSource): Promise<Uint8Array> {
  const start = await source.slice(0, SNIFF_BYTES);
  const wanted = Math.min(sniffLength(start), source.byteLength);
  return start.length >= wanted ? start : source.slice(0, wanted);
}

/**
 * Finds the file that makes the recording of which `source` is a part.
 * @throws `format.unknown`, `format.empty`, `file.missing` (a MAT file without header), `file.*`
 */
export async function locate(
  source: ByteSource,
  folder: SourceFolder,
  limits: Limits,
): Promise<Located> {
  const detected = await detectSource(source);
  if (detected.format === 'csv') return { source, folder, format: 'csv', sure: detected.sure };
  if (detected.format === 'wfdb' || detected.format === 'npy') {
    return { source, folder, format: detected.format, sure: true };
  }
  if (isSingle(detected)) return { source, folder, format: detected.format, sure: true };
  const header = await findHeaderOf(source, folder, limits);
  if (header !== undefined) return { source: header, folder, format: 'wfdb', sure: true };
  throw unknownFormat(source, detected);
}

/** True for a format whose recordings are files of their own. */
export function isSingle(
  detected: Detected,
): detected is { readonly format: SingleFormat } & Detected {
  return (SINGLE_FORMATS as readonly string[]).includes(detected.format);
}

/** Locates the recording at a path. @throws as `locate` */
export async function locatePath(path: string, limits: Limits): Promise<Located> {
  const named = await openNamed(path, limits);
  return locate(named.source, folderSource(dirname(named.path), limits), limits);
}

/** The header beside a signal file that names it. */
async function findHeaderOf(
  source: ByteSource,
  folder: SourceFolder,
  limits: Limits,
): Promise<ByteSource | undefined> {
  const stem = source.name.replace(/\.[^.]*$/, '');
  for (const extension of HEADER_EXTENSIONS) {
    try {
      const candidate = await folder.open(stem + extension);
      const header = await loadHeader(candidate, limits);
      const names = header.signals.map((signal) => signal.fileName);
      if (candidate.name !== source.name && names.includes(source.name)) return candidate;
    } catch (error) {
      if (!PqrError.isInstance(error) || error.code !== 'file.missing') throw error;
    }
  }
  return undefined;
}

function unknownFormat(source: ByteSource, detected: Detected): PqrError {
  const name = shown(source.name);
  if (detected.format === 'mat4') {
    const stem = shown(source.name.replace(/\.[^.]*$/, ''));
    return new PqrError(
      'file.missing',
      `${name} is a MATLAB v4 matrix, and ${stem}.hea, which would describe it, is not beside it.`,
      { hint: 'Put the WFDB header into the same folder.' },
    );
  }
  const looksLike = detected.format === 'unknown' ? detected.looksLike : detected.format;
  return new PqrError(
    'format.unknown',
    `${name} is in no format that is read: it looks like ${looksLike}.`,
    {
      hint: 'docs/formats.md lists the formats that are read; WFDB needs header and signal files together.',
      details: { file: source.name, looksLike },
    },
  );
}
