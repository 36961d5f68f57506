/** How sets found agree with sets given: counts a row, micro F1, one key's precision and recall. */
import { interval95, resampleWeights } from '../../src/evaluate/bootstrap.js';
import { REPLICATES, SEED } from '../../src/evaluate/figures.js';

export interface RowCounts {
  readonly hits: number;
  readonly falseHits: number;
  readonly missed: number;
}

export function countRow(found: ReadonlySet<string>, given: ReadonlySet<string>): RowCounts {
  const hits = [...found].filter((key) => given.has(key)).length;
  return { hits, falseHits: found.size - hits, missed: given.size - hits };
}

export interface Agreement {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** @param weights how often each row counts; each once where absent */
export function microAgreement(rows: readonly RowCounts[], weights?: ArrayLike<number>): Agreement {
  let [hits, falseHits, missed] = [0, 0, 0];
  rows.forEach((row, at) => {
    const weight = weights === undefined ? 1 : weights[at]!;
    hits += weight * row.hits;
    falseHits += weight * row.falseHits;
    missed += weight * row.missed;
  });
  return {
    precision: hits / (hits + falseHits),
    recall: hits / (hits + missed),
    f1: (2 * hits) / (2 * hits + falseHits + missed),
  };
}

/** 95 % bootstrap interval by patient of micro F1, or of how much the first is above the second. */
export function f1Interval(
  groups: readonly string[],
  first: readonly RowCounts[],
  second?: readonly RowCounts[],
): [number, number] {
  const values: number[] = [];
  for (const weights of resampleWeights({ groups, replicates: REPLICATES, seed: SEED })) {
    const other = second === undefined ? 0 : microAgreement(second, weights).f1;
    values.push(microAgreement(first, weights).f1 - other);
  }
  return interval95(values);
}

export function perKey(
  found: readonly ReadonlySet<string>[],
  given: readonly ReadonlySet<string>[],
): Record<string, Agreement & { given: number; found: number }> {
  const keys = [...new Set([...found, ...given].flatMap((set) => [...set]))].sort();
  return Object.fromEntries(
    keys.map((key) => {
      const only = (set: ReadonlySet<string>) => new Set(set.has(key) ? [key] : []);
      const agreement = microAgreement(
        found.map((set, at) => countRow(only(set), only(given[at]!))),
      );
      const count = (sets: readonly ReadonlySet<string>[]) =>
        sets.filter((set) => set.has(key)).length;
      return [key, { ...agreement, given: count(given), found: count(found) }];
    }),
  );
}
