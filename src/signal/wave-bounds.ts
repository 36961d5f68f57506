/**
 * A P or T wave in one lead: the pair of flanks around a peak, on the wavelet's scale 2^4 at 250 Hz, after
 * Martinez et al. 2004 (doi 10.1109/TBME.2003.821031). Whether the wave is there at all is asked elsewhere
 * (wave-presence.ts): in any stretch something is the largest wave.
 */
import type { Wave } from './assemble-delineation.js';
import { isSteepest, runOut } from './qrs-bounds.js';
import { WAVELET_SHIFT } from './wavelet.js';

export interface WaveRules {
  /** A second flank counts where it is at least this steep against the steepest one. */
  readonly flankShare: number;
  /** Parts of a flank's steepness at which the wave starts and ends. */
  readonly onsetLevel: number;
  readonly offsetLevel: number;
  /** Longest way from a flank to the wave's end, seconds. */
  readonly runOutSeconds: number;
  /** Longest way between the two flanks of one peak, seconds. */
  readonly widthSeconds: number;
}

export const P_RULES: WaveRules = {
  flankShare: 0.35,
  onsetLevel: 0.6,
  offsetLevel: 0.85,
  runOutSeconds: 0.08,
  widthSeconds: 0.12,
};

/** On the scale 2^3, for a P wave that runs into the complex. */
export const NARROW_P_RULES: WaveRules = {
  ...P_RULES,
  flankShare: 0.25,
  onsetLevel: 0.3,
  offsetLevel: 0.5,
};

export const T_RULES: WaveRules = {
  flankShare: 0.3,
  onsetLevel: 0.35,
  offsetLevel: 0.4,
  runOutSeconds: 0.16,
  widthSeconds: 0.24,
};

/** For a T wave with hardly a second flank. */
export const ONE_SIDED_T_RULES: WaveRules = { ...T_RULES, flankShare: 0.05 };

/** A wave with its steepest flank, in the unit of the transform. */
export interface SteepWave extends Wave {
  readonly steepness: number;
}

export interface Stretch {
  /** First and last sample that may belong to the wave. */
  readonly from: number;
  readonly to: number;
  readonly rateHz: number;
}

/** The largest wave in the stretch; null where the stretch holds no peak. */
export function largestWave(
  slope: Float32Array,
  { from, to, rateHz }: Stretch,
  rules: WaveRules,
): SteepWave | null {
  const flanks: number[] = [];
  const start = Math.max(1, Math.round(from));
  const end = Math.min(slope.length - 2, Math.round(to));
  let steepest = -1;
  for (let index = start; index <= end; index += 1) {
    if (!isSteepest(slope, index)) continue;
    flanks.push(index);
    if (steepest === -1 || Math.abs(slope[index]!) > Math.abs(slope[steepest]!)) steepest = index;
  }
  if (steepest === -1) return null;
  const width = rules.widthSeconds * rateHz;
  const enough = rules.flankShare * Math.abs(slope[steepest]!);
  const counts = (index: number | undefined): index is number =>
    index !== undefined && Math.abs(slope[index]!) >= enough;
  const opposite = (index: number) => slope[index]! * slope[steepest]! < 0;
  const before = flanks
    .filter((index) => index < steepest && steepest - index <= width)
    .findLast(opposite);
  const after = flanks.find(
    (index) => index > steepest && index - steepest <= width && opposite(index),
  );
  const pair = strongerPair(
    slope,
    steepest,
    counts(before) ? before : undefined,
    counts(after) ? after : undefined,
  );
  if (!pair) return null;
  const [first, last] = pair;
  const reach = Math.round(rules.runOutSeconds * rateHz);
  const onset = runOut({ slope, from: first, step: -1, level: rules.onsetLevel, reach });
  const offset = runOut({ slope, from: last, step: 1, level: rules.offsetLevel, reach });
  return {
    onset: Math.max(from, onset),
    peak: crossing(slope, pair[2], pair[3]),
    offset: Math.min(to, offset),
    steepness: Math.abs(slope[steepest]!),
  };
}

/** First and last flank of the wave, then the two flanks around its peak. */
function strongerPair(
  slope: Float32Array,
  steepest: number,
  before: number | undefined,
  after: number | undefined,
): [number, number, number, number] | null {
  if (before === undefined && after === undefined) return null;
  if (before === undefined) return [steepest, after!, steepest, after!];
  if (after === undefined) return [before, steepest, before, steepest];
  const isBeforeStronger = Math.abs(slope[before]!) >= Math.abs(slope[after]!);
  return isBeforeStronger ? [before, after, before, steepest] : [before, after, steepest, after];
}

/** The time at which the slope changes sign between two flanks. */
function crossing(slope: Float32Array, from: number, to: number): number {
  const sign = Math.sign(slope[from]!);
  for (let index = from; index < to; index += 1) {
    const next = sign * slope[index + 1]!;
    if (next > 0) continue;
    const here = sign * slope[index]!;
    return index + here / (here - next) + WAVELET_SHIFT;
  }
  return (from + to) / 2 + WAVELET_SHIFT;
}
