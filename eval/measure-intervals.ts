/**
 * How good the measurements are: rate, PR, QRS and QT on LUDB, the QRS axis and early beats on PTB-XL.
 *
 *     npx tsx eval/measure-intervals.ts --ludb DIR --held-out DIR --records DIR --ptbxl DIR --out eval/results/measure.json
 *
 * `--held-out` is what models/delineator/train.py wrote of records that a network had not seen. `--records` holds
 * PTB-XL's records500, `--ptbxl` the folder of ptbxl_database.csv. Cut-offs of the axis classes are fitted on folds
 * 1-8. Writes the parts `intervals`, `axis`, `earlyBeats` and `criteria` of the result file and leaves its other parts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../src/app.js';
import { parseCsv } from '../src/archive/csv.js';
import { loadConfig } from '../src/config.js';
import { readEcg } from '../src/formats/read.js';
import { delineateClassical } from '../src/signal/delineate-classical.js';
import { delineateLearned } from '../src/signal/delineate-learned.js';
import { measure } from '../src/signal/measure.js';
import { heldOutSegmenter } from './delineation/held-out.js';
import { LEADS, loadLudb } from './delineation/ludb.js';
import { type AxisRow, agreementOf, fitCutOffs } from './measure/axis-classes.js';
import { type EarlyRow, earlyBeatFigures } from './measure/early-beats.js';
import { errorsOf, markedValues, measuredValues, type Values } from './measure/intervals.js';
import { type JudgedRow, judgedRow, vetoFigures } from './measure/vetoes.js';

const { values: given } = parseArgs({
  options: {
    ludb: { type: 'string' },
    'held-out': { type: 'string' },
    records: { type: 'string' },
    ptbxl: { type: 'string' },
    out: { type: 'string' },
  },
});

const before =
  given.out && existsSync(given.out) ? JSON.parse(readFileSync(given.out, 'utf8')) : {};
const result = {
  ...before,
  ...(given.ludb && { intervals: await ludbIntervals(given.ludb, given['held-out']) }),
  ...(given.records && given.ptbxl && (await ptbxlFigures(given.records, given.ptbxl))),
};
const text = `${JSON.stringify(result, null, 1)}\n`;
if (given.out) writeFileSync(given.out, text);
else process.stdout.write(text);

async function ludbIntervals(folder: string, heldOut: string | undefined) {
  const records = await loadLudb(folder);
  const classical: { marked: Values; measured: Values }[] = [];
  const learned: { marked: Values; measured: Values }[] = [];
  const leadRows = LEADS.map((_, row) => row);
  for (const one of records) {
    const marked = markedValues(one);
    const byWavelets = measure(one.record, delineateClassical(one.record));
    classical.push({ marked, measured: measuredValues(byWavelets) });
    const segmenter = heldOut && heldOutSegmenter(heldOut, one.name, leadRows);
    if (!segmenter) continue;
    const byNetwork = measure(one.record, await delineateLearned(one.record, segmenter));
    learned.push({ marked, measured: measuredValues(byNetwork) });
  }
  return {
    measured: 'eval/measure-intervals.ts',
    data: 'LUDB, 99 records (ODC-By 1.0); medians over leads and beats of what is marked',
    aims: { rate: 1, pr: 8, qrs: 8, qt: 15 },
    n: records.length,
    classical: errorsOf(classical),
    ...(learned.length > 0 && {
      learned: { crossValidated: learned.length, ...errorsOf(learned) },
    }),
  };
}

interface PtbxlRow extends EarlyRow, AxisRow, JudgedRow {
  readonly method: string;
}

async function ptbxlFigures(records: string, ptbxl: string) {
  const rows = await ptbxlRows(records, ptbxl);
  const withAxis = rows.filter(({ heartAxis }) => heartAxis !== '');
  const of = (all: readonly PtbxlRow[], ...folds: readonly number[]) =>
    all.filter(({ fold }) => folds.includes(fold));
  const training = [1, 2, 3, 4, 5, 6, 7, 8];
  const cutOffs = fitCutOffs(of(withAxis, ...training));
  const early = (...folds: readonly number[]) => ({
    ventricular: earlyBeatFigures(of(rows, ...folds), 'ventricular'),
    supraventricular: earlyBeatFigures(of(rows, ...folds), 'supraventricular'),
  });
  const method = [...new Set(rows.map((row) => row.method))].join(', ');
  return {
    axis: {
      measured: 'eval/measure-intervals.ts',
      data: 'PTB-XL 1.0.3 (CC BY 4.0), heart_axis in eight classes',
      aim: 0.82,
      method,
      upperLimits: {
        AXR: cutOffs[0],
        ALAD: cutOffs[1],
        LAD: cutOffs[2],
        MID: cutOffs[3],
        RAD: cutOffs[4],
        ARAD: cutOffs[5],
      },
      folds1to8: agreementOf(of(withAxis, ...training), cutOffs),
      fold9: agreementOf(of(withAxis, 9), cutOffs),
      fold10: agreementOf(of(withAxis, 10), cutOffs),
      folds9and10: agreementOf(of(withAxis, 9, 10), cutOffs),
    },
    earlyBeats: {
      method,
      data: 'PTB-XL 1.0.3 (CC BY 4.0): codes and the column extra_beats, recording by recording',
      folds1to8: early(...training),
      folds9and10: early(9, 10),
    },
    criteria: {
      method,
      data: 'PTB-XL 1.0.3 (CC BY 4.0): codes against the criteria of their knowledge entries',
      folds9and10: vetoFigures(of(rows, 9, 10)),
    },
  };
}

async function ptbxlRows(records: string, ptbxl: string): Promise<PtbxlRow[]> {
  const app = createApp(loadConfig(process.env));
  const knowledge = await app.knowledge();
  const [header, ...lines] = parseCsv(readFileSync(join(ptbxl, 'ptbxl_database.csv'), 'utf8'));
  const column = (line: readonly string[], name: string) => line[header!.indexOf(name)] ?? '';
  const rows: PtbxlRow[] = [];
  for (const line of lines) {
    const path = join(records, `${column(line, 'filename_hr')}.hea`);
    if (!existsSync(path)) continue;
    const measured = await app.measure(await readEcg(path));
    const found = column(line, 'scp_codes').matchAll(/'([^']+)':/g);
    const codes = new Set(Array.from(found, ([, key]) => key!));
    const patient = {
      sex: column(line, 'sex') === '1' ? 'female' : 'male',
      ageYears: Number(column(line, 'age')),
    } as const;
    rows.push({
      fold: Number(column(line, 'strat_fold')),
      heartAxis: column(line, 'heart_axis'),
      degrees: measured.axisDegrees.qrs,
      codes,
      ...judgedRow(knowledge, measured, { codes, patient }),
      extraBeats: column(line, 'extra_beats'),
      found: new Set(measured.ectopicBeats.map(({ origin }) => origin)),
      method: measured.method,
    });
  }
  await app.close();
  return rows;
}
