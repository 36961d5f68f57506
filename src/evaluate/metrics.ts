/**
 * Figures of merit: AUROC, average precision, F1 at the best threshold, precision at k. Ties and single-class labels count as scikit-learn counts them, to 1e-12 (test/evaluate compares).
 */

/** Rows by falling score; `ends[i]` is where run i of equal scores ends in `order`. */
export interface Ranking {
  readonly order: Int32Array;
  readonly ends: Int32Array;
}

/** @param scores finite; sorted once, so that thousands of resamples need no sorting */
export function rankScores(scores: ArrayLike<number>): Ranking {
  const rows = Array.from({ length: scores.length }, (_, row) => row);
  const order = Int32Array.from(rows.sort((a, b) => scores[b]! - scores[a]!));
  const ends: number[] = [];
  for (let at = 1; at <= order.length; at += 1) {
    if (at === order.length || scores[order[at]!] !== scores[order[at - 1]!]) ends.push(at);
  }
  return { order, ends: Int32Array.from(ends) };
}

/** What stands in one run of equal scores, and in it and all runs above. */
interface Run {
  readonly positives: number;
  readonly negatives: number;
  readonly positivesSoFar: number;
  readonly negativesSoFar: number;
  readonly score: number;
}

/** Calls `visit` for every run of equal scores, the highest first. */
function forEachRun(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  visit: (run: Run) => void,
): void {
  const { order, ends } = rankScores(scores);
  let at = 0;
  let positivesSoFar = 0;
  let negativesSoFar = 0;
  for (const end of ends) {
    const before = positivesSoFar;
    const start = at;
    for (; at < end; at += 1) positivesSoFar += labels[order[at]!] === 1 ? 1 : 0;
    const positives = positivesSoFar - before;
    const negatives = end - start - positives;
    negativesSoFar += negatives;
    visit({ positives, negatives, positivesSoFar, negativesSoFar, score: scores[order[start]!]! });
  }
}

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties half.
 * @returns NaN where there is no positive or no negative, as scikit-learn
 */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return rankedAuroc(rankScores(scores), labels);
}

/**
 * The same of scores that are ranked already.
 * @param weights how often each row counts (a bootstrap resample); each once where absent
 */
export function rankedAuroc(
  { order, ends }: Ranking,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  let positives = 0;
  let negatives = 0;
  let wins = 0;
  let at = 0;
  for (let run = 0; run < ends.length; run += 1) {
    let positivesHere = 0;
    let negativesHere = 0;
    for (const end = ends[run]!; at < end; at += 1) {
      const row = order[at]!;
      const weight = weights === undefined ? 1 : weights[row]!;
      if (labels[row] === 1) positivesHere += weight;
      else negativesHere += weight;
    }
    wins += negativesHere * (positives + positivesHere / 2);
    positives += positivesHere;
    negatives += negativesHere;
  }
  return positives === 0 || negatives === 0 ? Number.NaN : wins / (positives * negatives);
}

/**
 * Average precision: the sum over thresholds of the recall gained times the precision there.
 * @returns 0 where there is no positive and 1 where all are, as scikit-learn; NaN of nothing
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (scores.length === 0) return Number.NaN;
  const total = countPositives(labels, scores.length);
  if (total === 0) return 0;
  let sum = 0;
  forEachRun(scores, labels, ({ positives, positivesSoFar, negativesSoFar }) => {
    sum += (positives / total) * (positivesSoFar / (positivesSoFar + negativesSoFar));
  });
  return sum;
}

export function countPositives(labels: ArrayLike<number>, count = labels.length): number {
  let positives = 0;
  for (let row = 0; row < count; row += 1) positives += labels[row] === 1 ? 1 : 0;
  return positives;
}

export interface BestThreshold {
  /** The highest F1 of "positive from the threshold on" (>=). */
  readonly f1: number;
  /** The lowest threshold that reaches it. */
  readonly threshold: number;
  /** Share of rows that "positive above the threshold" (>, as MERL's code has it) gets right. */
  readonly accuracy: number;
}

/**
 * F1 at the threshold that is best on the very data it is measured on, and accuracy just above it: MERL's
 * evaluation (utils/zeroshot_val.py of its repository, over scikit-learn's precision_recall_curve). Both are
 * optimistic: a threshold chosen elsewhere gives less.
 * @returns F1 0 where there is no positive; NaN of nothing
 */
export function bestThreshold(scores: ArrayLike<number>, labels: ArrayLike<number>): BestThreshold {
  const total = countPositives(labels, scores.length);
  let f1 = Number.NaN;
  let threshold = Number.NaN;
  forEachRun(scores, labels, ({ positivesSoFar, negativesSoFar, score }) => {
    const precision = positivesSoFar / (positivesSoFar + negativesSoFar);
    const recall = total === 0 ? 1 : positivesSoFar / total;
    const both = recall + precision;
    const here = both === 0 ? 0 : (2 * recall * precision) / both; // the order of MERL's code, to the last bit
    if (here < f1) return;
    f1 = here;
    threshold = score;
  });
  let right = 0;
  for (let row = 0; row < scores.length; row += 1) {
    right += scores[row]! > threshold === (labels[row] === 1) ? 1 : 0;
  }
  return { f1, threshold, accuracy: right / scores.length };
}

/** The share of the first k that is relevant. */
export function precisionAt(
  k: number,
  ranked: readonly string[],
  relevant: ReadonlySet<string>,
): number {
  if (k === 0) return Number.NaN;
  return ranked.slice(0, k).filter((id) => relevant.has(id)).length / k;
}
