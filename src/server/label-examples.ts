/** Labelled examples of a user's label: a table of records with 0 or 1, and the score of each. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { csvRows } from '../archive/csv.js';
import { ends, recordKey } from '../archive/metadata.js';
import type { Archive, FailedRecord, WorkOptions } from '../archive/ports.js';
import { ProgressMeter } from '../archive/progress.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord } from '../ecg/record.js';
import type { EcgEncoder, LevelVectors } from '../encoders/ports.js';
import type { ReadOptions } from '../formats/read-options.js';
import type { Example } from '../zeroshot/calibration-folds.js';
import { bestCosine } from '../zeroshot/score.js';

export interface LabelledRecord {
  /** An ECG's id, or its path as indexed or a part of it from some folder on. */
  readonly record: string;
  readonly positive: boolean;
  readonly patientId?: string;
}

const RECORD_COLUMNS = ['record', 'ecgid'];

/**
 * Reads a CSV with a column `record` and a 0/1 column `label`, or one named as the label; `patientId` keeps a
 * patient's recordings together. Rows without a value are not labelled.
 * @throws `label.examples` with the row, `file.missing`, `limit.exceeded`
 */
export async function readExamples(path: string, labelKey: string): Promise<LabelledRecord[]> {
  const name = basename(path);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PqrError('file.missing', `There is no readable table ${path}.`, { cause });
  });
  checkLimit('fileBytes', Buffer.byteLength(text), name);
  const rows = csvRows(text, name, DEFAULT_LIMITS);
  const head = rows.next().value?.cells.map((cell: string) => cell.trim().toLowerCase()) ?? [];
  const recordAt = head.findIndex((column: string) => RECORD_COLUMNS.includes(column));
  const labelAt = [labelKey.toLowerCase(), 'label'].map((one) => head.indexOf(one));
  const valueAt = labelAt.find((at) => at >= 0) ?? -1;
  const patientAt = head.findIndex((column: string) => /^patient_?id$/.test(column));
  if (recordAt < 0 || valueAt < 0) {
    throw new PqrError(
      'label.examples',
      `${name} has no column ${recordAt < 0 ? 'record' : `label or ${labelKey}`}; it has ${head.join(', ').slice(0, 200) || 'none'}.`,
      { hint: 'A table of examples is CSV: record,label with 1 where the label is there, else 0.' },
    );
  }
  const examples: LabelledRecord[] = [];
  for (const { cells, rowNumber } of rows) {
    const positive = readValue(cells[valueAt]?.trim() ?? '', name, rowNumber);
    const record = cells[recordAt]?.trim() ?? '';
    if (positive === undefined || record === '') continue;
    const patientId = patientAt < 0 ? '' : (cells[patientAt]?.trim() ?? '');
    examples.push({ record, positive, ...(patientId !== '' && { patientId }) });
    checkLimit('exampleCount', examples.length, name);
  }
  return examples;
}

function readValue(cell: string, name: string, rowNumber: number): boolean | undefined {
  if (cell === '') return undefined;
  if (/^1(?:\.0+)?$|^true$/i.test(cell)) return true;
  if (/^0(?:\.0+)?$|^false$/i.test(cell)) return false;
  throw new PqrError(
    'label.examples',
    `${name}, row ${rowNumber}: the label is '${cell.slice(0, 40)}'; 0 or 1 is needed.`,
  );
}

export interface ScoredExamples {
  readonly examples: Example[];
  readonly failed: FailedRecord[];
}

/** The scores of the examples that an archive holds; the others are named in `failed`. */
export function scoreExamples(
  archive: Archive,
  records: readonly LabelledRecord[],
  vector: Float32Array,
  signal?: AbortSignal,
): ScoredExamples {
  const idOf = findIds(archive, records);
  const scored = new Map<string, Example>();
  const failed: FailedRecord[] = [];
  for (const { record, positive, patientId } of records) {
    throwIfAborted(signal);
    const id = idOf(record);
    if (id === undefined) {
      const message = 'The archive holds no such recording, or several.';
      failed.push({ path: record, code: 'ecg.missing', message });
      continue;
    }
    const known = scored.get(id);
    if (known && known.positive !== positive) {
      throw new PqrError(
        'label.examples',
        `The table says 0 and 1 of the same recording ${record}.`,
      );
    }
    const score = scoreOf(archive.vectors(id, 'rhythm'), vector);
    if (score === undefined) {
      const message = 'It has no vectors of the model of the archive.';
      failed.push({ path: record, code: 'query.level', message });
      continue;
    }
    const group = archive.get(id)?.patient.id ?? patientId ?? id;
    scored.set(id, { score, positive, group });
  }
  return { examples: [...scored.values()], failed };
}

export interface FileScoring {
  /** That the paths of the table are relative to. */
  readonly folder: string;
  readonly readEcg: (path: string, options: ReadOptions) => Promise<EcgRecord>;
  readonly ecgEncoder: EcgEncoder;
}

/** The scores of the examples' own files; those that cannot be read are named in `failed`. */
export async function scoreExampleFiles(
  records: readonly LabelledRecord[],
  vector: Float32Array,
  { folder, readEcg, ecgEncoder }: FileScoring,
  { signal, onProgress }: WorkOptions,
): Promise<ScoredExamples> {
  const meter = new ProgressMeter(onProgress);
  const scored: ScoredExamples = { examples: [], failed: [] };
  const options = signal ? { signal } : {};
  for (const [at, { record, positive, patientId }] of records.entries()) {
    try {
      const ecg = await readEcg(resolve(folder, record), options);
      const [embedding] = await ecgEncoder.embed([ecg], options);
      const rhythm = embedding!.levels.find(({ level }) => level === 'rhythm')!;
      const group = ecg.patient.id ?? patientId ?? record;
      scored.examples.push({ score: bestCosine(rhythm, vector), positive, group });
    } catch (error) {
      if (!PqrError.isInstance(error) || error.code === 'request.aborted') throw error;
      scored.failed.push({ path: record, code: error.code, message: error.message });
    }
    meter.update(at + 1, records.length, scored.failed.length);
  }
  return scored;
}

function scoreOf(rhythm: LevelVectors, vector: Float32Array): number | undefined {
  return rhythm.count === 0 ? undefined : bestCosine(rhythm, vector);
}

/** Ids by what the table calls them: an id, a path, or the one path that ends so. */
function findIds(
  archive: Archive,
  records: readonly LabelledRecord[],
): (record: string) => string | undefined {
  const exact = (record: string) =>
    archive.get(record)?.ecgId ?? archive.idOfPath(record) ?? undefined;
  const wanted = new Map<string, string | null>();
  for (const { record } of records) {
    if (exact(record) === undefined) wanted.set(recordKey(record), null);
  }
  if (wanted.size > 0) matchEnds(archive, wanted);
  return (record) => exact(record) ?? (wanted.get(recordKey(record)) || undefined);
}

/** Sets the id of each wanted end of a path; an end of several recordings gets the empty text. */
function matchEnds(archive: Archive, wanted: Map<string, string | null>): void {
  for (const id of archive.listIds()) {
    for (const path of archive.get(id)?.paths ?? []) {
      const key = recordKey(path);
      for (const end of [key, ...ends(key)]) {
        const known = wanted.get(end);
        if (known !== undefined) wanted.set(end, known === null || known === id ? id : '');
      }
    }
  }
}
