/**
 * The first pass of an index run: which recordings there are and what each one needs. It reads folders and
 * file states only, never samples, so that a run over known files takes no time.
 */
import { throwIfAborted } from '../ecg/errors.js';
import type { FoundRecording } from '../formats/find.js';
import type { OpenArchive } from './archive.js';
import { deidentifierOf, rowHashOf } from './deidentified.js';
import type { EcgFields } from './fields.js';
import type { MetadataTable } from './metadata.js';
import type { FailedRecord } from './ports.js';
import type { FileState } from './store-write.js';

/** A recording to read: its content is new, or may have changed. */
export interface ToRead {
  readonly file: FileState;
  /** As it was found; in a de-identified archive the path of `file` is another. */
  readonly foundPath: string;
  /** What the reader opens. */
  readonly source: string;
  readonly metadata?: EcgFields;
  /** Set where the metadata table has a row for this file name, and this run several such files. */
  readonly ambiguousRow?: number;
}

/** A recording whose file is unchanged and whose metadata row is new. */
export interface ToUpdate {
  readonly path: string;
  readonly metadata: EcgFields;
}

export interface IngestPlan {
  readonly toRead: readonly ToRead[];
  readonly toUpdate: readonly ToUpdate[];
  readonly unchangedCount: number;
  readonly failed: readonly FailedRecord[];
}

export interface PlanSources {
  readonly archive: OpenArchive;
  readonly found: AsyncIterable<FoundRecording>;
  readonly metadata?: MetadataTable;
  readonly signal?: AbortSignal;
}

interface Row {
  readonly fields: EcgFields;
  readonly rowNumber: number;
  readonly by: 'path' | 'name';
}

type Work = FileState & {
  readonly foundPath: string;
  readonly source: string;
  readonly changed: boolean;
  readonly row?: Row;
};

export async function planIngest(sources: PlanSources): Promise<IngestPlan> {
  const { archive, found, metadata, signal } = sources;
  const failed: FailedRecord[] = [];
  const works: Work[] = [];
  const paths = new Set<string>();
  let foundCount = 0;
  /** How many files of this run a row fits by file name only. */
  const fits = new Map<number, number>();
  for await (const recording of found) {
    throwIfAborted(signal);
    if (paths.has(recording.path)) continue;
    paths.add(recording.path);
    if (recording.error) {
      const { code, message } = recording.error;
      failed.push({ path: recording.path, code, message });
      continue;
    }
    foundCount++;
    const row = metadata?.lookup(recording.path);
    if (row?.by === 'name') fits.set(row.rowNumber, (fits.get(row.rowNumber) ?? 0) + 1);
    const work = workFor(archive, recording, row);
    if (work) works.push(work);
  }
  const { toRead, toUpdate } = sortOut(works, fits);
  const unchangedCount = foundCount - toRead.length - toUpdate.length;
  return { toRead, toUpdate, unchangedCount, failed };
}

/** What a recording needs; undefined where it is indexed and unchanged. */
function workFor(
  archive: OpenArchive,
  { path, file, bytes, modifiedMilliseconds }: Exclude<FoundRecording, { error: object }>,
  row: Row | undefined,
): Work | undefined {
  const deidentifier = deidentifierOf(archive);
  const stored = deidentifier ? deidentifier.recordName(path) : path;
  const known = archive.store.path(stored);
  const changed = known?.bytes !== bytes || known.modified_milliseconds !== modifiedMilliseconds;
  const rowChanged =
    row !== undefined && rowHashOf(row.fields, deidentifier) !== known?.applied_hash;
  if (!changed && !rowChanged) return undefined;
  return {
    ...{ path: stored, foundPath: path, source: file, bytes, modifiedMilliseconds },
    // A row is de-identified with what its file says: the file is read again.
    changed: changed || deidentifier !== undefined,
    ...(row && { row }),
  };
}

/** A row that fits several files by name only belongs to none of them for sure. */
function sortOut(works: readonly Work[], fits: ReadonlyMap<number, number>) {
  const toRead: ToRead[] = [];
  const toUpdate: ToUpdate[] = [];
  for (const { source, changed, row, foundPath, ...file } of works) {
    const ambiguous = row?.by === 'name' && (fits.get(row.rowNumber) ?? 0) > 1;
    if (changed) {
      const note = ambiguous ? { ambiguousRow: row.rowNumber } : row && { metadata: row.fields };
      toRead.push({ file, foundPath, source, ...note });
    } else if (row && !ambiguous) toUpdate.push({ path: file.path, metadata: row.fields });
  }
  return { toRead, toUpdate };
}
