/**
 * Wave boundaries on LUDB, the learned delineator (cross-validated) beside the classical one and NeuroKit2, and R
 * peaks on MIT-BIH record 100; writes the part `delineation` of eval/results/measure.json and the
 * figures of the model card.
 *
 *     tar -xJf ../shared/data/ludb.tar.xz -C out/ludb
 *     python models/delineator/train.py ...          (models/delineator/README.md)
 *     python eval/measure-neurokit.py out/ludb > out/neurokit.json
 *     npx tsx eval/measure-delineation.ts --ludb out/ludb --held-out out/delineator/held-out \
 *         --neurokit out/neurokit.json --mit ../shared/data/formats/wfdb/100 \
 *         --records PTBXL --table ../shared/data/ptbxl/ptbxl_database.csv
 *
 * `--steps 3000,3000,3000,700,3000` says so where the folds were not trained alike.
 * The classical method's thresholds were set on these same records: its figures are no test of it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type EcgRecord, leadSamples, makeRecord } from '../src/ecg/record.js';
import { openSegmenter } from '../src/encoders/segmenter.js';
import { delineate } from '../src/signal/delineate.js';
import { delineateClassical } from '../src/signal/delineate-classical.js';
import { delineateLearned } from '../src/signal/delineate-learned.js';
import type { WaveSegmenter } from '../src/signal/segmenter.js';
import { scoreRPeaks } from './delineation/beats.js';
import { type CardFigures, writeFigures } from './delineation/card.js';
import { heldOutSegmenter } from './delineation/held-out.js';
import { LEADS, type LudbRecord, loadLudb } from './delineation/ludb.js';
import { type NeurokitWaves, readNeurokit } from './delineation/neurokit.js';
import { loadRhythms, shareWithP } from './delineation/rhythm-p.js';
import { Scorer } from './delineation/score.js';
import { timeDelineation } from './delineation/speed.js';
import { medianWaves, type Waves, wavesOf } from './delineation/waves.js';

const RESULT = new URL('./results/measure.json', import.meta.url);
const MODEL = new URL('../models/pqr-delineator', import.meta.url).pathname;
const CARDS = ['../models/pqr-delineator/MODEL_CARD.md', '../models/delineator/card.md'].map(
  (path) => new URL(path, import.meta.url),
);
const ONE_LEAD = 'II';
const FEWEST_LEADS = 6;

function leadAlone(record: EcgRecord, lead: string): EcgRecord {
  const samples = leadSamples(record, record.leads.indexOf(lead)).slice();
  const { adcPerMillivolt: _, ...rest } = record;
  return makeRecord({ ...rest, leads: [lead], samples });
}

interface Methods {
  readonly heldOut: string;
  readonly neurokit: NeurokitWaves;
}

/** What each method finds in one recording: over all leads, and in lead II when it has that one only. */
async function findAll(ludb: LudbRecord, { heldOut, neurokit }: Methods) {
  const { name, record } = ludb;
  const alone = leadAlone(record, ONE_LEAD);
  const row = LEADS.indexOf(ONE_LEAD);
  const learned = async (one: EcgRecord, rows: readonly number[]) => {
    const segmenter = heldOutSegmenter(heldOut, name, rows);
    if (!segmenter) throw new Error(`${heldOut} has nothing of record ${name}`);
    return wavesOf(await delineateLearned(one, segmenter));
  };
  const theirs = neurokit.records.get(name);
  if (!theirs) throw new Error(`NeuroKit2 was not run on record ${name}`);
  return {
    learned: {
      allLeads: await learned(record, [...LEADS.keys()]),
      leadII: await learned(alone, [row]),
    },
    classical: {
      allLeads: wavesOf(delineateClassical(record)),
      leadII: wavesOf(delineateClassical(alone)),
    },
    neurokit: { allLeads: medianWaves(theirs, FEWEST_LEADS), leadII: theirs[row]! },
  };
}

type Method = keyof Awaited<ReturnType<typeof findAll>>;
const METHODS: readonly Method[] = ['learned', 'classical', 'neurokit'];

