/**
 * The figures of a model from language alone: zero-shot labels, fewer leads, retrieval, beats, captions, with
 * its baselines in the same table.
 *
 *     npx tsx eval/model.ts --records DIR --ptbxl DIR --challenge DIR [--model NAME] [--fold 10]
 *         [--held-out FOLDER]... [--reports FOLDER] [--random FOLDER] [--first FOLDER]
 *         [--plots FOLDER] [--out FILE]
 *
 * `--records`: the folder that holds PTB-XL's `records500`; `--ptbxl`: its tables and MERL's label files, with
 * labels_cpsc2018.csv in the folder above; `--challenge`: the folder that holds `cpsc2018/*.hea`. The other
 * folders are models to set beside it: trained without the concepts of held_out.json, trained on reports
 * alone, with random weights, the first bundled model. Prompts are bare label names. Differences to the
 * supervised anchor (eval/anchor.json) are paired, by a bootstrap over patients.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { App } from '../src/app.js';
import { anchorSet, readAnchor } from './model/anchor.js';
import { nearestNeighbour, textOnly } from './model/baselines.js';
import { captionFigures } from './model/captions.js';
import { ectopicCases, figuresOfCases, plotCases } from './model/ectopic-beats.js';
import { type Embedded, embedAll } from './model/embedded.js';
import { plotMisses, worstMisses } from './model/misses.js';
import { reportToEcg } from './model/retrieval.js';
import { fewerLeads, heldOut, measureCpsc, measurePtbxl } from './model/rows.js';
import { compare, figuresOf, REPLICATES, type ScoredSet, SEED } from './model/scored-set.js';
import { identityOf, withModel } from './model/with-model.js';
import { type PtbxlRow, readPtbxl } from './ptbxl.js';
import { rounded } from './rounded.js';

const CROP_SECONDS = 5;
const MISS_COUNT = 10;

const { values: given } = parseArgs({
  options: {
    records: { type: 'string' },
    ptbxl: { type: 'string' },
    challenge: { type: 'string' },
    model: { type: 'string' },
    fold: { type: 'string', default: '10' },
    'held-out': { type: 'string', multiple: true, default: [] },
    reports: { type: 'string' },
    random: { type: 'string' },
    first: { type: 'string' },
    plots: { type: 'string' },
    out: { type: 'string' },
  },
});
const { records: recordsFolder, ptbxl: ptbxlFolder, challenge } = given;
if (!recordsFolder || !ptbxlFolder || !challenge)
  throw new Error('--records DIR, --ptbxl DIR and --challenge DIR are needed');
const fold = Number(given.fold);
const cpscLabels = join(ptbxlFolder, '../labels_cpsc2018.csv');

const rows = (await readPtbxl(ptbxlFolder)).filter(({ record }) =>
  existsSync(join(recordsFolder, `${record}.hea`)),
);
const rowOf = new Map(rows.map((row) => [row.record, row]));
const test = rows.filter((row) => row.fold === fold);
const anchor = await readAnchor();
const anchorSets = { ...anchor.sets, ...(fold === 9 && anchor.fold9) };

const result = await withModel(given.model, measure);
const text = `${JSON.stringify(rounded(result), null, 1)}\n`;
if (given.out) await writeFile(given.out, text);
else process.stdout.write(text);

async function measure(app: App) {
  const embedded = await embed(app, test);
  const sets = await labelSets(app, embedded);
  say('labels');
  const leads = await fewerLeads(app, {
    records: recordsFolder!,
    ptbxl: ptbxlFolder!,
    names: test.map(({ record }) => record),
  });
  say('leads');
  const { folder, textEncoder } = await app.model();
  return {
    measured: 'eval/model.ts',
    data: 'PTB-XL 1.0.3 subset (CC BY 4.0) and CPSC2018 (CC BY 4.0); see shared data README for what is in them',
    fold,
    model: await identityOf(app),
    prompts: 'label names',
    seed: SEED,
    replicates: REPLICATES,
    anchor: anchor.name,
    sets: Object.fromEntries(
      Object.entries(sets).map(([name, set]) => [
        name,
        { ...figuresOf(set), againstAnchor: compare(set, anchorSet(anchorSets[name]!, set)) },
      ]),
    ),
    leads: Object.fromEntries(
      Object.entries(leads).map(([name, set]) => [
        name,
        { ...figuresOf(set), against12Leads: compare(set, sets['super']!) },
      ]),
    ),
    heldOut: await heldOutRows(app),
    reportToEcg: await reportToEcg(embedded, about, textEncoder),
    beats: await beatFigures(app),
    worstMisses: await misses(app, sets),
    ...(folder.manifest.decoder && { captions: await captionFigures(app, embedded) }),
    baselines: await baselines(app, embedded, sets),
  };
}

function about(record: string): PtbxlRow {
  return rowOf.get(record)!;
}

function embed(app: App, some: readonly PtbxlRow[]): Promise<Embedded[]> {
  return embedAll(app, { folder: recordsFolder!, records: some.map(({ record }) => record) });
}

/** The four PTB-XL sets and CPSC2018, whole and its first seconds. */
async function labelSets(
  app: App,
  embedded: readonly Embedded[],
): Promise<Record<string, ScoredSet>> {
  const source = { challenge: challenge!, labels: cpscLabels };
  return {
    ...(await measurePtbxl(app, embedded, { ptbxl: ptbxlFolder!, fold })),
    cpsc2018: await measureCpsc(app, source),
    cpsc2018FiveSeconds: await measureCpsc(app, { ...source, firstSeconds: CROP_SECONDS }),
  };
}

