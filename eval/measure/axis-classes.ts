/**
 * The QRS axis against PTB-XL's `heart_axis`, which follows German usage: cut-offs between the classes are fitted
 * on folds 1-8 (most recordings right), agreement is told of the other folds.
 */

/** From -180 degrees on; what lies beyond the last is the first again. SAG is no direction in this plane. */
const ORDER = ['AXR', 'ALAD', 'LAD', 'MID', 'RAD', 'ARAD'] as const;
const START = [-120, -30, 0, 90, 120, 170];
const ROUND_COUNT = 8;

export interface AxisRow {
  readonly fold: number;
  readonly heartAxis: string;
  readonly degrees: number | null;
}

export interface AxisAgreement {
  readonly n: number;
  readonly agreement: number;
  /** 95 % (Wilson). */
  readonly interval: readonly [number, number];
}

/** Upper limits of the classes in `ORDER`, in whole degrees: coordinate by coordinate until nothing gets better. */
export function fitCutOffs(rows: readonly AxisRow[]): number[] {
  let best = [...START];
  let right = rightCount(rows, best);
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    for (let index = 0; index < best.length; index += 1) {
      const [low, high] = [best[index - 1] ?? -180, best[index + 1] ?? 180];
      for (let cut = low; cut <= high; cut += 1) {
        const tried = best.with(index, cut);
        const count = rightCount(rows, tried);
        if (count > right) [best, right] = [tried, count];
      }
    }
  }
  return best;
}

export function axisClass(degrees: number, cutOffs: readonly number[]): string {
  const index = cutOffs.findIndex((cut) => degrees <= cut);
  return ORDER[index === -1 ? 0 : index]!;
}

/** No axis counts as wrong. */
export function agreementOf(rows: readonly AxisRow[], cutOffs: readonly number[]): AxisAgreement {
  const n = rows.length;
  const share = rightCount(rows, cutOffs) / n;
  const z2 = 1.96 ** 2;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (1.96 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  const rounded = (value: number) => Math.round(value * 10_000) / 10_000;
  return {
    n,
    agreement: rounded(share),
    interval: [rounded(centre - half), rounded(centre + half)],
  };
}

function rightCount(rows: readonly AxisRow[], cutOffs: readonly number[]): number {
  return rows.filter(
    ({ heartAxis, degrees }) => degrees !== null && axisClass(degrees, cutOffs) === heartAxis,
  ).length;
}
