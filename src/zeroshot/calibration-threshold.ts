/** The score from which on a label counts as there, and how often such a threshold is right on unseen folds. */
import { eachFold, taken } from './calibration-folds.js';

/**
 * The score from which on sensitivity + specificity is largest (Youden), in the middle of the gap below it;
 * of equal ones the lowest.
 */
export function youdenThreshold(scores: Float64Array, positive: Uint8Array): number {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const positiveCount = positive.reduce((sum, one) => sum + one, 0);
  const negativeCount = scores.length - positiveCount;
  let best = { gain: Number.NEGATIVE_INFINITY, threshold: scores[order[0]!]! };
  let [hits, alarms] = [0, 0];
  for (const [rank, at] of order.entries()) {
    if (positive[at]) hits += 1;
    else alarms += 1;
    const next = scores[order[rank + 1] ?? at]!;
    if (next === scores[at] && rank + 1 < order.length) continue; // equal scores fall on one side
    const gain = hits / positiveCount - alarms / negativeCount;
    if (gain >= best.gain) best = { gain, threshold: (scores[at]! + next) / 2 };
  }
  return best.threshold;
}

/** Sensitivity and specificity of thresholds chosen without the fold they are tried on. */
export function triedThresholds(scores: Float64Array, positive: Uint8Array, folds: Int32Array) {
  const right = { positive: 0, negative: 0 };
  const tried = { positive: 0, negative: 0 };
  eachFold(folds, ({ train, test }) => {
    const [trainScores, trainPositive] = taken(scores, positive, train);
    const threshold = youdenThreshold(trainScores, trainPositive);
    for (const at of test) {
      const kind = positive[at] ? 'positive' : 'negative';
      tried[kind] += 1;
      if (scores[at]! >= threshold === (kind === 'positive')) right[kind] += 1;
    }
  });
  return {
    sensitivity: right.positive / tried.positive,
    specificity: right.negative / tried.negative,
  };
}
