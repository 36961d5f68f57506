/**
 * Amplitudes of P, Q, R, S and T and the ST level of one lead, read from its median beat against the PR level.
 *
 * Q is what is negative before the first R, S what is deepest after it; a complex without an R (QS) counts as Q.
 * The least deflection is the one of the Common Standards for Electrocardiography (Eur Heart J 1985;6:815):
 * 20 microvolts. R' and S' are not told apart: R is the tallest, S the deepest.
 */
import type { MedianBeat } from './median-beat.js';

export interface LeadAmplitudes {
  readonly lead: string;
  /** Signed, millivolts; null where the recording has no P. */
  readonly p: number | null;
  /** Depth, millivolts, positive; null where there is none. */
  readonly q: number | null;
  /** Height, millivolts; null where there is none. */
  readonly r: number | null;
  /** Depth, millivolts, positive; null where there is none. */
  readonly s: number | null;
  /** Signed, millivolts; null where the recording has no T. */
  readonly t: number | null;
  /** Highest to lowest point of QRS, millivolts. */
  readonly qrs: number | null;
}

export interface StLevel {
  readonly lead: string;
  /** Level at the J point (QRS offset), and 60 ms later, against the PR level, millivolts. */
  readonly j: number | null;
  readonly j60: number | null;
}

const LEAST_MILLIVOLTS = 0.02;
const ST_SECONDS = 0.06;
/** Levels are means over this much on both sides. */
const LEVEL_SECONDS = 0.004;

export function amplitudesOf(beat: MedianBeat): LeadAmplitudes[] {
  const { pOnset, pOffset, qrsOnset, qrsOffset, tOffset } = beat.waves;
  const tOnset = beat.waves.tOnset ?? qrsOffset;
  return beat.leads.map((lead, index) => {
    const row = beat.samples.subarray(index * beat.sampleCount, (index + 1) * beat.sampleCount);
    return {
      lead,
      p: peakOverLine(row, pOnset, pOffset),
      ...deflections(row, qrsOnset, qrsOffset),
      t: extreme(within(row, tOnset, tOffset)),
    };
  });
}

export function stLevelsOf(beat: MedianBeat): StLevel[] {
  const { qrsOffset } = beat.waves;
  return beat.leads.map((lead, index) => {
    const row = beat.samples.subarray(index * beat.sampleCount, (index + 1) * beat.sampleCount);
    const level = (afterSeconds: number) =>
      qrsOffset === null ? null : levelAround(row, qrsOffset, afterSeconds, beat.samplingRateHz);
    return { lead, j: level(0), j60: level(ST_SECONDS) };
  });
}

function within(row: Float32Array, onset: number | null, offset: number | null): Float32Array {
  if (onset === null || offset === null || offset <= onset) return row.subarray(0, 0);
  return row.subarray(Math.max(0, Math.round(onset)), Math.round(offset) + 1);
}

/** The value farthest from zero, with its sign; null of nothing. */
function extreme(values: Float32Array): number | null {
  let best: number | null = null;
  for (const value of values) {
    if (Number.isFinite(value) && Math.abs(value) > Math.abs(best ?? 0)) best = value;
  }
  return best;
}

/** P stands on the line between its ends. */
function peakOverLine(
  row: Float32Array,
  onset: number | null,
  offset: number | null,
): number | null {
  const wave = within(row, onset, offset);
  const last = wave.length - 1;
  if (last < 1) return null;
  const [start, end] = [wave[0]!, wave[last]!];
  return extreme(wave.map((value, index) => value - (start + ((end - start) * index) / last)));
}

function deflections(row: Float32Array, onset: number | null, offset: number | null) {
  const qrs = within(row, onset, offset);
  if (qrs.length === 0) return { q: null, r: null, s: null, qrs: null };
  const top = qrs.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const bottom = qrs.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const r = top >= LEAST_MILLIVOLTS ? top : null;
  const firstR = r === null ? qrs.length : firstPeak(qrs);
  return {
    q: depth(qrs.subarray(0, firstR)),
    r,
    s: depth(qrs.subarray(firstR)),
    qrs: top - bottom,
  };
}

/** Where the first deflection upwards starts. */
function firstPeak(qrs: Float32Array): number {
  const above = qrs.findIndex((value) => value >= LEAST_MILLIVOLTS);
  let start = above;
  while (start > 0 && qrs[start - 1]! > 0) start -= 1;
  return start;
}

function depth(values: Float32Array): number | null {
  const least = values.reduce((low, value) => Math.min(low, value), 0);
  return least <= -LEAST_MILLIVOLTS ? -least : null;
}

function levelAround(
  row: Float32Array,
  sample: number,
  afterSeconds: number,
  samplingRateHz: number,
): number | null {
  const centre = sample + afterSeconds * samplingRateHz;
  const half = LEVEL_SECONDS * samplingRateHz;
  const values = row.subarray(
    Math.max(0, Math.round(centre - half)),
    Math.round(centre + half) + 1,
  );
  if (values.length === 0 || !values.every(Number.isFinite)) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
