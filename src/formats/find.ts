/**
 * Finding the recordings under files and folders: recursive, in the order of names, one folder in memory
 * at a time. What counts is content: WFDB headers, tables of leads, arrays; other files are passed over.
 *
 * Links that lead out of the root are not followed, linked folders never (what they hold inside the root
 * is met anyway), hidden files are left out. It reads no samples: bytes and time of change of a header
 * and its signal files together tell whether a recording has changed.
 */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import { fileError, shown } from './byte-source.js';
import { isInside } from './file-source.js';
import {
  expandContainer,
  type FoundRecording,
  holdsSeveral,
  withoutHeaderExtension,
} from './find-container.js';
import { FolderScan, OPEN_AT_ONCE } from './find-scan.js';
import { layoutHdf5 } from './hdf5-layout.js';
import { locatePath, openNamed } from './locate.js';

export type { FoundFailure, FoundFile, FoundRecording } from './find-container.js';

export interface FindOptions {
  readonly signal?: AbortSignal;
  readonly limits?: Limits;
}

interface Walk {
  readonly realRoot: string;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
}

/** A folder on its way: where it is and how it is shown. */
interface Place {
  readonly folder: string;
  readonly shownFolder: string;
  readonly depth: number;
}

/** Names whose bearer is expected to be a recording: a problem with it is told, not passed over. */
const RECORDING_NAME = /\.(?:hea|csv|npy|dcm|edf|scp|ecg|hdf5)$/i;

/**
 * The recordings under `roots` (files, folders, WFDB record names), each once; what can't be read comes
 * as an entry with `error` and never ends the search.
 * @throws `request.aborted`
 */
export async function* findRecordings(
  roots: readonly string[],
  options: FindOptions = {},
): AsyncGenerator<FoundRecording> {
  const seen = new Set<string>();
  for (const root of roots) {
    for await (const found of findUnder(root, options)) {
      if (roots.length > 1) {
        if (seen.has(found.path)) continue;
        seen.add(found.path);
      }
      yield found;
    }
  }
}

async function* findUnder(root: string, options: FindOptions): AsyncGenerator<FoundRecording> {
  const { signal, limits = DEFAULT_LIMITS } = options;
  throwIfAborted(signal);
  const shownRoot = showRoot(root);
  const isFolder = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    yield* expandContainer(await findSingle(root, shownRoot, limits), limits);
    return;
  }
  try {
    const realRoot = await realpath(root);
    const place = { folder: root, shownFolder: shownRoot, depth: 0 };
    yield* walkFolder(place, { realRoot, limits, signal });
  } catch (error) {
    throwIfAborted(signal);
    yield { path: shownRoot, error: fileError(error, shownRoot) };
  }
}

function showRoot(root: string): string {
  const slashed = sep === '\\' ? root.replaceAll('\\', '/') : root;
  return slashed.replace(/(?<=.)\/+$/, '');
}

function showInside(shownFolder: string, name: string): string {
  if (shownFolder === '.' || shownFolder === '') return name;
  return shownFolder.endsWith('/') ? shownFolder + name : `${shownFolder}/${name}`;
}

/** A root that is a file, or a record name. */
async function findSingle(
  root: string,
  shownRoot: string,
  limits: Limits,
): Promise<FoundRecording> {
  try {
    const { path } = await openNamed(root, limits);
    const located = await locatePath(path, limits);
    const file = join(dirname(path), located.source.name);
    const scan = new FolderScan(dirname(path), limits);
    const scanned = await scan.examine(located.source.name);
    if (!scanned && located.format === 'hdf5') await layoutHdf5(located.source, limits); // says what it holds
    if (!scanned) throw new PqrError('format.unknown', `${shown(shownRoot)} is no recording.`);
    const slash = shownRoot.lastIndexOf('/') + 1;
    const shownFile = shownRoot.slice(0, slash) + basename(file);
    const print = await scan.fingerprint(scanned);
    return {
      ...{ path: withoutHeaderExtension(shownFile), file, ...print },
      ...(holdsSeveral(scanned.format) && { container: scanned.format }),
    };
  } catch (error) {
    return { path: withoutHeaderExtension(shownRoot), error: fileError(error, shownRoot) };
  }
}

