/**
 * Voltage sums of the rules for ventricular hypertrophy, in millivolts. Which sum is too much, and for whom, is
 * knowledge (knowledge/), no measurement. They hold for true millivolts only.
 */
import type { LeadAmplitudes } from './wave-amplitudes.js';

export interface Voltages {
  /** S in V1 plus the larger R of V5 and V6. Sokolow and Lyon 1949. */
  readonly sokolowLyon: number | null;
  /** R in V1 plus the larger S of V5 and V6. Sokolow and Lyon 1949, right ventricle. */
  readonly sokolowLyonRight: number | null;
  /** R in aVL plus S in V3. Casale et al. 1985, doi 10.1016/S0735-1097(85)80115-7. */
  readonly cornell: number | null;
}

/** A sum is null where one of its leads is missing or has no QRS; of V5 and V6 one is enough. */
export function voltagesOf(amplitudes: readonly LeadAmplitudes[]): Voltages {
  const find = (lead: string) => amplitudes.find((one) => one.lead === lead && one.qrs !== null);
  const height = (lead: string) => {
    const found = find(lead);
    return found && (found.r ?? 0);
  };
  /** A complex without an R is as deep as its QS. */
  const depth = (lead: string) => {
    const found = find(lead);
    return found && (found.s ?? (found.r === null ? (found.q ?? 0) : 0));
  };
  return {
    sokolowLyon: sum(depth('V1'), larger(height('V5'), height('V6'))),
    sokolowLyonRight: sum(height('V1'), larger(depth('V5'), depth('V6'))),
    cornell: sum(height('aVL'), depth('V3')),
  };
}

function sum(a: number | undefined, b: number | undefined): number | null {
  return a === undefined || b === undefined ? null : a + b;
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : Math.max(a, b ?? a);
}
