/**
 * The median beat of each lead: the recording's normal beats laid over each other, sample by sample, after the
 * baseline (a line through the levels just before each QRS onset) is taken off. Noise and ectopic beats fall
 * out; what is left is what amplitudes, ST levels and axes are read from.
 */
import type { BeatShapes } from './beat-shapes.js';
import type { BeatWaves } from './delineation.js';
import type { LeadRows } from './lead-rows.js';
import { medianInPlace, medianOf } from './median.js';

/** Boundaries of the median beat in its own samples (fractions); null where fewer than half of the beats have it. */
export type MedianWaves = { readonly [Wave in keyof BeatWaves]: number | null };

export interface MedianBeat {
  readonly leads: readonly string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  /** Where the R peaks lie on each other, in samples from the start. */
  readonly rSample: number;
  /** `[leads x sampleCount]`, millivolts against the PR level; NaN where no beat reaches. */
  readonly samples: Float32Array;
  readonly waves: MedianWaves;
  /** How many beats went in. */
  readonly beatCount: number;
}

const BEFORE_SECONDS = 0.4;
const AFTER_SECONDS = 0.7;
/** No more than this share of the RR interval before and after R, so that neighbours stay outside. */
const BEFORE_RR_SHARE = 0.45;
const AFTER_RR_SHARE = 0.7;
/** More beats than this add nothing; they are taken evenly over the recording. */
const MAX_BEAT_COUNT = 64;
/** The level before QRS onset: from 20 to 4 ms before it. */
const LEVEL_FROM_SECONDS = 0.02;
const LEVEL_TO_SECONDS = 0.004;
/** Where QRS onset is not known, it is taken to lie this long before R. */
const USUAL_ONSET_SECONDS = 0.05;

const WAVES = [
  ...(['pOnset', 'pPeak', 'pOffset', 'qrsOnset', 'rPeak', 'qrsOffset'] as const),
  ...(['tOnset', 'tPeak', 'tOffset'] as const),
];

/** @param normal indices of the beats that go in; none gives null */
export function medianBeat(
  leads: LeadRows,
  beats: readonly BeatWaves[],
  normal: readonly number[],
  { alignedSamples }: BeatShapes,
): MedianBeat | null {
  if (normal.length === 0 || leads.names.length === 0) return null;
  const { samplingRateHz } = leads;
  const used = evenly(normal, MAX_BEAT_COUNT);
  const { rSample, sampleCount } = spanOf(beats, samplingRateHz);
  const centres = used.map((beat) => Math.round(alignedSamples[beat]!));
  const samples = new Float32Array(leads.rows.length * sampleCount);
  const knots = knotsOf(beats, samplingRateHz);
  leads.rows.forEach((row, lead) => {
    const target = samples.subarray(lead * sampleCount, (lead + 1) * sampleCount);
    fillMedian(levelled(row, knots, samplingRateHz), centres, rSample, target);
  });
  const waves = medianWaves(beats, used, { alignedSamples, rSample });
  return {
    ...{ leads: leads.names, samplingRateHz, sampleCount, rSample, samples, waves },
    beatCount: used.length,
  };
}

function evenly(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from(
    { length: count },
    (_, at) => values[Math.floor((at * values.length) / count)]!,
  );
}

function spanOf(beats: readonly BeatWaves[], samplingRateHz: number) {
  const rr = medianOf(beats.slice(1).map(({ rPeak }, index) => rPeak - beats[index]!.rPeak));
  const within = (seconds: number, share: number) =>
    Math.round(Math.min(seconds * samplingRateHz, share * (rr ?? Number.POSITIVE_INFINITY)));
  const rSample = within(BEFORE_SECONDS, BEFORE_RR_SHARE);
  return { rSample, sampleCount: rSample + within(AFTER_SECONDS, AFTER_RR_SHARE) + 1 };
}

/** The QRS onsets, at whose levels the baseline is known. */
function knotsOf(beats: readonly BeatWaves[], samplingRateHz: number): number[] {
  return beats.map(
    ({ qrsOnset, rPeak }) => qrsOnset ?? rPeak - USUAL_ONSET_SECONDS * samplingRateHz,
  );
}

/** The lead with the line through its levels before each knot taken off; held before the first and after the last. */
function levelled(
  row: Float32Array,
  knots: readonly number[],
  samplingRateHz: number,
): Float32Array {
  const at = knots.map((knot) => Math.round(knot - LEVEL_FROM_SECONDS * samplingRateHz));
  const levels = knots.map((knot) => levelBefore(row, knot, samplingRateHz));
  const target = new Float32Array(row.length);
  let next = 0;
  for (let index = 0; index < row.length; index += 1) {
    while (next < at.length && at[next]! <= index) next += 1;
    const left = levels[Math.max(0, next - 1)]!;
    const right = levels[Math.min(next, levels.length - 1)]!;
    const isBetween = next > 0 && next < at.length;
    const share = isBetween ? (index - at[next - 1]!) / (at[next]! - at[next - 1]!) : 0;
    target[index] = row[index]! - (left + share * (right - left));
  }
  return target;
}

/** Mean from 20 to 4 ms before `sample`, at least one sample. */
export function levelBefore(row: Float32Array, sample: number, samplingRateHz: number): number {
  const last = Math.round(sample - LEVEL_TO_SECONDS * samplingRateHz);
  const first = Math.min(last, Math.round(sample - LEVEL_FROM_SECONDS * samplingRateHz));
  let sum = 0;
  for (let index = first; index <= last; index += 1) {
    sum += row[Math.min(row.length - 1, Math.max(0, index))]!;
  }
  return sum / (last - first + 1);
}

function fillMedian(
  row: Float32Array,
  centres: readonly number[],
  rSample: number,
  target: Float32Array,
): void {
  const values = new Float64Array(centres.length);
  for (let at = 0; at < target.length; at += 1) {
    let count = 0;
    for (const centre of centres) {
      const index = centre - rSample + at;
      if (index >= 0 && index < row.length) values[count++] = row[index]!;
    }
    target[at] = medianInPlace(values, count);
  }
}

function medianWaves(
  beats: readonly BeatWaves[],
  used: readonly number[],
  { alignedSamples, rSample }: { alignedSamples: Float64Array; rSample: number },
): MedianWaves {
  const entries = WAVES.map((wave) => {
    const places = used.flatMap((beat) => {
      const sample = beats[beat]![wave];
      return sample === null ? [] : [sample - Math.round(alignedSamples[beat]!) + rSample];
    });
    return [wave, 2 * places.length >= used.length ? medianOf(places) : null] as const;
  });
  return Object.fromEntries(entries) as MedianWaves;
}
