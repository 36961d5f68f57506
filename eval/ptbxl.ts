/** PTB-XL's tables as they are: which record is in which fold, and MERL's label files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../src/archive/csv.js';

export interface PtbxlRow {
  readonly record: string;
  readonly patientId: string;
  readonly fold: number;
  readonly report: string;
  /** SCP-ECG keys that are given, whatever their likelihood. */
  readonly codes: ReadonlySet<string>;
}

export async function readPtbxl(folder: string): Promise<PtbxlRow[]> {
  const rows = await readTable(join(folder, 'ptbxl_database.csv'));
  return rows.map((row) => ({
    record: row['filename_hr']!,
    patientId: row['patient_id']!,
    fold: Number(row['strat_fold']),
    report: row['report'] ?? '',
    codes: new Set(Array.from((row['scp_codes'] ?? '').matchAll(/'([^']+)':/g), ([, key]) => key!)),
  }));
}

export interface LabelTable {
  readonly labels: readonly string[];
  readonly rows: readonly {
    readonly record: string;
    readonly patientId: string;
    readonly fold: number;
    readonly values: Readonly<Record<string, number>>;
  }[];
}

const ID_COLUMNS = new Set(['record', 'ecg_id', 'patient_id', 'strat_fold']);

/** One of labels_{super,sub,form,rhythm}.csv. */
export async function readLabels(path: string): Promise<LabelTable> {
  const rows = await readTable(path);
  const labels = Object.keys(rows[0] ?? {}).filter((column) => !ID_COLUMNS.has(column));
  return {
    labels,
    rows: rows.map((row) => ({
      record: row['record']!,
      patientId: row['patient_id']!,
      fold: Number(row['strat_fold']),
      values: Object.fromEntries(labels.map((label) => [label, Number(row[label])])),
    })),
  };
}

async function readTable(path: string): Promise<Record<string, string>[]> {
  const [header, ...rows] = parseCsv(await readFile(path, 'utf8'));
  return rows.map((row) =>
    Object.fromEntries(header!.map((name, index) => [name, row[index] ?? ''])),
  );
}