/** Concepts whose codes and wording were kept from training, beside the model that was trained with them. */
async function heldOutRows(app: App) {
  const unseen = rows.filter((row) => row.fold >= 9);
  const known = await heldOut(app, await embed(app, unseen), about);
  const others = [];
  for (const name of given['held-out']) {
    const found = await withModel(name, async (other) => {
      const set = await heldOut(other, await embed(other, unseen), about);
      const model = await identityOf(other);
      return { model, ...figuresOf(set), knownAgainstIt: compare(known, set) };
    });
    others.push(found);
  }
  say('held-out concepts');
  return { folds: [9, 10], trainedWithThem: figuresOf(known), withoutThem: others };
}

async function beatFigures(app: App) {
  const unseen = rows.filter((row) => row.fold >= 9);
  const source = { folder: recordsFolder!, embedded: await embed(app, unseen) };
  const cases = await ectopicCases(app, source, (record) => about(record).codes);
  if (given.plots)
    await plotCases(app, { folder: recordsFolder!, cases, out: join(given.plots, 'beats') });
  say('beats');
  return { folds: [9, 10], ...figuresOfCases(cases), cases };
}

/** Of PTB-XL's sets; the plots are for the model card. */
async function misses(app: App, sets: Readonly<Record<string, ScoredSet>>) {
  const ptbxl = Object.fromEntries(
    Object.entries(sets).filter(([name]) => !name.startsWith('cpsc')),
  );
  const found = worstMisses(ptbxl, (record) => about(record).report, MISS_COUNT);
  const out = given.plots && join(given.plots, 'misses');
  if (out) await plotMisses(app, { folder: recordsFolder!, misses: found, out });
  return found;
}

async function baselines(
  app: App,
  embedded: readonly Embedded[],
  sets: Readonly<Record<string, ScoredSet>>,
) {
  const source = { ptbxl: ptbxlFolder!, fold };
  const train = await embed(
    app,
    rows.filter((row) => row.fold <= 8),
  );
  say('training recordings embedded');
  const reports = new Map(test.map(({ record, report }) => [record, report]));
  const found: Record<string, unknown> = {
    nearestNeighbour: against(sets, await nearestNeighbour(train, embedded, source)),
    textOnly: plain(await textOnly(app, reports, source)),
  };
  for (const name of ['random', 'first', 'reports'] as const) {
    if (!given[name]) continue;
    found[name] = await withModel(given[name], async (other) => ({
      model: await identityOf(other),
      ...against(sets, await labelSets(other, await embed(other, test))),
    }));
    say(name);
  }
  return found;
}

/** Each set's figures, and how far the model lies above (first minus second) on the same recordings. */
function against(
  sets: Readonly<Record<string, ScoredSet>>,
  others: Readonly<Record<string, ScoredSet>>,
) {
  return Object.fromEntries(
    Object.entries(others).map(([name, set]) => [
      name,
      { ...figuresOf(set), modelAgainstIt: compare(sets[name]!, set) },
    ]),
  );
}

function plain(sets: Readonly<Record<string, ScoredSet>>) {
  return Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, figuresOf(set)]));
}

function say(what: string): void {
  process.stderr.write(`${what}\n`);
}
