/** The label rows of the model's table: PTB-XL's four sets, CPSC2018, fewer leads, held-out concepts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../../src/app.js';
import type { LabelSet } from '../../src/knowledge/concept.js';
import { meanVector } from '../../src/zeroshot/score.js';
import { type LabelTable, readLabels } from '../ptbxl.js';
import { bestRow, type Embedded, embedAll, levelOf, onlyFirst, onlyLeads } from './embedded.js';
import { type ScoredSet, scoreSet } from './scored-set.js';

export const PTBXL_SETS = ['super', 'sub', 'form', 'rhythm'] as const;
export const LEAD_SETS: Readonly<Record<string, readonly string[]>> = {
  I: ['I'],
  II: ['II'],
  'II, V1, V5': ['II', 'V1', 'V5'],
  'limb six': ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'],
};

/** Label key to its unit vector: of its bare name, or of the texts of another choice of prompts. */
export async function labelVectors(
  app: App,
  set: LabelSet,
  keys: readonly string[],
  choice = 'name',
): Promise<Map<string, Float32Array>> {
  const { textEncoder } = await app.model();
  const labels = await (await app.labelBook()).define(
    keys.map((key) => `${set}:${key}`),
    choice,
  );
  const vectors = new Map<string, Float32Array>();
  for (const [index, { prompts }] of labels.entries()) {
    const rows = await textEncoder.encode(prompts);
    vectors.set(keys[index]!, meanVector(rows, 0, prompts.length, textEncoder.dim));
  }
  return vectors;
}

/** The best cosine of a label's vector over a recording's windows. */
export function cosines(embedded: readonly Embedded[], vectors: ReadonlyMap<string, Float32Array>) {
  const byRecord = new Map(embedded.map(({ record, embedding }) => [record, embedding]));
  return (label: string, record: string) =>
    bestRow(levelOf(byRecord.get(record)!, 'rhythm'), vectors.get(label)!).score;
}

export async function measurePtbxl(
  app: App,
  embedded: readonly Embedded[],
  source: { ptbxl: string; fold: number; prompts?: string },
): Promise<Record<(typeof PTBXL_SETS)[number], ScoredSet>> {
  const records = new Set(embedded.map(({ record }) => record));
  const sets: Record<string, ScoredSet> = {};
  for (const set of PTBXL_SETS) {
    const { rows, labels } = await readLabels(join(source.ptbxl, `labels_${set}.csv`));
    const vectors = await labelVectors(app, `ptbxl-${set}`, labels, source.prompts);
    sets[set] = scoreSet(
      rows.filter((row) => row.fold === source.fold && records.has(row.record)),
      labels,
      cosines(embedded, vectors),
    );
  }
  return sets as Record<(typeof PTBXL_SETS)[number], ScoredSet>;
}

export interface CpscSource {
  readonly challenge: string;
  readonly labels: string;
  readonly firstSeconds?: number;
}

/** CPSC2018: whole recordings in the model's own windows, or their first seconds only. */
export async function measureCpsc(app: App, source: CpscSource): Promise<ScoredSet> {
  return scoreCpsc(app, source, await embedCpsc(app, source));
}

export async function embedCpsc(app: App, source: CpscSource): Promise<Embedded[]> {
  const { rows } = await readLabels(source.labels);
  return embedAll(app, {
    folder: source.challenge,
    records: rows.map(({ record }) => record),
    ...(source.firstSeconds !== undefined && { change: onlyFirst(source.firstSeconds) }),
  });
}

export async function scoreCpsc(
  app: App,
  source: { labels: string; prompts?: string },
  embedded: readonly Embedded[],
): Promise<ScoredSet> {
  const { rows, labels } = await readLabels(source.labels);
  const vectors = await labelVectors(app, 'cpsc2018', labels, source.prompts);
  return scoreSet(rows, labels, cosines(embedded, vectors));
}

/** Macro AUROC of the superclasses with some of the leads. */
export async function fewerLeads(
  app: App,
  source: { records: string; names: readonly string[]; ptbxl: string },
): Promise<Record<string, ScoredSet>> {
  const table = await readLabels(join(source.ptbxl, 'labels_super.csv'));
  const vectors = await labelVectors(app, 'ptbxl-super', table.labels);
  const found: Record<string, ScoredSet> = {};
  for (const [name, leads] of Object.entries(LEAD_SETS)) {
    const embedded = await embedAll(app, {
      folder: source.records,
      records: source.names,
      change: onlyLeads(leads),
    });
    const rows = table.rows.filter((row) => source.names.includes(row.record));
    found[name] = scoreSet(rows, table.labels, cosines(embedded, vectors));
  }
  return found;
}

type About = (record: string) => { codes: ReadonlySet<string>; patientId: string };

interface HeldOutConcept {
  readonly code: string;
  readonly name: string;
}

/** The concepts of models/training/held_out.json by their plain names; truth is the code's presence. */
export async function heldOut(
  app: App,
  embedded: readonly Embedded[],
  about: About,
): Promise<ScoredSet> {
  const concepts = await heldOutConcepts();
  const { textEncoder } = await app.model();
  const texts = await textEncoder.encode(concepts.map(({ name }) => name));
  const { dim } = textEncoder;
  const vectors = new Map(
    concepts.map(({ code }, index) => [code, texts.slice(index * dim, (index + 1) * dim)]),
  );
  return scoreHeldOut(concepts, embedded, { about, vectors });
}

/** The same by another choice of prompts. */
export async function heldOutBy(
  app: App,
  embedded: readonly Embedded[],
  { about, prompts }: { about: About; prompts: string },
): Promise<ScoredSet> {
  const concepts = await heldOutConcepts();
  const codes = concepts.map(({ code }) => code);
  const vectors = await labelVectors(app, 'ptbxl-scp', codes, prompts);
  return scoreHeldOut(concepts, embedded, { about, vectors });
}

async function heldOutConcepts(): Promise<HeldOutConcept[]> {
  const path = join(import.meta.dirname, '../../models/training/held_out.json');
  const { concepts } = JSON.parse(await readFile(path, 'utf8')) as { concepts: HeldOutConcept[] };
  return concepts;
}

function scoreHeldOut(
  concepts: readonly HeldOutConcept[],
  embedded: readonly Embedded[],
  { about, vectors }: { about: About; vectors: ReadonlyMap<string, Float32Array> },
): ScoredSet {
  const codes = concepts.map(({ code }) => code);
  const rows: LabelTable['rows'] = embedded.map(({ record }) => {
    const known = about(record);
    const values = Object.fromEntries(codes.map((code) => [code, known.codes.has(code) ? 1 : 0]));
    return { record, patientId: known.patientId, fold: 0, values };
  });
  return scoreSet(rows, codes, cosines(embedded, vectors));
}
