/**
 * Marks for training that need no cardiologist: P waves of sinus rhythm where the classical delineator sees them
 * alike in nearly all beats, and recordings of atrial fibrillation, which have none. PTB-XL folds 1-8 only.
 *
 *     npx tsx models/delineator/weak-marks.ts RECORDS_FOLDER ptbxl_database.csv > out/weak-marks.jsonl
 *
 * A line a recording: its path, and a list of [lead, class, first, last] with samples at 500 Hz; lead -1 is all of
 * them, class 4 is "no P wave". Only the middles of waves are marked: boundaries are left to LUDB.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCsv } from '../../src/archive/csv.js';
import { readEcg } from '../../src/formats/read.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import type { BeatWaves, Delineation } from '../../src/signal/delineation.js';

const LAST_FOLD = 8;
/** Rhythms that are neither plain sinus rhythm nor plain fibrillation. */
const OTHER = /AFLT|SVTAC|PSVT|SVARR|PACE|SARRH|2AVB|3AVB|BIGU|TRIGU|WPW/;
const FEWEST_WITH_P = 0.85;
/** A lead has the P wave where its peak lies this near to that of all leads, in samples. */
const NEAR = 12;
const CORE = 0.25;
const APART = 16;

type Mark = [lead: number, kind: number, first: number, last: number];

const ALL = -1;
const [P, QRS, T, NO_P] = [1, 2, 3, 4];

function core(lead: number, kind: number, onset: number | null, offset: number | null): Mark[] {
  if (onset === null || offset === null) return [];
  const margin = CORE * (offset - onset);
  return [[lead, kind, Math.ceil(onset + margin), Math.floor(offset - margin)]];
}

function sinusMarks({ beats, leads }: Delineation): Mark[] {
  const marks = beats.flatMap((beat, at) => {
    const before = beats[at - 1]?.tOffset ?? null;
    const apart: Mark[] =
      before === null || beat.pOnset === null || beat.pOnset - before < 3 * APART
        ? []
        : [[ALL, NO_P, Math.ceil(before), Math.floor(beat.pOnset - APART)]];
    return [
      ...apart,
      ...core(ALL, QRS, beat.qrsOnset, beat.qrsOffset),
      ...core(ALL, T, beat.tOnset, beat.tOffset),
    ];
  });
  const agrees = (beat: BeatWaves, at: number) =>
    beat.pPeak !== null && Math.abs(beat.pPeak - (beats[at]!.pPeak ?? Number.NaN)) <= NEAR;
  leads.forEach(({ beats: own }, lead) => {
    const share = own.filter(agrees).length / own.length;
    if (share < FEWEST_WITH_P) return;
    own.forEach((beat, at) => {
      if (agrees(beat, at)) marks.push(...core(lead, P, beats[at]!.pOnset, beats[at]!.pOffset));
    });
  });
  return marks;
}

function fibrillationMarks({ beats }: Delineation): Mark[] {
  const waves = beats.flatMap((beat) => core(ALL, QRS, beat.qrsOnset, beat.qrsOffset));
  return [[ALL, NO_P, 0, 4999], ...waves];
}

const [folder, table] = process.argv.slice(2);
const [header, ...rows] = parseCsv(readFileSync(table!, 'utf8'));
const [codesAt, foldAt, fileAt] = ['scp_codes', 'strat_fold', 'filename_hr'].map((name) =>
  header!.indexOf(name),
);
for (const row of rows) {
  const codes = row[codesAt!]!;
  const path = join(folder!, row[fileAt!]!);
  const isMeant = Number(row[foldAt!]) <= LAST_FOLD && !OTHER.test(codes);
  if (!isMeant || !existsSync(`${path}.hea`)) continue;
  const isSinus = /'(SR|SBRAD|STACH)'/.test(codes);
  if (isSinus === codes.includes("'AFIB'")) continue;
  const found = delineateClassical(await readEcg(`${path}.hea`));
  const withP = found.beats.filter(({ pPeak }) => pPeak !== null).length / found.beats.length;
  if (isSinus && !(withP >= FEWEST_WITH_P)) continue;
  const marks = isSinus ? sinusMarks(found) : fibrillationMarks(found);
  process.stdout.write(`${JSON.stringify({ path, sinus: isSinus, marks })}\n`);
}