async function scoreAll(records: readonly LudbRecord[], methods: Methods) {
  const scorers = METHODS.map((method) => ({
    method,
    allLeads: new Scorer(),
    leadII: new Scorer(),
  }));
  for (const ludb of records) {
    const found: Record<Method, { allLeads: Waves; leadII: Waves }> = await findAll(ludb, methods);
    for (const { method, allLeads, leadII } of scorers) {
      allLeads.add(found[method].allLeads, ludb.allLeads);
      leadII.add(found[method].leadII, ludb.leads[LEADS.indexOf(ONE_LEAD)]!);
    }
  }
  const scores = (set: 'allLeads' | 'leadII') =>
    Object.fromEntries(scorers.map((scorer) => [scorer.method, scorer[set].scores()]));
  return { allLeads: scores('allLeads'), leadII: scores('leadII') };
}

/** Fold 9 chose the level from which on something is a P wave; fold 10 chose nothing. */
async function scoreRhythms(folder: string, table: string, segmenter: WaveSegmenter) {
  const ofFold = async (fold: number) => {
    const { sinus, fibrillation } = await loadRhythms(folder, table, fold);
    const shares = async (one: WaveSegmenter | undefined) => ({
      sinusRhythm: await shareWithP(sinus, (record) => delineate(record, one)),
      atrialFibrillation: await shareWithP(fibrillation, (record) => delineate(record, one)),
    });
    return { learned: await shares(segmenter), classical: await shares(undefined) };
  };
  return { fold9: await ofFold(9), fold10: await ofFold(10) };
}

const { values } = parseArgs({
  options: {
    ludb: { type: 'string' },
    'held-out': { type: 'string' },
    neurokit: { type: 'string' },
    mit: { type: 'string' },
    records: { type: 'string' },
    table: { type: 'string' },
    steps: { type: 'string' },
  },
});
const { ludb: folder, 'held-out': heldOut, neurokit: neurokitFile, mit, table } = values;
if (!folder || !heldOut || !neurokitFile || !mit || !table || !values.records) {
  throw new Error('--ludb, --held-out, --neurokit, --mit, --records and --table are needed');
}
const ludb = (await loadLudb(folder)).filter(({ name }) => heldOutSegmenter(heldOut, name, [0]));
const neurokit = readNeurokit(neurokitFile);
const segmenter = await openSegmenter(MODEL);
const records = ludb.map(({ record }) => record);
const delineation = {
  data: 'LUDB, of the 99 records at hand those that some network has not seen; between the first and the last marked wave, 100 ms more on both sides',
  n: ludb.length,
  recordsWithoutP: ludb.filter(({ allLeads }) => allLeads.p.length === 0).length,
  toleranceMilliseconds: 150,
  crossValidation: {
    folds: 5,
    seed: 7,
    by: 'record (one a patient)',
    trainingStepsAFold: values.steps?.split(',').map(Number) ?? Array(5).fill(3000),
  },
  methods: {
    learned: 'models/delineator, each record by the network that had not seen it',
    classical: 'src/signal/delineate-classical.ts, thresholds set on these records',
    neurokit: `${neurokit.software}, ecg_process and ecg_delineate with their defaults`,
  },
  ...(await scoreAll(ludb, { heldOut, neurokit })),
  rPeaksMitBih100: await scoreRPeaks(mit),
  beatsWithPInPtbXl: await scoreRhythms(values.records, table, segmenter),
  speed: {
    what: '12 leads, 10 s, 500 Hz, one call after the other, runtime with one thread',
    loadAverage: Number(loadavg()[0]!.toFixed(1)),
    cores: availableParallelism(),
    learned: await timeDelineation(records, segmenter),
    classical: await timeDelineation(records, undefined),
  },
};
await segmenter.close();
const before = existsSync(RESULT) ? JSON.parse(readFileSync(RESULT, 'utf8')) : {};
writeFigures(CARDS, delineation as unknown as CardFigures);
writeFileSync(RESULT, `${JSON.stringify({ ...before, delineation }, undefined, 2)}\n`);
