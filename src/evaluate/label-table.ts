/**
 * A table of labels: one row a recording, one 0/1 column a label. Ids, folds and what a table may say of the
 * patient besides (MERL's split files do) are never labels.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { csvRows } from '../archive/csv.js';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS } from '../ecg/limits.js';
import type { Dataset } from './dataset.js';
import { rowFilter } from './row-filter.js';

export interface LabelRow {
  /** Names of the recording, the likeliest first, below the records folder and without extension. */
  readonly records: readonly string[];
  /** The patient, or the recording where the table names none. */
  readonly group: string;
  /** 0 or 1, one a label of the table. */
  readonly truth: Uint8Array;
}

export interface LabelTable {
  readonly labels: readonly string[];
  readonly rows: readonly LabelRow[];
  /** Columns that hold no labels and that nobody knows either. */
  readonly ignoredColumns: readonly string[];
}

const PATIENT_COLUMNS = ['patient_id', 'patientId', 'subject_id'];
const RECORD_EXTENSION = /\.(?:hea|mat|dat|csv|npy)$/i;
/** What tables of ECGs say besides labels; also what ends in "id". */
const NEVER_LABELS = new Set(
  `record filename filename_lr filename_hr ecg_path path strat_fold fold validation split age sex gender
   height weight report reportlanguage scp_codes diagnose diagnosis codes recordedat recording_date device
   site nurse`.split(/\s+/),
);
const isNeverLabel = (column: string) =>
  /(?:^|_)id$|Id$/.test(column) || NEVER_LABELS.has(column.toLowerCase());

export interface TableCall {
  readonly path: string;
  /** How to read it; a plain table with a column `record` where absent. */
  readonly dataset?: Dataset;
  /** Which rows count. */
  readonly where?: string;
}

/** @throws `metadata.invalid` (columns, cells, no row), `query.where`, `file.missing`, `limit.exceeded` */
export async function readLabelTable({ path, dataset, where }: TableCall): Promise<LabelTable> {
  const name = basename(path);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new PqrError('file.missing', `There is no readable table ${path}.`, { cause });
  });
  checkLimit('fileBytes', bytes.length, name);
  const [header, ...rows] = csvRows(bytes.toString('utf8'), name, DEFAULT_LIMITS);
  if (header === undefined) throw invalid(`${name} is empty; a header row is needed.`);
  const columns = header.cells.map((cell) => cell.trim());
  const kept = where === undefined ? () => true : rowFilter(where, columns);
  const cells = rows
    .map(({ cells: row, rowNumber }) => ({
      row: toCells(columns, row, `${name}, row ${rowNumber}`),
      rowNumber,
    }))
    .filter(({ row }) => kept(row));
  if (cells.length === 0) {
    const told = `${rows.length} rows${where === undefined ? '' : `, none of which fits '${where}'`}`;
    throw invalid(`${name} has no recording to evaluate: ${told}.`);
  }
  const { labels, ignored } = labelColumns(
    columns,
    cells.map(({ row }) => row),
    { name, dataset },
  );
  return {
    labels,
    ignoredColumns: ignored,
    rows: cells.map(({ row, rowNumber }) =>
      toRow(row, labels, { where: `${name}, row ${rowNumber}`, columns, dataset }),
    ),
  };
}

type Cells = Readonly<Record<string, string>>;

function toCells(columns: readonly string[], row: readonly string[], where: string): Cells {
  if (row.length !== columns.length) {
    throw invalid(`${where} has ${row.length} cells, the header has ${columns.length}.`);
  }
  return Object.fromEntries(columns.map((column, index) => [column, row[index]!.trim()]));
}

interface Table {
  readonly name: string;
  readonly dataset: Dataset | undefined;
}

function labelColumns(
  columns: readonly string[],
  rows: readonly Cells[],
  { name, dataset }: Table,
) {
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (repeated !== undefined) throw invalid(`${name} has two columns ${repeated}.`);
  const recordColumns = dataset?.recordColumns ?? ['record'];
  needColumns(columns, { name, wanted: recordColumns, enough: 1 });
  if (dataset) {
    needColumns(columns, {
      name,
      wanted: dataset.labelColumns,
      enough: dataset.labelColumns.length,
    });
    return { labels: dataset.labelColumns, ignored: [] };
  }
  const open = columns.filter((column) => !isNeverLabel(column));
  const labels = open.filter((column) => rows.some((row) => truthOf(row[column]!) !== undefined));
  if (labels.length === 0) {
    throw invalid(`${name} has no column of labels: each needs 0 or 1 in every row.`);
  }
  return { labels, ignored: open.filter((column) => !labels.includes(column)) };
}

function needColumns(
  columns: readonly string[],
  { name, wanted, enough }: { name: string; wanted: readonly string[]; enough: number },
): void {
  const missing = wanted.filter((column) => !columns.includes(column));
  if (wanted.length - missing.length >= enough) return;
  throw invalid(
    `${name} has no column ${missing.join(enough === 1 ? ' or ' : ', ')}; its columns are ${columns.join(', ')}.`,
  );
}

interface Place {
  readonly where: string;
  readonly columns: readonly string[];
  readonly dataset: Dataset | undefined;
}

function toRow(row: Cells, labels: readonly string[], place: Place): LabelRow {
  const records = recordNames(row, place);
  const patient =
    place.dataset?.patientColumn ?? PATIENT_COLUMNS.find((one) => place.columns.includes(one));
  const truth = Uint8Array.from(labels, (label) => {
    const value = truthOf(row[label]!);
    if (value !== undefined) return value;
    throw invalid(`${place.where}: ${label} is '${row[label]}'; 0 or 1 is needed.`);
  });
  return {
    records,
    group: (patient !== undefined && row[patient]) || records[0]!,
    truth,
  };
}

function recordNames(row: Cells, { where, dataset }: Place): string[] {
  const columns = dataset?.recordColumns ?? ['record'];
  const cells = columns.map((column) => row[column] ?? '').filter((cell) => cell !== '');
  if (cells.length === 0) throw invalid(`${where}: ${columns.join(' and ')} is blank.`);
  return cells.map((cell) => {
    const prefix = dataset?.recordPrefixes?.find((one) => cell.startsWith(one)) ?? '';
    return cell.slice(prefix.length).replace(/^\/+/, '').replace(RECORD_EXTENSION, '');
  });
}

/** Pandas writes 1.0 and True for some of them. */
function truthOf(cell: string): 0 | 1 | undefined {
  if (/^(?:1(?:\.0*)?|true)$/i.test(cell)) return 1;
  return /^(?:0(?:\.0*)?|false)$/i.test(cell) ? 0 : undefined;
}

function invalid(message: string): PqrError {
  return new PqrError('metadata.invalid', message, {
    hint: 'A table of labels has a column record (a path below --records, without extension) and one 0/1 column a label.',
  });
}
