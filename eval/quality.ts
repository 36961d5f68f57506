/**
 * How well the quality judge agrees with experts, and which faults it names.
 *
 *     npx tsx eval/quality.ts --cinc2011 DIR --ptbxl DIR --records DIR --fit
 *     npx tsx eval/quality.ts --cinc2011 DIR --ptbxl DIR --records DIR > eval/results/quality.json
 *
 * DIR of cinc2011: set-a of the Challenge 2011 as WFDB records with `quality:` comments; of ptbxl: its table; of
 * records: the folder that the table's paths start from. With --fit the weights in src/signal are written anew
 * and nothing else is done: the score from all of cinc2011, exchanged arms and chest gains from PTB-XL's
 * folds 1 to 8. Without it
 * faults are put into fold 10.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wilsonInterval } from '../src/evaluate/quality.js';
import { readEcg } from '../src/formats/read.js';
import { judgeRecording } from '../src/signal/judge.js';
import { beatsOf, measureLeads } from '../src/signal/measured-leads.js';
import { readPtbxl } from './ptbxl.js';
import { type CrossValidated, crossValidate } from './quality/cross-validate.js';
import { FAULTS } from './quality/faults.js';
import { fitQuality, type JudgedRecord } from './quality/fit.js';
import { type ArmPair, armPair, fitArms } from './quality/fit-arms.js';
import { fitGains } from './quality/fit-gains.js';
import { namedShares } from './quality/named-shares.js';
import { nestedValidate } from './quality/nested-validate.js';

const FOLDS = 5;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const NESTED_SEEDS = 3;
const TEST_FOLD = 10;
const SIGNAL = join(import.meta.dirname, '../src/signal');

const { values } = parseArgs({
  options: {
    cinc2011: { type: 'string' },
    ptbxl: { type: 'string' },
    records: { type: 'string' },
    fit: { type: 'boolean', default: false },
  },
});
const { cinc2011, ptbxl, records } = values;
if (!cinc2011 || !ptbxl || !records)
  throw new Error('--cinc2011, --ptbxl and --records are needed');

const judged = await readJudged(cinc2011);
if (values.fit) {
  writeWeights('quality-model.json', fitQuality(judged));
  const training = await paths((fold) => fold <= 8);
  writeWeights('arm-reversal.json', fitArms(await armPairs(training)));
  writeWeights('chest-gain.json', fitGains(await beatsOfAll(training)));
  process.exit();
}
const runs = SEEDS.map((seed) => crossValidate(judged, FOLDS, seed));
const tested = await paths((fold) => fold === TEST_FOLD);
const result = {
  what: 'quality judge: src/signal/judge.ts',
  cinc2011: {
    n: judged.length,
    acceptable: judged.filter(({ acceptable }) => acceptable).length,
    folds: FOLDS,
    seeds: SEEDS,
    threshold: 0.5,
    accuracy: meanOf((run) => run.accuracy),
    accuracyCi: wilsonInterval(
      meanOf((run) => run.accuracy),
      judged.length,
    ),
    accuracyRange: rangeOf((run) => run.accuracy),
    sensitivity: meanOf((run) => run.sensitivity),
    specificity: meanOf((run) => run.specificity),
    auroc: meanOf((run) => run.auroc),
    /** With beta and L2 chosen anew on each training part, too. */
    nested: nestedFigures(),
    confusionOfFirstSeed: runs[0]!.confusion,
  },
  ptbxl: await namedShares(tested, { judge: judgeRecording, faults: FAULTS, fold: TEST_FOLD }),
};
console.log(JSON.stringify(result, rounded, 2));

async function readJudged(folder: string): Promise<JudgedRecord[]> {
  const found: JudgedRecord[] = [];
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.hea'))) {
    const record = await readEcg(join(folder, name));
    const verdict = /quality: (acceptable|unacceptable)$/.exec(record.comments.join('\n'))?.[1];
    if (verdict === undefined) continue;
    const { leads } = measureLeads(record);
    found.push({ record: name, acceptable: verdict === 'acceptable', leads });
  }
  return found;
}

async function paths(wanted: (fold: number) => boolean): Promise<string[]> {
  const rows = await readPtbxl(ptbxl!);
  return rows
    .filter(({ fold }) => wanted(fold))
    .map(({ record }) => join(records!, `${record}.hea`))
    .filter((path) => existsSync(path));
}

async function beatsOfAll(files: readonly string[]) {
  const beats: Map<string, Float32Array>[] = [];
  for (const path of files) beats.push(beatsOf(measureLeads(await readEcg(path)).leads));
  return beats;
}

async function armPairs(files: readonly string[]): Promise<ArmPair[]> {
  const pairs: ArmPair[] = [];
  for (const path of files) {
    const pair = armPair(await readEcg(path));
    if (pair) pairs.push(pair);
  }
  return pairs;
}

function writeWeights(name: string, weights: object): void {
  writeFileSync(join(SIGNAL, name), `${JSON.stringify(weights, undefined, 2)}\n`);
}

function nestedFigures() {
  const seeds = SEEDS.slice(0, NESTED_SEEDS);
  const accuracies = seeds.map((seed) => nestedValidate(judged, FOLDS, seed).accuracy);
  return {
    seeds,
    accuracy: accuracies.reduce((sum, one) => sum + one, 0) / seeds.length,
    accuracies,
  };
}

function meanOf(figure: (run: CrossValidated) => number): number {
  return runs.reduce((sum, run) => sum + figure(run), 0) / runs.length;
}

function rangeOf(figure: (run: CrossValidated) => number): [number, number] {
  return [Math.min(...runs.map(figure)), Math.max(...runs.map(figure))];
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value;
}
