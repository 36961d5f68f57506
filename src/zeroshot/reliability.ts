/** How far probabilities hold: reliability table, expected calibration error, Brier score, log loss. */

export interface ReliabilityBin {
  /** Probabilities from `from` to below `to` (the last bin has its end with it). */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability said, and share of positives seen; null in an empty bin. */
  readonly predicted: number | null;
  readonly observed: number | null;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Mean |predicted - observed| over the bins, weighted by count. */
  readonly expectedCalibrationError: number;
  readonly brier: number;
  readonly logLoss: number;
}

const BIN_COUNT = 10;
/** A probability of 0 that is wrong would cost infinitely much. */
const LEAST_PROBABILITY = 1e-6;

export function reliabilityOf(probabilities: Float64Array, positive: Uint8Array): Reliability {
  const sums = Array.from({ length: BIN_COUNT }, () => ({ count: 0, said: 0, seen: 0 }));
  let [brier, logLoss] = [0, 0];
  for (const [at, p] of probabilities.entries()) {
    const bin = sums[Math.min(BIN_COUNT - 1, Math.floor(p * BIN_COUNT))]!;
    bin.count += 1;
    bin.said += p;
    bin.seen += positive[at]!;
    brier += (p - positive[at]!) ** 2;
    const held = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, p));
    logLoss -= positive[at] ? Math.log(held) : Math.log(1 - held);
  }
  const count = probabilities.length;
  const error = sums.reduce((sum, { said, seen }) => sum + Math.abs(said - seen), 0);
  return {
    bins: sums.map(({ count: n, said, seen }, at) => ({
      from: at / BIN_COUNT,
      to: (at + 1) / BIN_COUNT,
      count: n,
      predicted: n === 0 ? null : said / n,
      observed: n === 0 ? null : seen / n,
    })),
    expectedCalibrationError: error / count,
    brier: brier / count,
    logLoss: logLoss / count,
  };
}

/** Area under the ROC curve by ranks, ties counted half. */
export function aurocOf(scores: Float64Array, positive: Uint8Array): number {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let [rankSum, positiveCount] = [0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end += 1;
    const rank = (start + 1 + end) / 2;
    for (const at of order.slice(start, end)) {
      if (positive[at]) rankSum += rank;
      positiveCount += positive[at]!;
    }
    start = end;
  }
  const negativeCount = scores.length - positiveCount;
  return (rankSum - (positiveCount * (positiveCount + 1)) / 2) / (positiveCount * negativeCount);
}
