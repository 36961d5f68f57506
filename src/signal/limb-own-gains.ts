/**
 * The gains, one a limb lead, with which the identities would hold: leads that were scaled one by one (each to
 * the same height, say) fit no longer, and the gains are found up to a common factor.
 *
 * Writing d for the factors that undo the gains and P for the projector onto what violates the identities,
 * the violation is d' (P o C) d with C the covariance: its smallest direction is found by inverse iteration.
 */
import { LIMB_LEADS, LIMB_PARTS } from './limb-leads.js';
import { AS_RECORDED, covariance, LIMB_COUNT, type Moments } from './limb-moments.js';

const ITERATIONS = 12;
/** Keeps the matrix solvable where the identities hold exactly. */
const RIDGE = 1e-9;

/** Relative gains in LIMB_LEADS' order, their median size 1; undefined where a lead is flat. */
export function ownGains(moments: Moments): number[] | undefined {
  const sizes = AS_RECORDED.map((lead) => Math.sqrt(Math.max(0, covariance(moments, lead, lead))));
  if (sizes.some((size) => size === 0)) return undefined;
  const matrix = AS_RECORDED.map((row, i) =>
    AS_RECORDED.map(
      (column, j) =>
        (VIOLATION[i]![j]! * covariance(moments, row, column)) / (sizes[i]! * sizes[j]!) +
        (i === j ? RIDGE : 0),
    ),
  );
  let direction: number[] = new Array(LIMB_COUNT).fill(1);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    direction = solve(matrix, direction);
    const length = Math.hypot(...direction);
    direction = direction.map((value) => value / length);
  }
  const gains = direction.map((value, lead) => sizes[lead]! / value);
  if (!gains.every((gain) => Number.isFinite(gain) && gain !== 0)) return undefined;
  const ordered = gains.map(Math.abs).sort((a, b) => a - b);
  const positive = gains.filter((gain) => gain > 0).length * 2 >= LIMB_COUNT ? 1 : -1;
  const middle = (ordered[2]! + ordered[3]!) / 2;
  return gains.map((gain) => (positive * gain) / middle);
}

/** I - A (A'A)^-1 A': what of six samples no heart vector explains. */
const VIOLATION: readonly (readonly number[])[] = (() => {
  const parts = LIMB_LEADS.map((lead) => LIMB_PARTS[lead]);
  const sum = (f: (part: readonly [number, number]) => number) =>
    parts.reduce((total, part) => total + f(part), 0);
  const [s11, s12, s22] = [sum(([a]) => a * a), sum(([a, b]) => a * b), sum(([, b]) => b * b)];
  const determinant = s11 * s22 - s12 * s12;
  return parts.map(([a, b], i) =>
    parts.map(([c, d], j) => {
      const explained = (a * (s22 * c - s12 * d) + b * (s11 * d - s12 * c)) / determinant;
      return (i === j ? 1 : 0) - explained;
    }),
  );
})();

/** Gaussian elimination with partial pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]!;
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue;
      const factor = rows[row]![column]! / head[column]!;
      for (let at = column; at <= size; at += 1) rows[row]![at]! -= factor * head[at]!;
    }
  }
  return rows.map((row, index) => row[size]! / row[index]!);
}
