/**
 * How many beats have a P wave in sinus rhythm, and in atrial fibrillation, which has none: PTB-XL by its codes,
 * one fold. Sinus rhythm may hold beats without one (ectopic ones), so its share is no sensitivity.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCsv } from '../../src/archive/csv.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import type { Delineation } from '../../src/signal/delineation.js';

/** Rhythms that are neither plain sinus rhythm nor plain fibrillation. */
const OTHER = /AFLT|SVTAC|PSVT|SVARR|PACE|SARRH|2AVB|3AVB|BIGU|TRIGU|WPW/;
const MOST_SINUS = 100;

export interface RhythmRecords {
  readonly sinus: readonly EcgRecord[];
  readonly fibrillation: readonly EcgRecord[];
}

/**
 * The first hundred recordings of sinus rhythm and all of fibrillation.
 * @param folder that holds `records500`; `table` is `ptbxl_database.csv`
 */
export async function loadRhythms(
  folder: string,
  table: string,
  fold: number,
): Promise<RhythmRecords> {
  const [header, ...rows] = parseCsv(readFileSync(table, 'utf8'));
  const [codesAt, foldAt, fileAt] = ['scp_codes', 'strat_fold', 'filename_hr'].map((name) =>
    header!.indexOf(name),
  );
  const sinus: EcgRecord[] = [];
  const fibrillation: EcgRecord[] = [];
  for (const row of rows) {
    const codes = row[codesAt!]!;
    const path = `${join(folder, row[fileAt!]!)}.hea`;
    if (Number(row[foldAt!]) !== fold || OTHER.test(codes) || !existsSync(path)) continue;
    const isSinus = codes.includes("'SR'");
    if (isSinus === codes.includes("'AFIB'")) continue;
    if (!isSinus) fibrillation.push(await readEcg(path));
    else if (sinus.length < MOST_SINUS) sinus.push(await readEcg(path));
  }
  return { sinus, fibrillation };
}

export async function shareWithP(
  records: readonly EcgRecord[],
  find: (record: EcgRecord) => Promise<Delineation>,
) {
  let [beats, withP, recordsWithP] = [0, 0, 0];
  for (const record of records) {
    const found = await find(record);
    const own = found.beats.filter(({ pPeak }) => pPeak !== null).length;
    beats += found.beats.length;
    withP += own;
    if (own > 0) recordsWithP += 1;
  }
  return {
    records: records.length,
    recordsWithP,
    beats,
    withP: Number((withP / beats).toFixed(4)),
  };
}
