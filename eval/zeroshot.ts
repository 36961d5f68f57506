/**
 * Prompts compared on the same vectors: texts composed from the knowledge base (CKEPE without a language model),
 * bare label names and, where the user has them, MERL's published prompts.
 *
 *     npx tsx eval/zeroshot.ts --records DIR --ptbxl DIR --challenge DIR [--merl FILE] [--model NAME] [--fold 10]
 *         [--compare TEMPLATE_OR_FILE]... [--held-out FOLDER] [--out FILE]
 *
 * Folders as in eval/model.ts. `--merl`: zeroshot/CKEPE_prompt.json of MERL's repository, which is not part of
 * this one. `--held-out`: a model trained without the concepts of held_out.json, scored on folds 9 and 10.
 * Labels with under 5 positives are left out; differences are paired, by a bootstrap over patients. Wordings are
 * chosen on fold 9, where CPSC2018 is not touched.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { App } from '../src/app.js';
import { type Embedded, embedAll } from './model/embedded.js';
import { embedCpsc, heldOut, heldOutBy, measurePtbxl, scoreCpsc } from './model/rows.js';
import {
  compare,
  compareMeans,
  figuresOf,
  REPLICATES,
  type ScoredSet,
  SEED,
} from './model/scored-set.js';
import { identityOf, withModel } from './model/with-model.js';
import { type PtbxlRow, readPtbxl } from './ptbxl.js';
import { rounded } from './rounded.js';

type Sets = Readonly<Record<string, ScoredSet>>;

const { values: given } = parseArgs({
  options: {
    records: { type: 'string' },
    ptbxl: { type: 'string' },
    challenge: { type: 'string' },
    merl: { type: 'string' },
    compare: { type: 'string', multiple: true, default: [] },
    model: { type: 'string' },
    fold: { type: 'string', default: '10' },
    'held-out': { type: 'string' },
    out: { type: 'string' },
  },
});
const { records: recordsFolder, ptbxl: ptbxlFolder, challenge } = given;
if (!recordsFolder || !ptbxlFolder || !challenge)
  throw new Error('--records DIR, --ptbxl DIR and --challenge DIR are needed');
const fold = Number(given.fold);
const others = ['name', ...(given.merl ? [given.merl] : []), ...given.compare];
const rows = (await readPtbxl(ptbxlFolder)).filter(({ record }) =>
  existsSync(join(recordsFolder, `${record}.hea`)),
);
const rowOf = new Map(rows.map((row) => [row.record, row]));

const result = {
  measured: 'eval/zeroshot.ts',
  data: 'PTB-XL 1.0.3 subset (CC BY 4.0) and CPSC2018 (CC BY 4.0)',
  fold,
  seed: SEED,
  replicates: REPLICATES,
  ...(await withModel(given.model, labelSets)),
  ...(given['held-out'] && { heldOut: await withModel(given['held-out'], heldOutConcepts) }),
};
const text = `${JSON.stringify(rounded(result), null, 1)}\n`;
if (given.out) await writeFile(given.out, text);
else process.stdout.write(text);

async function labelSets(app: App) {
  const embedded = await embed(app, (row) => row.fold === fold);
  const source = { challenge: challenge!, labels: join(ptbxlFolder!, '../labels_cpsc2018.csv') };
  const cpsc = fold === 10 ? await embedCpsc(app, source) : undefined;
  const setsBy = async (prompts: string): Promise<Sets> => ({
    ...(await measurePtbxl(app, embedded, { ptbxl: ptbxlFolder!, fold, prompts })),
    ...(cpsc && { cpsc2018: await scoreCpsc(app, { ...source, prompts }, cpsc) }),
  });
  const composed = await setsBy('ckepe');
  const against: Record<string, unknown> = {};
  for (const prompts of others)
    against[choiceName(prompts)] = comparison(composed, await setsBy(prompts));
  const figures = mapSets(composed, figuresOf);
  return { model: await identityOf(app), ckepe: { mean: meanOf(composed), ...figures }, against };
}

/** Of each choice: its own mean and figures, and how far `ckepe` lies above. */
function comparison(composed: Sets, sets: Sets) {
  return {
    mean: compareMeans(Object.values(composed), Object.values(sets)),
    ...mapSets(sets, (set, name) => {
      const rest = Object.entries(figuresOf(set).labels).map(([key, { auroc }]) => [key, auroc]);
      return { ...compare(composed[name]!, set), labels: Object.fromEntries(rest) };
    }),
  };
}

/** The concepts a model never heard of, by composed prompts and by their bare names. */
async function heldOutConcepts(app: App) {
  const unseen = await embed(app, (row) => row.fold >= 9);
  const about = (record: string): PtbxlRow => rowOf.get(record)!;
  const composed = await heldOutBy(app, unseen, { about, prompts: 'ckepe' });
  const named = await heldOut(app, unseen, about);
  return {
    folds: [9, 10],
    model: await identityOf(app),
    ckepe: figuresOf(composed),
    name: figuresOf(named),
    againstName: compare(composed, named),
  };
}

function mapSets<T>(sets: Sets, work: (set: ScoredSet, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, work(set, name)]));
}

function meanOf(sets: Sets): number {
  const values = Object.values(sets).map((set) => figuresOf(set).macroAuroc);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** MERL's file by what it is, others by their own names. */
function choiceName(prompts: string): string {
  return prompts === given.merl ? 'merl' : basename(prompts, '.json');
}

function embed(app: App, isWanted: (row: PtbxlRow) => boolean): Promise<Embedded[]> {
  const records = rows.filter(isWanted).map(({ record }) => record);
  return embedAll(app, { folder: recordsFolder!, records });
}
