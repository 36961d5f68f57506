/** What the model is set beside: the nearest training recordings, and the report's own words. */
import { join } from 'node:path';
import type { App } from '../../src/app.js';
import { readLabels } from '../ptbxl.js';
import { bestRow, dot, type Embedded, levelOf } from './embedded.js';
import { labelVectors, PTBXL_SETS } from './rows.js';
import { type ScoredSet, scoreSet } from './scored-set.js';

const NEIGHBOURS = 10;

interface Source {
  readonly ptbxl: string;
  readonly fold: number;
}

/**
 * Nearest neighbours in folds 1-8 by the model's own rhythm vectors: the share of the ten nearest that
 * carry the label, weighted by cosine. Uses the training labels, no language.
 */
export async function nearestNeighbour(
  train: readonly Embedded[],
  test: readonly Embedded[],
  { ptbxl, fold }: Source,
): Promise<Record<string, ScoredSet>> {
  const sets: Record<string, ScoredSet> = {};
  for (const set of PTBXL_SETS) {
    const table = await readLabels(join(ptbxl, `labels_${set}.csv`));
    const known = new Map(table.rows.map((row) => [row.record, row.values]));
    const labelled = train.filter(({ record }) => known.has(record));
    const neighbours = new Map(
      test.map(({ record, embedding }) => {
        const query = levelOf(embedding, 'rhythm')!.vectors;
        const near = labelled
          .map((one) => ({
            record: one.record,
            score: bestRow(levelOf(one.embedding, 'rhythm'), query).score,
          }))
          .sort((a, b) => b.score - a.score)
          .slice(0, NEIGHBOURS);
        return [record, near];
      }),
    );
    sets[set] = scoreSet(
      table.rows.filter((row) => row.fold === fold && neighbours.has(row.record)),
      table.labels,
      (label, record) =>
        neighbours
          .get(record)!
          .reduce((sum, one) => sum + one.score * known.get(one.record)![label]!, 0),
    );
  }
  return sets;
}

/** The report's words against the label's name: what language gives where a reader has written already. */
export async function textOnly(
  app: App,
  reportOf: ReadonlyMap<string, string>,
  { ptbxl, fold }: Source,
): Promise<Record<string, ScoredSet>> {
  const { textEncoder } = await app.model();
  const { dim } = textEncoder;
  const described = [...reportOf].filter(([, report]) => report.trim() !== '');
  const vectors = await textEncoder.encode(described.map(([, report]) => report));
  const vectorOf = new Map(
    described.map(([record], row) => [record, vectors.subarray(row * dim, (row + 1) * dim)]),
  );
  const sets: Record<string, ScoredSet> = {};
  for (const set of PTBXL_SETS) {
    const table = await readLabels(join(ptbxl, `labels_${set}.csv`));
    const names = await labelVectors(app, `ptbxl-${set}`, table.labels);
    sets[set] = scoreSet(
      table.rows.filter((row) => row.fold === fold && vectorOf.has(row.record)),
      table.labels,
      (label, record) => dot(vectorOf.get(record)!, names.get(label)!),
    );
  }
  return sets;
}
