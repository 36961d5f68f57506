/** A test set scored by one model: macro AUROC and average precision, intervals, and two models compared. */
import { bootstrapInterval } from '../../src/evaluate/bootstrap.js';
import { auroc, averagePrecision } from '../../src/evaluate/metrics.js';
import type { LabelTable } from '../ptbxl.js';

export const MIN_POSITIVES = 5;
export const REPLICATES = 1000;
export const SEED = 20240;

/** One score a label and recording; `groups` are the patients, or the recordings where none are known. */
export interface ScoredSet {
  readonly records: readonly string[];
  readonly groups: readonly string[];
  readonly columns: readonly {
    readonly label: string;
    readonly scores: readonly number[];
    readonly truth: readonly number[];
  }[];
}

/** @param score of one label for the recording of a row; labels with under 5 positives are left out */
export function scoreSet(
  rows: LabelTable['rows'],
  labels: readonly string[],
  score: (label: string, record: string) => number,
): ScoredSet {
  const truthOf = (label: string) => rows.map((row) => row.values[label]!);
  const kept = labels.filter(
    (label) => truthOf(label).filter((value) => value === 1).length >= MIN_POSITIVES,
  );
  return {
    records: rows.map((row) => row.record),
    groups: rows.map((row) => row.patientId || row.record),
    columns: kept.map((label) => ({
      label,
      scores: rows.map((row) => score(label, row.record)),
      truth: truthOf(label),
    })),
  };
}

/** The mean over labels of a figure on some rows; labels of one class there are left out. */
export function macro(
  set: ScoredSet,
  rows: readonly number[],
  figure: typeof auroc = auroc,
): number {
  const values = set.columns
    .map(({ scores, truth }) =>
      figure(
        rows.map((row) => scores[row]!),
        rows.map((row) => truth[row]!),
      ),
    )
    .filter(Number.isFinite);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export interface SetFigures {
  readonly n: number;
  readonly macroAuroc: number;
  readonly macroAurocCi: readonly [number, number];
  readonly macroAveragePrecision: number;
  readonly labels: Readonly<
    Record<string, { auroc: number; averagePrecision: number; positives: number }>
  >;
}

export function figuresOf(set: ScoredSet): SetFigures {
  const all = [...set.records.keys()];
  return {
    n: set.records.length,
    macroAuroc: macro(set, all),
    macroAurocCi: interval(set, (rows) => macro(set, rows)),
    macroAveragePrecision: macro(set, all, averagePrecision),
    labels: Object.fromEntries(
      set.columns.map(({ label, scores, truth }) => [
        label,
        {
          auroc: auroc(scores, truth),
          averagePrecision: averagePrecision(scores, truth),
          positives: truth.filter((value) => value === 1).length,
        },
      ]),
    ),
  };
}

export interface Difference {
  readonly macroAuroc: number;
  /** First minus second on the same recordings and labels. */
  readonly difference: number;
  readonly differenceCi: readonly [number, number];
  /** `below` where the whole interval is negative, `above` where it is positive, else `equal`. */
  readonly verdict: 'below' | 'equal' | 'above';
}

/** Paired bootstrap by patient of two scorings of the same recordings. */
export function compare(first: ScoredSet, second: ScoredSet): Difference {
  if (first.records.join() !== second.records.join() || labelsOf(first) !== labelsOf(second))
    throw new Error('the two scorings are not of the same recordings and labels');
  const all = [...first.records.keys()];
  const difference = (rows: readonly number[]) => macro(first, rows) - macro(second, rows);
  const differenceCi = interval(first, difference);
  return {
    macroAuroc: macro(second, all),
    difference: difference(all),
    differenceCi,
    verdict: verdictOf(differenceCi),
  };
}

function labelsOf({ columns }: ScoredSet): string {
  return columns.map(({ label }) => label).join();
}

function interval(set: ScoredSet, statistic: (rows: readonly number[]) => number) {
  return bootstrapInterval(statistic, { groups: set.groups, replicates: REPLICATES, seed: SEED });
}

/** The mean over sets of the macro differences; a resample of all patients serves every set. */
export function compareMeans(
  first: readonly ScoredSet[],
  second: readonly ScoredSet[],
): Difference {
  const rows = first.flatMap((set, at) => set.groups.map((group, row) => ({ at, row, group })));
  const mean = (sets: readonly ScoredSet[], chosen: readonly number[]) => {
    const own = sets.map((): number[] => []);
    for (const index of chosen) own[rows[index]!.at]!.push(rows[index]!.row);
    return sets.reduce((sum, set, at) => sum + macro(set, own[at]!), 0) / sets.length;
  };
  const all = [...rows.keys()];
  const difference = (chosen: readonly number[]) => mean(first, chosen) - mean(second, chosen);
  const groups = rows.map(({ group }) => group);
  const differenceCi = bootstrapInterval(difference, {
    groups,
    replicates: REPLICATES,
    seed: SEED,
  });
  return {
    macroAuroc: mean(second, all),
    difference: difference(all),
    differenceCi,
    verdict: verdictOf(differenceCi),
  };
}

function verdictOf([low, high]: readonly [number, number]): Difference['verdict'] {
  return high < 0 ? 'below' : low > 0 ? 'above' : 'equal';
}
