/** Macro AUROC of a label's name against the ECG, over MERL's four PTB-XL label sets. */
import { join } from 'node:path';
import type { Archive } from '../src/archive/ports.js';
import type { TextEncoder } from '../src/encoders/ports.js';
import { bootstrapInterval } from '../src/evaluate/bootstrap.js';
import { auroc } from '../src/evaluate/metrics.js';
import type { LabelSet } from '../src/knowledge/concept.js';
import type { LabelBook } from '../src/server/label-book.js';
import { meanVector } from '../src/zeroshot/score.js';
import { type LabelTable, readLabels } from './ptbxl.js';

const SETS = ['super', 'sub', 'form', 'rhythm'] as const;
const MIN_POSITIVES = 5;

/** How a label becomes a unit vector of the shared space: by its bare name, or by its composed prompt. */
export type LabelVector = (
  set: LabelSet,
  key: string,
  prompts: 'name' | 'ckepe',
) => Promise<Float32Array>;

export interface LabelParts {
  readonly archive: Archive;
  readonly labelVector: LabelVector;
}

interface MeasureOptions {
  readonly folder: string;
  readonly fold: number;
  readonly replicates: number;
  readonly seed: number;
}

export async function measureLabels(parts: LabelParts, options: MeasureOptions) {
  const figures = [];
  for (const prompts of ['name', 'ckepe'] as const) {
    for (const set of SETS) {
      const table = await readLabels(join(options.folder, `labels_${set}.csv`));
      figures.push({
        prompts,
        set,
        fold: options.fold,
        ...(await measureSet(parts, { table, set, prompts, ...options })),
      });
    }
  }
  return figures;
}

interface SetCall extends MeasureOptions {
  readonly table: LabelTable;
  readonly set: (typeof SETS)[number];
  readonly prompts: 'name' | 'ckepe';
}

async function measureSet({ archive, labelVector }: LabelParts, call: SetCall) {
  const ids = idsByRecord(archive);
  const rows = call.table.rows.filter((row) => row.fold === call.fold && ids.has(row.record));
  const labels = call.table.labels.filter(
    (label) => rows.filter((row) => row.values[label] === 1).length >= MIN_POSITIVES,
  );
  const columns: { label: string; scores: number[]; truth: number[] }[] = [];
  for (const label of labels) {
    const scores = await archive.scoreAll(
      'rhythm',
      await labelVector(`ptbxl-${call.set}`, label, call.prompts),
    );
    columns.push({
      label,
      scores: rows.map((row) => scores.get(ids.get(row.record)!)!.score),
      truth: rows.map((row) => row.values[label]!),
    });
  }
  const macro = (chosen: readonly number[]) => {
    const values = columns
      .map(({ scores, truth }) =>
        auroc(
          chosen.map((row) => scores[row]!),
          chosen.map((row) => truth[row]!),
        ),
      )
      .filter(Number.isFinite);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    n: rows.length,
    macroAuroc: macro([...rows.keys()]),
    macroAurocCi: bootstrapInterval(macro, {
      groups: rows.map((row) => row.patientId),
      replicates: call.replicates,
      seed: call.seed,
    }),
    labels: Object.fromEntries(
      columns.map(({ label, scores, truth }) => [
        label,
        { auroc: auroc(scores, truth), positives: truth.filter((value) => value === 1).length },
      ]),
    ),
  };
}

/** A label's vector: the normalised mean over its texts, as the scorer of src/zeroshot makes it. */
export function labelVectors(parts: {
  labelBook: LabelBook;
  textEncoder: TextEncoder;
}): LabelVector {
  return async (set, key, prompts) => {
    const [label] = await parts.labelBook.define([`${set}:${key}`], prompts);
    const rows = await parts.textEncoder.encode(label!.prompts);
    return meanVector(rows, 0, label!.prompts.length, parts.textEncoder.dim);
  };
}

/** PTB-XL's own name of a record, `records500/00000/00001_hr`, to the id in the archive. */
function idsByRecord(archive: Archive): Map<string, string> {
  const ids = new Map<string, string>();
  for (const id of archive.listIds()) {
    const { paths } = archive.get(id)!;
    for (const path of paths) ids.set(path.split('/').slice(-3).join('/'), id);
  }
  return ids;
}
