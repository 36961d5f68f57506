/**
 * Chest electrodes exchanged: from V1 to V6 the beat changes gradually, so two leads in each other's place make
 * the way from lead to lead longer. Told where exchanging two of them shortens it by far.
 */
import type { Beats } from './arm-reversal.js';

const CHEST = ['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
/** What is left of the way, of PTB-XL's folds 1 to 8 reached by fewer than 1 in 100. */
export const CHEST_SHORTENS_TO = 0.6;

/** The two leads whose exchange shortens the way most, and to which part of it; undefined without all six. */
export function chestExchange(
  beats: Beats,
): { leads: readonly [string, string]; shortensTo: number } | undefined {
  const rows = CHEST.map((lead) => beats.get(lead));
  if (!rows.every((beat) => beat !== undefined)) return undefined;
  const apart = rows.map((a) => rows.map((b) => distance(a!, b!)));
  const order = CHEST.map((_, index) => index);
  const recorded = way(apart, order);
  let best: { leads: readonly [string, string]; shortensTo: number } | undefined;
  for (let first = 0; first < order.length; first += 1) {
    for (let second = first + 1; second < order.length; second += 1) {
      const other = order.with(first, second).with(second, first);
      const shortensTo = way(apart, other) / Math.max(recorded, 1e-9);
      if (best === undefined || shortensTo < best.shortensTo)
        best = { leads: [CHEST[first]!, CHEST[second]!], shortensTo };
    }
  }
  return best;
}

function way(apart: readonly (readonly number[])[], order: readonly number[]): number {
  let sum = 0;
  for (let at = 1; at < order.length; at += 1) sum += apart[order[at - 1]!]![order[at]!]!;
  return sum;
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index]! - b[index]!) ** 2;
  return sum;
}
