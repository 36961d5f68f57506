/** The door to the readers: a path or an upload becomes one ECG record, whatever format it is in. */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import type { EcgRecord } from '../ecg/record.js';
import { readAecg } from './aecg.js';
import { archiveKind, unpackArchive } from './archive.js';
import {
  type ByteSource,
  memoryFolder,
  memorySource,
  type SourceFolder,
  shown,
} from './byte-source.js';
import { readWhole } from './channels.js';
import { readCsv } from './csv.js';
import {
  type Detected,
  detectFormat,
  SINGLE_FORMATS,
  type SingleFormat,
  sniffLength,
} from './detect.js';
import { readDicom } from './dicom.js';
import { readEdf } from './edf.js';
import { readFhir } from './fhir.js';
import { readIshne } from './ishne.js';
import { type Located, locate, locatePath } from './locate.js';
import { readMat5 } from './mat5.js';
import { readMuse } from './muse.js';
import { readNpy } from './npy.js';
import { readPhilips } from './philips.js';
import type { ReadOptions } from './read-options.js';
import { readScp } from './scp.js';
import { decodeText } from './text.js';
import { readWfdb } from './wfdb.js';
import { parseWfdbHeader } from './wfdb-header.js';

export type { ReadOptions } from './read-options.js';

function readLocated(located: Located, options: ReadOptions): Promise<EcgRecord> {
  throwIfAborted(options.signal);
  const { source, folder, format } = located;
  if (format === 'wfdb') return readWfdb(source, folder, options);
  if (format === 'npy') return readNpy(source, folder, options);
  if (format === 'csv') return readCsv(source, options);
  if (format === 'archive') return readArchive(source, options);
  return SINGLE_READERS[format](source, folder, options);
}

type SingleReader = (
  source: ByteSource,
  folder: SourceFolder,
  options: ReadOptions,
) => Promise<EcgRecord>;

const alone =
  (read: (source: ByteSource, options: ReadOptions) => Promise<EcgRecord>): SingleReader =>
  (source, _folder, options) =>
    read(source, options);

/** The readers of formats whose recordings are files of their own. */
const SINGLE_READERS: Readonly<Record<Exclude<SingleFormat, 'archive'>, SingleReader>> = {
  dicom: alone(readDicom),
  edf: alone(readEdf),
  scp: alone(readScp),
  ishne: alone(readIshne),
  aecg: alone(readAecg),
  muse: alone(readMuse),
  philips: alone(readPhilips),
  fhir: alone(readFhir),
  mat: readMat5,
};

/** The one recording in an archive. @throws `request.invalid` where it holds several or another archive */
async function readArchive(source: ByteSource, options: ReadOptions): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const files = unpackArchive(await readWhole(source, options), source.name, limits);
  const nested = [...files].find(([, bytes]) => archiveKind(bytes) !== undefined);
  if (nested !== undefined) {
    throw new PqrError(
      'format.unsupported',
      `${shown(source.name)} holds another archive, ${shown(nested[0])}; archives in archives are not read.`,
      { hint: 'Unpack it first.' },
    );
  }
  return readEcgFiles(files, options);
}

/**
 * Reads one recording. `path` is a header, a signal file beside its header, a file in any other
 * format, an archive with one recording, or a WFDB record name without extension; the format is found by content.
 * @throws `file.missing`, `file.denied`, `file.unreadable`, `format.*`, `record.invalid`, `limit.exceeded`,
 * `request.aborted`
 */
export async function readEcg(path: string, options: ReadOptions = {}): Promise<EcgRecord> {
  throwIfAborted(options.signal);
  return readLocated(await locatePath(path, options.limits ?? DEFAULT_LIMITS), options);
}

/**
 * Reads one recording from an upload: file names (a folder before them is allowed) and their bytes.
 * @throws `request.invalid` where it holds several recordings; otherwise as readEcg
 */
export async function readEcgFiles(
  files: ReadonlyMap<string, Uint8Array>,
  options: ReadOptions = {},
): Promise<EcgRecord> {
  throwIfAborted(options.signal);
  const limits = options.limits ?? DEFAULT_LIMITS;
  const main = chooseMainFile(files, limits);
  const prefix = main.slice(0, main.lastIndexOf('/') + 1);
  const siblings = new Map<string, Uint8Array>();
  for (const [name, bytes] of files) {
    if (name.startsWith(prefix)) siblings.set(name.slice(prefix.length), bytes);
  }
  const bytes = files.get(main)!;
  checkLimit('fileBytes', bytes.length, shown(main), limits);
  const source = memorySource(main.slice(prefix.length), bytes);
  return readLocated(await locate(source, memoryFolder(siblings, limits), limits), options);
}

/** The file that the others belong to: a header before tables and arrays, a master before segments. */
function chooseMainFile(files: ReadonlyMap<string, Uint8Array>, limits: Limits): string {
  const names = [...files.keys()].sort();
  if (names.length === 0) throw new PqrError('format.empty', 'No file was uploaded.');
  const detected = new Map<string, Detected>();
  for (const name of names) {
    detected.set(name, detectFormat(files.get(name)!.subarray(0, sniffLength(files.get(name)!))));
  }
  const inFormat = (...formats: string[]) =>
    names.filter((name) => formats.includes(detected.get(name)!.format));
  const headers = leaveOutSegments(inFormat('wfdb'), files, limits);
  const single = inFormat(...SINGLE_FORMATS);
  const better = headers.length > 0 ? headers : single;
  const candidates = better.length > 0 ? better : inFormat('csv', 'npy');
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0)
    return names.find((name) => files.get(name)!.length > 0) ?? names[0]!;
  const list = candidates.map(shown).join(', ');
  throw new PqrError(
    'request.invalid',
    `The upload or archive holds ${candidates.length} recordings (${shown(list)}); one at a time is read.`,
    { hint: 'Send one header with its signal files, or one file.' },
  );
}

/**
 * The headers that are no segment of another. One that doesn't parse comes back alone: what it would have
 * named is unknown, and reading it says what is wrong.
 */
function leaveOutSegments(
  headers: readonly string[],
  files: ReadonlyMap<string, Uint8Array>,
  limits: Limits,
): string[] {
  if (headers.length < 2) return [...headers];
  const segments = new Set<string>();
  for (const name of headers) {
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    const names = segmentNames(name, files.get(name)!, limits);
    if (names === undefined) return [name];
    for (const segment of names) segments.add(`${folder}${segment}.hea`);
  }
  return headers.filter((name) => !segments.has(name));
}

/** The segments that a header names; undefined where it doesn't parse. */
function segmentNames(name: string, bytes: Uint8Array, limits: Limits): string[] | undefined {
  if (bytes.length > limits.headerBytes) return undefined;
  try {
    const { segments = [] } = parseWfdbHeader(decodeText(bytes), name, limits);
    return segments.map((segment) => segment.name);
  } catch (error) {
    if (PqrError.isInstance(error)) return undefined;
    throw error;
  }
}
