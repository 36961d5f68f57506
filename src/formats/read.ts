/** The door to the readers: a path or an upload becomes one ECG record, whatever format it is in. */
import { throwIfAborted } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord } from '../ecg/record.js';
import { readAecg } from './aecg.js';
import { unpackArchive } from './archive.js';
import { openMember } from './archive-member.js';
import {
  type ByteSource,
  memoryFolder,
  memorySource,
  type SourceFolder,
  shown,
} from './byte-source.js';
import { readWhole } from './channels.js';
import { readCsv } from './csv.js';
import type { SingleFormat } from './detect.js';
import { readDicom } from './dicom.js';
import { readEdf } from './edf.js';
import { readFhir } from './fhir.js';
import { readHdf5 } from './hdf5.js';
import { openInBatch } from './hdf5-batch.js';
import { readIshne } from './ishne.js';
import { type Located, locate, locatePath } from './locate.js';
import { chooseMainFile } from './main-file.js';
import { readMat5 } from './mat5.js';
import { readMuse } from './muse.js';
import { readNpy } from './npy.js';
import { readPhilips } from './philips.js';
import type { ReadOptions } from './read-options.js';
import { readScp } from './scp.js';
import { readWfdb } from './wfdb.js';

export type { ReadOptions } from './read-options.js';

async function readLocated(located: Located, options: ReadOptions): Promise<EcgRecord> {
  throwIfAborted(options.signal);
  const record = await readFormat(located, options);
  // What an archive holds came through here already.
  if (located.format === 'archive' || !options.deidentify) return record;
  const names = fileNames(located.source.name);
  const { recording } = located;
  return options.deidentify.record(record, recording === undefined ? names : [...names, recording]);
}

/** A file's name as messages quote it, with its extension and without. */
function fileNames(name: string): string[] {
  return [name, name.replace(/\.[^.]*$/, '')];
}

function readFormat(located: Located, options: ReadOptions): Promise<EcgRecord> {
  const { source, folder, format } = located;
  if (format === 'hdf5') return readHdf5(source, folder, options, located.recording);
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
const SINGLE_READERS: Readonly<Record<Exclude<SingleFormat, 'archive' | 'hdf5'>, SingleReader>> = {
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
  return readEcgFiles(files, options);
}

/**
 * Reads one recording. `path` is a header, a signal file beside its header, a file in any other
 * format, an archive with one recording, one of several in an archive (`ARCHIVE/FILE`) or in HDF5 (`FILE/ID`), or a WFDB record name
 * without extension; the format is found by content.
 * @throws `file.missing`, `file.denied`, `file.unreadable`, `format.*`, `record.invalid`, `limit.exceeded`,
 * `request.aborted`
 */
export async function readEcg(path: string, options: ReadOptions = {}): Promise<EcgRecord> {
  throwIfAborted(options.signal);
  const { limits = DEFAULT_LIMITS } = options;
  const member = await openMember(path, limits);
  if (member !== undefined) return readMain(member.files, member.name, options);
  const inBatch = await openInBatch(path, limits);
  if (inBatch !== undefined) {
    const { source, folder, name: recording } = inBatch;
    return readLocated({ source, folder, format: 'hdf5', sure: true, recording }, options);
  }
  return readLocated(await locatePath(path, limits), options);
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
  const main = chooseMainFile(files, options.limits ?? DEFAULT_LIMITS);
  return readMain(files, main, options);
}

/** Reads the recording whose main file is `main`, with the files beside it. */
async function readMain(
  files: ReadonlyMap<string, Uint8Array>,
  main: string,
  options: ReadOptions,
): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
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
