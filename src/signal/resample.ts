/**
 * Resampling by a rational factor with an anti-aliasing FIR filter, polyphase: only the outputs that are
 * kept are computed.
 *
 * Equal to SciPy's `resample_poly(x, up, down, window=('kaiser', 5.0), padtype='line')` in float64: a
 * windowed sinc of 20 x max(up, down) + 1 taps, cut-off at the lower Nyquist rate, gain 1 at 0 Hz, and
 * beyond both ends the straight line through the first and the last sample. Missing samples (NaN) must be
 * filled first (gaps.ts): a NaN spreads over the filter's length.
 */
import { assert } from '../ecg/errors.js';
import { type RateRatio, rateRatio } from './rational.js';

const KAISER_BETA = 5;
/** Zero crossings of the sinc on each side of its centre. */
const HALF_CROSSINGS = 10;
const CACHED_FILTERS = 16;

/** A filter split into `up` phases; row p holds the taps of phase p, last tap first. */
interface PolyphaseFilter {
  readonly up: number;
  readonly down: number;
  readonly halfTapCount: number;
  readonly tapsPerPhase: number;
  /** `[up x tapsPerPhase]` */
  readonly taps: Float64Array;
}

const filters = new Map<string, PolyphaseFilter>();

/** Samples that `resample` gives: ceil(sampleCount x up / down), as SciPy. */
export function resampledCount(sampleCount: number, fromHz: number, toHz: number): number {
  const { up, down } = rateRatio(fromHz, toHz);
  return Math.ceil((sampleCount * up) / down);
}

/**
 * One lead at another sampling rate.
 * @param source samples at `fromHz`, any unit, without NaN
 * @returns samples at `toHz` in the same unit, `resampledCount` of them; a copy where the rates agree.
 */
export function resample(source: Float32Array, fromHz: number, toHz: number): Float32Array {
  const ratio = rateRatio(fromHz, toHz);
  if (ratio.up === ratio.down || source.length === 0) return source.slice();
  const filter = filterFor(ratio);
  const target = new Float32Array(Math.ceil((source.length * ratio.up) / ratio.down));
  filterKept(filter, extendByLine(source, filter.tapsPerPhase), target);
  return target;
}

/** `padded` has tapsPerPhase samples more than the source on each side. */
function filterKept(filter: PolyphaseFilter, padded: Float64Array, target: Float32Array): void {
  const { up, down, halfTapCount, tapsPerPhase, taps } = filter;
  const unrolled = tapsPerPhase - (tapsPerPhase % 4);
  let phase = halfTapCount % up;
  let newest = (halfTapCount - phase) / up; // source index under the phase's first tap
  const phaseStep = down % up;
  const newestStep = (down - phaseStep) / up;
  for (let index = 0; index < target.length; index += 1) {
    const from = newest + 1; // newest - (tapsPerPhase - 1), plus the padding
    const row = phase * tapsPerPhase;
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let tap = 0; tap < unrolled; tap += 4) {
      sum0 += taps[row + tap]! * padded[from + tap]!;
      sum1 += taps[row + tap + 1]! * padded[from + tap + 1]!;
      sum2 += taps[row + tap + 2]! * padded[from + tap + 2]!;
      sum3 += taps[row + tap + 3]! * padded[from + tap + 3]!;
    }
    for (let tap = unrolled; tap < tapsPerPhase; tap += 1) {
      sum0 += taps[row + tap]! * padded[from + tap]!;
    }
    target[index] = sum0 + sum1 + (sum2 + sum3);
    phase += phaseStep;
    newest += newestStep;
    if (phase >= up) {
      phase -= up;
      newest += 1;
    }
  }
}

/** The source with `count` samples before and after it, on the line through its first and last sample. */
function extendByLine(source: Float32Array, count: number): Float64Array {
  const last = source.length - 1;
  const slope = last === 0 ? 0 : (source[last]! - source[0]!) / last;
  const padded = new Float64Array(source.length + 2 * count);
  padded.set(source, count);
  for (let away = 1; away <= count; away += 1) {
    padded[count - away] = source[0]! - away * slope;
    padded[count + last + away] = source[last]! + away * slope;
  }
  return padded;
}

function filterFor(ratio: RateRatio): PolyphaseFilter {
  const key = `${ratio.up}/${ratio.down}`;
  const known = filters.get(key);
  if (known) return known;
  const filter = splitIntoPhases(ratio);
  if (filters.size >= CACHED_FILTERS) filters.delete(filters.keys().next().value!);
  filters.set(key, filter);
  return filter;
}

function splitIntoPhases({ up, down }: RateRatio): PolyphaseFilter {
  const halfTapCount = HALF_CROSSINGS * Math.max(up, down);
  const response = windowedSinc(halfTapCount, 1 / Math.max(up, down));
  const tapsPerPhase = Math.ceil(response.length / up);
  const taps = new Float64Array(up * tapsPerPhase);
  for (let index = 0; index < response.length; index += 1) {
    const phase = index % up;
    const age = (index - phase) / up;
    taps[phase * tapsPerPhase + (tapsPerPhase - 1 - age)] = response[index]! * up;
  }
  assert(halfTapCount / up < tapsPerPhase, 'the padding of resample covers half a filter');
  return { up, down, halfTapCount, tapsPerPhase, taps };
}

/** SciPy's `firwin(2 x half + 1, cutoff, window=('kaiser', 5))`; cutoff in units of the Nyquist rate. */
function windowedSinc(half: number, cutoff: number): Float64Array {
  const response = new Float64Array(2 * half + 1);
  let sum = 0;
  for (let index = 0; index <= 2 * half; index += 1) {
    const away = (index - half) / half;
    const window = besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - away * away)));
    const angle = Math.PI * cutoff * (index - half);
    response[index] = window * (angle === 0 ? 1 : Math.sin(angle) / angle);
    sum += response[index]!;
  }
  for (let index = 0; index <= 2 * half; index += 1) response[index]! /= sum;
  return response;
}

/** The modified Bessel function of order 0, by its power series (fine for the small `x` used here). */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
