/**
 * The figures of a scored test set: one row a label and their plain mean (macro), with 95 % bootstrap intervals
 * by patient, and two scorings of the same recordings compared pair by pair.
 */
import { interval95, resampleWeights } from './bootstrap.js';
import {
  averagePrecision,
  bestThreshold,
  countPositives,
  type Ranking,
  rankedAuroc,
  rankScores,
} from './metrics.js';

export const REPLICATES = 1000;
export const SEED = 20240;

/** One label: a score and 0 or 1 a recording. */
export interface ScoredLabel {
  readonly key: string;
  readonly scores: Float64Array;
  readonly truth: Uint8Array;
}

export type Interval = readonly [number, number];

export interface LabelFigures {
  readonly auroc: number;
  readonly aurocCi: Interval;
  readonly averagePrecision: number;
  /** At the threshold that is best on these very recordings. */
  readonly f1: number;
  readonly accuracy: number;
  readonly positives: number;
}

export interface MacroFigures extends Omit<LabelFigures, 'positives'> {
  /** How many labels the mean is of: those with both classes. */
  readonly labelCount: number;
}

export interface SetFigures {
  readonly labels: Readonly<Record<string, LabelFigures>>;
  readonly macro: MacroFigures;
  /** Labels of one class among these recordings: no AUROC, and not in the mean. */
  readonly singleClass: readonly string[];
}

interface Ranked extends ScoredLabel {
  readonly ranking: Ranking;
}

const ranked = (labels: readonly ScoredLabel[]): Ranked[] =>
  labels.map((label) => ({ ...label, ranking: rankScores(label.scores) }));

/** @param groups the patient of each recording */
export function figuresOf(labels: readonly ScoredLabel[], groups: readonly string[]): SetFigures {
  const withRanking = ranked(labels);
  const samples = aurocSamples(withRanking, groups);
  const rows = withRanking.map(({ key, scores, truth, ranking }, index): [string, LabelFigures] => {
    const auroc = rankedAuroc(ranking, truth);
    const { f1, accuracy } = bestThreshold(scores, truth);
    const single = Number.isNaN(auroc);
    return [
      key,
      {
        auroc,
        aurocCi: single ? [Number.NaN, Number.NaN] : interval95(samples.labels[index]!),
        averagePrecision: single ? Number.NaN : averagePrecision(scores, truth),
        f1: single ? Number.NaN : f1,
        accuracy: single ? Number.NaN : accuracy,
        positives: countPositives(truth),
      },
    ];
  });
  const told = rows.map(([, figures]) => figures).filter(({ auroc }) => Number.isFinite(auroc));
  return {
    labels: Object.fromEntries(rows),
    macro: {
      auroc: mean(told.map(({ auroc }) => auroc)),
      aurocCi: interval95(samples.macro),
      averagePrecision: mean(told.map((one) => one.averagePrecision)),
      f1: mean(told.map(({ f1 }) => f1)),
      accuracy: mean(told.map(({ accuracy }) => accuracy)),
      labelCount: told.length,
    },
    singleClass: rows.filter(([, { auroc }]) => Number.isNaN(auroc)).map(([key]) => key),
  };
}

export interface PairedDifference {
  /** First minus second. */
  readonly difference: number;
  readonly differenceCi: Interval;
  /** `above` where the whole interval is positive, `below` where it is negative, else `equal`. */
  readonly verdict: 'above' | 'equal' | 'below';
}

export interface PairedComparison {
  readonly macro: PairedDifference;
  readonly labels: Readonly<Record<string, PairedDifference>>;
}

/** AUROC of two scorings of the same labels and recordings; every resample serves both. */
export function compareScorings(
  first: readonly ScoredLabel[],
  second: readonly ScoredLabel[],
  groups: readonly string[],
): PairedComparison {
  const [a, b] = [ranked(first), ranked(second)];
  const [of, against] = [aurocSamples(a, groups), aurocSamples(b, groups)];
  const whole = a.map(
    (label, index) =>
      rankedAuroc(label.ranking, label.truth) - rankedAuroc(b[index]!.ranking, b[index]!.truth),
  );
  const labels = a.map(({ key }, index): [string, PairedDifference] => [
    key,
    difference(whole[index]!, minus(of.labels[index]!, against.labels[index]!)),
  ]);
  return {
    macro: difference(mean(whole.filter(Number.isFinite)), minus(of.macro, against.macro)),
    labels: Object.fromEntries(labels),
  };
}

const minus = (a: readonly number[], b: readonly number[]) => a.map((value, at) => value - b[at]!);

function difference(value: number, samples: readonly number[]): PairedDifference {
  const differenceCi = interval95(samples);
  const [low, high] = differenceCi;
  return {
    difference: value,
    differenceCi,
    verdict: low > 0 ? 'above' : high < 0 ? 'below' : 'equal',
  };
}

/** AUROC of every label in every resample (NaN where it has one class there), and their mean. */
function aurocSamples(labels: readonly Ranked[], groups: readonly string[]) {
  const samples = { labels: labels.map((): number[] => []), macro: [] as number[] };
  for (const weights of resampleWeights({ groups, replicates: REPLICATES, seed: SEED })) {
    const values = labels.map(({ ranking, truth }, index) => {
      const value = rankedAuroc(ranking, truth, weights);
      samples.labels[index]!.push(value);
      return value;
    });
    samples.macro.push(mean(values.filter(Number.isFinite)));
  }
  return samples;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
