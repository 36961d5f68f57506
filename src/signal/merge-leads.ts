/** One heartbeat's waves over all leads, from each lead's own: the median of the leads that agree. */
import type { SteepWave } from './wave-bounds.js';

/** Leads count whose wave has at least this part of the typical steepness. */
const STEEP_SHARE = 0.4;
/** Leads count whose peak lies at most this far from the median one. */
const AGREE_SECONDS = 0.06;
/** A wave is there where at least this part of the leads agree. */
const AGREE_SHARE = 0.3;

/** The median of each boundary; null where too few leads agree. `waves` has one entry a lead. */
export function mergeWaves(waves: readonly (SteepWave | null)[], rateHz: number): SteepWave | null {
  const found = waves.filter((wave) => wave !== null);
  if (found.length === 0) return null;
  const typical = median(found.map(({ steepness }) => steepness));
  const steep = found.filter(({ steepness }) => steepness >= STEEP_SHARE * typical);
  const middle = median(steep.map(({ peak }) => peak));
  const agreeing = steep.filter(({ peak }) => Math.abs(peak - middle) <= AGREE_SECONDS * rateHz);
  if (agreeing.length === 0 || agreeing.length < AGREE_SHARE * waves.length) return null;
  return {
    onset: median(agreeing.map(({ onset }) => onset)),
    peak: median(agreeing.map(({ peak }) => peak)),
    offset: median(agreeing.map(({ offset }) => offset)),
    steepness: typical,
  };
}

/** The middle value, of an even number the mean of both; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return sorted.length === 0 ? Number.NaN : (sorted[half - 1]! + sorted[half]!) / 2;
}
