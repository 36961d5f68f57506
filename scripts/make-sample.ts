/**
 * Chooses and copies the sample archive: recordings of PTB-XL's folds 9 and 10 that cover many statements.
 *
 *     npx tsx scripts/make-sample.ts --records DIR --ptbxl DIR [--count 150] [--include 8,10]
 *
 * Greedy and without chance: the recording taken next is the one whose codes were seen least so far, so
 * rare statements come in first and common ones fill up; at most one recording a patient. `--include`
 * names recordings taken in any case: the ones that test/reference/pqr-small-parity.json was made from.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseCsv } from '../src/archive/csv.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string' },
    ptbxl: { type: 'string' },
    count: { type: 'string', default: '150' },
    include: { type: 'string', default: '8,10,17,18,20' },
  },
});
if (!values.records || !values.ptbxl) throw new Error('--records DIR and --ptbxl DIR are needed');

type Row = Record<string, string>;

const included = new Set(values.include.split(','));

const sample = join(import.meta.dirname, '..', 'sample');
const recordsFolder = values.records;
const [header, ...lines] = parseCsv(
  await readFile(join(values.ptbxl, 'ptbxl_database.csv'), 'utf8'),
);
const rows = lines.map((line) =>
  Object.fromEntries(header!.map((name, at) => [name, line[at] ?? ''])),
);
const isThere = (row: Row) => existsSync(join(recordsFolder, `${row['filename_hr']}.dat`));
const chosen = choose(
  rows.filter((row) => heldOut(row) && isThere(row)),
  Number(values.count),
);

await rm(join(sample, 'records'), { recursive: true, force: true });
await mkdir(join(sample, 'records'), { recursive: true });
for (const row of chosen) {
  for (const extension of ['.hea', '.dat']) {
    const name = `${baseName(row)}${extension}`;
    await copyFile(
      join(recordsFolder, `${row['filename_hr']}${extension}`),
      join(sample, 'records', name),
    );
  }
}
await writeFile(join(sample, 'metadata.csv'), metadataCsv(chosen));
console.log(`${chosen.length} recordings, ${new Set(chosen.flatMap(codesOf)).size} statements`);

function heldOut(row: Row): boolean {
  return Number(row['strat_fold']) >= 9;
}

function codesOf(row: Row): string[] {
  return [...row['scp_codes']!.matchAll(/'([^']+)':/g)].map(([, code]) => code!);
}

function baseName(row: Row): string {
  return row['filename_hr']!.split('/').at(-1)!;
}

function choose(candidates: readonly Row[], count: number): Row[] {
  const seen = new Map<string, number>();
  const patients = new Set<string>();
  const taken: Row[] = [];
  const gain = (row: Row) =>
    included.has(row['ecg_id']!)
      ? Number.POSITIVE_INFINITY
      : codesOf(row).reduce((sum, code) => sum + 1 / (1 + (seen.get(code) ?? 0)) ** 2, 0);
  while (taken.length < count) {
    let best: Row | undefined;
    for (const row of candidates) {
      if (taken.includes(row)) continue;
      if (patients.has(row['patient_id']!) && !included.has(row['ecg_id']!)) continue;
      if (!best || gain(row) > gain(best)) best = row;
    }
    if (!best) break;
    taken.push(best);
    patients.add(best['patient_id']!);
    for (const code of codesOf(best)) seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  return taken.sort((a, b) => Number(a['ecg_id']) - Number(b['ecg_id']));
}

function metadataCsv(rows: readonly Row[]): string {
  const columns = [
    'record',
    'patientId',
    'recordedAt',
    'age',
    'sex',
    'report',
    'reportLanguage',
    'codes',
  ];
  const quote = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const lines = rows.map((row) =>
    [
      `records/${baseName(row)}`,
      row['patient_id']!.replace(/\.0$/, ''),
      row['recording_date']!.replace(' ', 'T'),
      age(row['age']!),
      row['sex'] === '0' ? 'male' : 'female',
      row['report']!.trim(),
      '',
      codesOf(row).join(' '),
    ]
      .map(quote)
      .join(','),
  );
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

/** PTB-XL writes 300 for 90 and over, so that nobody is recognised. */
function age(text: string): string {
  const years = Number(text);
  return text === '' ? '' : String(years === 300 ? 90 : years);
}