async function* walkFolder(place: Place, walk: Walk): AsyncGenerator<FoundRecording> {
  throwIfAborted(walk.signal);
  const { folder, shownFolder, depth } = place;
  let entries: Dirent[];
  try {
    checkLimit('folderDepth', depth, shown(shownFolder), walk.limits);
    entries = await readdir(folder, { withFileTypes: true });
    checkLimit('folderEntryCount', entries.length, shown(shownFolder), walk.limits);
  } catch (error) {
    yield { path: shownFolder, error: fileError(error, shownFolder) };
    return;
  }
  const kinds = await classify(entries, place, walk);
  const files = [...kinds].flatMap(([name, kind]) => (kind === 'file' ? [name] : []));
  const scan = new FolderScan(folder, walk.limits);
  await scan.readHeaders(files, walk.signal);
  const pending = [...kinds];
  while (pending.length > 0) {
    const batch = pending.splice(0, OPEN_AT_ONCE);
    const results = await Promise.all(
      batch.map(([name, kind]) => findEntry(scan, place, name, kind)),
    );
    for (const [index, [name, kind]] of batch.entries()) {
      throwIfAborted(walk.signal);
      const found = results[index];
      if (found) yield* expandContainer(found, walk.limits);
      if (kind !== 'folder') continue;
      const shownInner = showInside(shownFolder, name);
      yield* walkFolder(
        { folder: join(folder, name), shownFolder: shownInner, depth: depth + 1 },
        walk,
      );
    }
  }
}

type EntryKind = 'file' | 'folder' | PqrError;

/** The entries that matter, by name in code unit order. */
async function classify(
  entries: readonly Dirent[],
  place: Place,
  walk: Walk,
): Promise<Map<string, EntryKind>> {
  const kinds = new Map<string, EntryKind>();
  const sorted = entries.filter((entry) => !entry.name.startsWith('.'));
  sorted.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of sorted) {
    const kind = entry.isFile()
      ? 'file'
      : entry.isDirectory()
        ? 'folder'
        : await classifyOther(entry, place, walk);
    if (kind !== undefined) kinds.set(entry.name, kind);
  }
  return kinds;
}

/** Links, and entries of file systems that don't tell their kind. */
async function classifyOther(
  entry: Dirent,
  { folder, shownFolder }: Place,
  walk: Walk,
): Promise<EntryKind | undefined> {
  const path = join(folder, entry.name);
  const shownPath = showInside(shownFolder, entry.name);
  try {
    const real = await realpath(path);
    const stats = await stat(real);
    if (entry.isSymbolicLink()) {
      if (isInside(walk.realRoot, real)) return stats.isFile() ? 'file' : undefined;
      if (!stats.isDirectory() && !RECORDING_NAME.test(entry.name)) return undefined;
      const message = `${shown(shownPath)} is a link that leads out of the folder; it was not followed.`;
      const hint = 'Index the folder that it leads to, or copy the file.';
      return new PqrError('format.escape', message, { hint });
    }
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? 'file' : undefined;
  } catch (error) {
    return RECORDING_NAME.test(entry.name) ? fileError(error, shownPath) : undefined;
  }
}

/** What an entry of a folder gives: a recording, a failure worth telling, or nothing. */
async function findEntry(
  scan: FolderScan,
  place: Place,
  name: string,
  kind: EntryKind,
): Promise<FoundRecording | undefined> {
  if (kind === 'folder') return undefined;
  const shownFile = showInside(place.shownFolder, name);
  const path = withoutHeaderExtension(shownFile);
  if (kind !== 'file') return { path, error: kind };
  try {
    const scanned = await scan.examine(name);
    if (scanned === undefined) return undefined;
    return {
      ...{ path, file: join(place.folder, name), ...(await scan.fingerprint(scanned)) },
      ...(holdsSeveral(scanned.format) && { container: scanned.format }),
    };
  } catch (error) {
    return RECORDING_NAME.test(name) ? { path, error: fileError(error, shownFile) } : undefined;
  }
}
