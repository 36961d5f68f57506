/** Percentile intervals by a seeded bootstrap over patients (Efron 1979). */

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
  const members = groupedRows(groups);
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const rows = members.flatMap(() => members[Math.floor(random() * members.length)]!);
    values.push(statistic(rows));
  }
  return interval95(values);
}

/** The rows of each group, groups in the order in which they first occur. */
function groupedRows(groups: readonly string[]): number[][] {
  const rowsOf = new Map<string, number[]>();
  groups.forEach((group, row) => {
    const rows = rowsOf.get(group);
    if (rows) rows.push(row);
    else rowsOf.set(group, [row]);
  });
  return [...rowsOf.values()];
}

/**
 * The same resamples as bootstrapInterval draws, as how often each row was drawn.
 * The array is used again for the next resample.
 */
export function* resampleWeights({
  groups,
  replicates,
  seed,
}: BootstrapOptions): Generator<Int32Array> {
  const members = groupedRows(groups);
  const random = seededRandom(seed);
  const weights = new Int32Array(groups.length);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    weights.fill(0);
    for (let draw = 0; draw < members.length; draw += 1) {
      for (const row of members[Math.floor(random() * members.length)]!) weights[row]! += 1;
    }
    yield weights;
  }
}

/** 95 % percentile interval of the finite ones among `values`; NaN where there are none. */
export function interval95(values: readonly number[]): [number, number] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Linear interpolation between order statistics, as NumPy's default; NaN of nothing. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
