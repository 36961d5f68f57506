/**
 * How near reconstructed leads come to recorded ones, and what they are worth to the model.
 *
 *     npx tsx eval/repair.ts --ptbxl DIR --records DIR --fit
 *     npx tsx eval/repair.ts --ptbxl DIR --records DIR > eval/results/repair.json
 *
 * DIR of ptbxl: its tables; of records: the folder that their paths start from. With --fit the second moments in
 * src/signal/lead-moments.json are made anew from folds 1 to 8, and nothing else is done. Without it the leads of
 * folds 9 and 10 are computed from II, V1 and V5 (WearECG's set), and macro AUROC (superclasses, plain names) is
 * compared on fold 10 between the three leads as they are, with the others reconstructed, and all twelve.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { App } from '../src/app.js';
import { type EcgRecord, makeRecord } from '../src/ecg/record.js';
import { repairLeads } from '../src/signal/lead-repair.js';
import { type Change, embedAll, onlyLeads } from './model/embedded.js';
import { cosines, labelVectors } from './model/rows.js';
import { compare, figuresOf, type ScoredSet, scoreSet } from './model/scored-set.js';
import { identityOf, withModel } from './model/with-model.js';
import { readLabels, readPtbxl } from './ptbxl.js';
import { agreementOf } from './repair/agreement.js';
import { fitMoments } from './repair/fit-moments.js';

const PRESENT = ['II', 'V1', 'V5'];
const MOMENTS = join(import.meta.dirname, '../src/signal/lead-moments.json');

const { values } = parseArgs({
  options: {
    ptbxl: { type: 'string' },
    records: { type: 'string' },
    fit: { type: 'boolean', default: false },
  },
});
const { ptbxl, records } = values;
if (!ptbxl || !records) throw new Error('--ptbxl and --records are needed');

if (values.fit) {
  const moments = await fitMoments(await paths((fold) => fold <= 8));
  writeFileSync(MOMENTS, `${JSON.stringify(moments, undefined, 1)}\n`);
  process.exit();
}
/** The others computed as if they had never been recorded. */
const repaired: Change = (record) => repairLeads(asRecord(onlyLeads(PRESENT)(record)));
const result = {
  what: 'leads computed from II, V1 and V5: src/signal/lead-repair.ts',
  present: PRESENT,
  fold9: await agreementOf(await paths((fold) => fold === 9), { repaired }),
  fold10: await agreementOf(await paths((fold) => fold === 10), { repaired }),
  zeroshot: await withModel(undefined, worth),
};
console.log(JSON.stringify(result, rounded, 2));

async function paths(wanted: (fold: number) => boolean): Promise<string[]> {
  const rows = await readPtbxl(ptbxl!);
  return rows
    .filter(({ fold }) => wanted(fold))
    .map(({ record }) => join(records!, `${record}.hea`))
    .filter((path) => existsSync(path));
}

/** Macro AUROC of the superclasses on fold 10: three leads, three leads and the computed ones, twelve leads. */
async function worth(app: App) {
  const table = await readLabels(join(ptbxl!, 'labels_super.csv'));
  const rows = table.rows.filter(
    ({ fold, record }) => fold === 10 && existsSync(join(records!, `${record}.hea`)),
  );
  const vectors = await labelVectors(app, 'ptbxl-super', table.labels);
  const scored = async (change?: Change): Promise<ScoredSet> => {
    const embedded = await embedAll(app, {
      folder: records!,
      records: rows.map(({ record }) => record),
      ...(change && { change }),
    });
    return scoreSet(rows, table.labels, cosines(embedded, vectors));
  };
  const [three, computed, twelve] = [
    await scored(onlyLeads(PRESENT)),
    await scored(repaired),
    await scored(),
  ];
  const [low, middle, high] = [three, computed, twelve].map((set) => figuresOf(set));
  return {
    model: await identityOf(app),
    labels: 'ptbxl-super',
    prompts: 'name',
    n: rows.length,
    threeLeads: low,
    threeLeadsAndComputed: middle,
    twelveLeads: high,
    computedMinusThree: compare(computed, three),
    computedMinusTwelve: compare(computed, twelve),
    recoveredShare: (middle!.macroAuroc - low!.macroAuroc) / (high!.macroAuroc - low!.macroAuroc),
  };
}

function asRecord(record: EcgRecord): EcgRecord {
  const { sampleCount: _, adcPerMillivolt: __, ...fields } = record;
  return makeRecord(fields);
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value;
}
