/**
 * Where a QRS complex starts and ends in one lead, on the wavelet's scale 2^2 at 250 Hz.
 *
 * After Martinez et al. 2004 (doi 10.1109/TBME.2003.821031): the first and the last flank that is steep enough
 * belong to the complex; its ends are where these flanks have run out.
 */
import { WAVELET_SHIFT } from './wavelet.js';

/** A flank belongs to the complex where it is at least this steep against the steepest one. */
const FIRST_FLANK = 0.08;
const LAST_FLANK = 0.1;
/** A flank has run out at this part of its own steepness, or where it turns. */
const ONSET_LEVEL = 0.06;
const OFFSET_LEVEL = 0.12;
/** Longest way from the R peak to the first and the last flank. */
const BEFORE_SECONDS = 0.09;
const AFTER_SECONDS = 0.12;
/** Longest way from a flank's steepest point to its end. */
const RUN_OUT_SECONDS = 0.06;

export interface Bounds {
  readonly onset: number;
  readonly offset: number;
  /** Steepest flank, in the unit of the transform. */
  readonly steepness: number;
}

/** Onset and offset in samples of `slope`; null where the lead has no complex at `rPeak`. */
export function qrsBounds(slope: Float32Array, rPeak: number, rateHz: number): Bounds | null {
  const from = Math.max(1, Math.round(rPeak - BEFORE_SECONDS * rateHz));
  const to = Math.min(slope.length - 2, Math.round(rPeak + AFTER_SECONDS * rateHz));
  let steepness = 0;
  for (let index = from; index <= to; index += 1) {
    steepness = Math.max(steepness, Math.abs(slope[index]!));
  }
  if (steepness === 0) return null;
  let first = -1;
  let last = -1;
  for (let index = from; index <= to; index += 1) {
    const size = Math.abs(slope[index]!);
    if (!isSteepest(slope, index)) continue;
    if (first === -1 && size >= FIRST_FLANK * steepness) first = index;
    if (size >= LAST_FLANK * steepness) last = index;
  }
  if (first === -1 || last === -1) return null;
  const reach = Math.round(RUN_OUT_SECONDS * rateHz);
  return {
    onset: runOut({ slope, from: first, step: -1, level: ONSET_LEVEL, reach }),
    offset: runOut({ slope, from: last, step: 1, level: OFFSET_LEVEL, reach }),
    steepness,
  };
}

export function isSteepest(slope: Float32Array, index: number): boolean {
  const size = Math.abs(slope[index]!);
  return size > Math.abs(slope[index - 1] ?? 0) && size >= Math.abs(slope[index + 1] ?? 0);
}

export interface RunOut {
  readonly slope: Float32Array;
  /** The flank's steepest point. */
  readonly from: number;
  readonly step: 1 | -1;
  /** Part of the steepness at which the flank has run out. */
  readonly level: number;
  readonly reach: number;
}

/** Where a flank ends, going from its steepest point: below the level, or where it gets steeper again. */
export function runOut({ slope, from, step, level, reach }: RunOut): number {
  const enough = level * Math.abs(slope[from]!);
  const sign = Math.sign(slope[from]!);
  let size = Math.abs(slope[from]!);
  for (let away = 1; away <= reach; away += 1) {
    const next = sign * (slope[from + step * away] ?? 0);
    if (next <= enough) {
      const part = size > next ? (size - enough) / (size - next) : 1;
      return from + step * (away - 1 + part) + WAVELET_SHIFT;
    }
    if (next > size) return from + step * (away - 1) + WAVELET_SHIFT;
    size = next;
  }
  return from + step * reach + WAVELET_SHIFT;
}
