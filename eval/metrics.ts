/**
 * Figures of merit: AUROC, average precision, precision at k, bootstrap intervals by patient.
 * Ties count as scikit-learn counts them (test/eval compares).
 */

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties half.
 * @returns NaN where there is no positive or no negative
 */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => scores[a] - scores[b],
  );
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end += 1;
    const meanRank = (start + end + 1) / 2; // ranks from 1, ties share their mean
    for (let at = start; at < end; at += 1) {
      if (labels[order[at]] === 1) {
        positives += 1;
        rankSum += meanRank;
      }
    }
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Average precision: the sum over thresholds of the recall gained times the precision there.
 * @returns NaN where there is no positive
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => scores[b] - scores[a],
  );
  const total = order.filter((index) => labels[index] === 1).length;
  if (total === 0) return Number.NaN;
  let found = 0;
  let sum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let gained = 0;
    while (end < order.length && scores[order[end]] === scores[order[start]]) {
      gained += labels[order[end]] === 1 ? 1 : 0;
      end += 1;
    }
    found += gained;
    sum += (gained / total) * (found / end);
    start = end;
  }
  return sum;
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

/** A small seeded generator (mulberry32): uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface BootstrapOptions {
  readonly groups: readonly string[];
  readonly replicates: number;
  readonly seed: number;
}

/**
 * 95 % percentile interval of a statistic over resampled groups (patients), all rows of a group together.
 * Replicates in which the statistic is NaN are left out.
 */
export function bootstrapInterval(
  statistic: (rows: readonly number[]) => number,
  { groups, replicates, seed }: BootstrapOptions,
): [number, number] {
  const rowsOf = new Map<string, number[]>();
  groups.forEach((group, row) => {
    const rows = rowsOf.get(group);
    if (rows) rows.push(row);
    else rowsOf.set(group, [row]);
  });
  const members = [...rowsOf.values()];
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const rows = members.flatMap(() => members[Math.floor(random() * members.length)]!);
    const value = statistic(rows);
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

/** Linear interpolation between order statistics, as NumPy's default; NaN of nothing. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
