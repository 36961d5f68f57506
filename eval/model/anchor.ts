/** The scores of the supervised anchor (models/training/anchor.py), as a scored set of the same rows. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScoredSet } from './scored-set.js';

interface AnchorTable {
  readonly labels: readonly string[];
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

export interface Anchor {
  readonly name: string;
  readonly sets: Readonly<Record<string, AnchorTable>>;
  readonly fold9: Readonly<Record<string, AnchorTable>>;
}

export async function readAnchor(): Promise<Anchor> {
  return JSON.parse(await readFile(join(import.meta.dirname, '../anchor.json'), 'utf8'));
}

/** The anchor's scores for the rows and labels of another scoring. */
export function anchorSet(table: AnchorTable, like: ScoredSet): ScoredSet {
  return {
    ...like,
    columns: like.columns.map((column) => {
      const at = table.labels.indexOf(column.label);
      return { ...column, scores: like.records.map((record) => table.scores[record]![at]!) };
    }),
  };
}
