/**
 * Which files among several are recordings: headers (not the files or segments that they name) and files
 * in formats of their own; tables and arrays where there is none of those.
 */
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';
import { type Detected, detectFormat, SINGLE_FORMATS, sniffLength } from './detect.js';
import { decodeText } from './text.js';
import { parseWfdbHeader } from './wfdb-header.js';

type Files = ReadonlyMap<string, Uint8Array>;

interface Sorted {
  /** Headers, and files in formats of their own that no header names. */
  readonly whole: readonly string[];
  readonly tables: readonly string[];
  /** Tables and arrays that are a recording beyond doubt. */
  readonly sureTables: readonly string[];
}

function sortFiles(files: Files, limits: Limits): Sorted {
  const names = [...files.keys()].sort();
  const detected = new Map<string, Detected>();
  for (const name of names) {
    detected.set(name, detectFormat(files.get(name)!.subarray(0, sniffLength(files.get(name)!))));
  }
  const inFormat = (...formats: readonly string[]) =>
    names.filter((name) => formats.includes(detected.get(name)!.format));
  const isSure = (name: string) => {
    const found = detected.get(name)!;
    return found.format === 'npy' || (found.format === 'csv' && found.sure);
  };
  const headers = leaveOutSegments(inFormat('wfdb'), files, limits);
  const signals = new Set(headers.flatMap((name) => signalNames(name, files.get(name)!, limits)));
  const singles = inFormat(...SINGLE_FORMATS).filter((name) => !signals.has(name));
  const tables = inFormat('csv', 'npy').filter((name) => !signals.has(name));
  return { whole: [...headers, ...singles], tables, sureTables: tables.filter(isSure) };
}

/** The one file that the others belong to. @throws `request.invalid` where there are several, `format.empty` */
export function chooseMainFile(files: Files, limits: Limits): string {
  if (files.size === 0) throw new PqrError('format.empty', 'There is no file to read.');
  const { whole, tables } = sortFiles(files, limits);
  const candidates = whole.length > 0 ? whole : tables;
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0) {
    const names = [...files.keys()].sort();
    return names.find((name) => files.get(name)!.length > 0) ?? names[0]!;
  }
  const list = candidates.map(shown).join(', ');
  throw new PqrError(
    'request.invalid',
    `The upload or archive holds ${candidates.length} recordings (${shown(list)}); one at a time is read.`,
    {
      hint: 'Send one header with its signal files, or one file; of an archive on disk, name one as ARCHIVE/FILE.',
    },
  );
}

/** Every file that is a recording of its own, in the order of names. */
export function listRecordings(files: Files, limits: Limits): string[] {
  const { whole, sureTables } = sortFiles(files, limits);
  return [...whole, ...sureTables].sort();
}

const folderOf = (name: string) => name.slice(0, name.lastIndexOf('/') + 1);

/** The signal files that a header names, by their names among the files. */
function signalNames(name: string, bytes: Uint8Array, limits: Limits): string[] {
  const header = parseHeader(name, bytes, limits);
  return (header?.signals ?? []).map((signal) => folderOf(name) + signal.fileName);
}

/**
 * The headers that are no segment of another. One that doesn't parse comes back alone: what it would have
 * named is unknown, and reading it says what is wrong.
 */
function leaveOutSegments(headers: readonly string[], files: Files, limits: Limits): string[] {
  if (headers.length < 2) return [...headers];
  const segments = new Set<string>();
  for (const name of headers) {
    const header = parseHeader(name, files.get(name)!, limits);
    if (header === undefined) return [name];
    for (const { name: segment } of header.segments ?? []) {
      segments.add(`${folderOf(name)}${segment}.hea`);
    }
  }
  return headers.filter((name) => !segments.has(name));
}

/** A header; undefined where it doesn't parse. */
function parseHeader(name: string, bytes: Uint8Array, limits: Limits) {
  if (bytes.length > limits.headerBytes) return undefined;
  try {
    return parseWfdbHeader(decodeText(bytes), name, limits);
  } catch (error) {
    if (PqrError.isInstance(error)) return undefined;
    throw error;
  }
}
