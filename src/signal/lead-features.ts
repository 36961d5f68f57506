/**
 * What can be said of one lead's quality in numbers: baseline wander, steps, muscle noise, mains hum, bursts, and
 * how alike its beats are. lead-quality.ts turns them into reasons, quality-model.ts into a score.
 *
 * Sources: baseline and noise measures after Clifford et al. 2012 (doi 10.1088/0967-3334/33/9/1419), beats against
 * their template after Orphanidou et al. 2015 (doi 10.1109/JBHI.2014.2338351). The lead is averaged down to about
 * 250 Hz first, so that recordings of every rate are measured alike.
 */
import { averageDown } from './average-down.js';
import { beatTemplate } from './beat-template.js';
import { fillGaps } from './gaps.js';
import { humAmplitude } from './hum.js';
import { movingMean } from './moving-mean.js';
import { orderStatistic } from './order-statistic.js';
import { rangeOf } from './range.js';

const WORKING_HZ = 250;
/** Two passes of it hold back what is faster than about 0.7 Hz. */
const BASELINE_SECONDS = 0.6;
/** What is left after its mean over this time is faster than about 25 Hz. */
const FAST_SECONDS = 0.02;
/** Short enough for most to lie between QRS complexes. */
const NOISE_BLOCK_SECONDS = 0.05;
const STEP_SECONDS = 0.2;
const BLOCK_SECONDS = 1;
/** Noise in most of a second, or a range within it, that hides the beats. */
const DISTURBED_NOISE_MILLIVOLTS = 0.08;
const DISTURBED_RANGE = 3;
/** A second with less than this from lowest to highest shows no beat. */
const QUIET_MILLIVOLTS = 0.05;

export interface LeadFeatures {
  /** The median beat (beat-template.ts); undefined without two beats. */
  readonly beat?: Float32Array;
  /** Highest minus lowest sample of the whole lead, millivolts. */
  readonly spanMillivolts: number;
  /** Part of the seconds in which the lead hardly moves, 0 to 1. */
  readonly quietShare: number;
  /** The largest second's range over the median second's, 1 or more. */
  readonly burstRatio: number;
  /** From the 2nd to the 98th percentile of the baseline, millivolts. */
  readonly wanderMillivolts: number;
  /** The largest change of the baseline in 0.2 s, millivolts. */
  readonly stepMillivolts: number;
  /** Part of the seconds with noise or a deflection that hides the beats, 0 to 1. */
  readonly disturbedShare: number;
  /** Root mean square above about 25 Hz between beats (median over 50 ms), and in the noisiest tenth. */
  readonly muscleMillivolts: number;
  readonly muscleTopMillivolts: number;
  /** Amplitude at 50 or 60 Hz that stands out of its neighbourhood. */
  readonly humMillivolts: number;
  readonly humHz: 50 | 60;
  /** The largest difference of two samples 4 ms apart, millivolts. */
  readonly jumpMillivolts: number;
  /** Height of the median beat, and how beats correlate with it, -1 to 1; NaN without two beats. */
  readonly beatMillivolts: number;
  readonly beatCorrelation: number;
  /** The same in the tenth of the beats that fit worst. */
  readonly beatCorrelationLow: number;
}

/**
 * @param samples of one lead, millivolts, NaN where missing
 * @param rPeaksSeconds where the recording's beats are, over all leads
 */
export function leadFeatures(
  samples: Float32Array,
  samplingRateHz: number,
  rPeaksSeconds: readonly number[],
): LeadFeatures {
  const factor = decimationOf(samplingRateHz);
  const filled = fillGaps(samples);
  const lead = averageDown(filled, factor);
  const rateHz = samplingRateHz / factor;
  const count = (seconds: number) => Math.max(1, Math.round(seconds * rateHz));
  const baseline = movingMean(movingMean(lead, count(BASELINE_SECONDS)), count(BASELINE_SECONDS));
  const level = difference(lead, baseline);
  const fast = difference(level, movingMean(level, count(FAST_SECONDS)));
  return {
    ...movement(lead, count(BLOCK_SECONDS)),
    ...ofBaseline(baseline, count(STEP_SECONDS)),
    ...muscle(fast, count(NOISE_BLOCK_SECONDS)),
    disturbedShare: disturbedShare(
      { level, fast },
      count(BLOCK_SECONDS),
      count(NOISE_BLOCK_SECONDS),
    ),
    ...humAmplitude(filled, samplingRateHz),
    jumpMillivolts: largestChange(lead, 1),
    ...beatTemplate(level, rateHz, rPeaksSeconds),
  };
}

function decimationOf(samplingRateHz: number): number {
  return Math.max(1, Math.round(samplingRateHz / WORKING_HZ));
}

/** The rate at which a lead is measured, and of its median beat. */
export function featureRateHz(samplingRateHz: number): number {
  return samplingRateHz / decimationOf(samplingRateHz);
}

function movement(lead: Float32Array, blockSampleCount: number) {
  const ranges = blockValues(lead, blockSampleCount, rangeOf);
  const quiet = ranges.filter((range) => range < QUIET_MILLIVOLTS).length;
  const sorted = ranges.toSorted(ascending);
  const middle = Math.max(quantile(sorted, 0.5), QUIET_MILLIVOLTS);
  return {
    spanMillivolts: rangeOf(lead),
    quietShare: quiet / ranges.length,
    burstRatio: Math.max(1, quantile(sorted, 1) / middle),
  };
}

function ofBaseline(baseline: Float32Array, stepSampleCount: number) {
  const samples = baseline.slice();
  const at = (part: number) =>
    orderStatistic(samples, Math.min(samples.length - 1, Math.floor(part * samples.length)));
  return {
    wanderMillivolts: at(0.98) - at(0.02),
    stepMillivolts: largestChange(baseline, stepSampleCount),
  };
}

function muscle(fast: Float32Array, blockSampleCount: number) {
  const sizes = blockValues(fast, blockSampleCount, rootMeanSquare).sort(ascending);
  return {
    muscleMillivolts: quantile(sizes, 0.5),
    muscleTopMillivolts: quantile(sizes, 0.9),
  };
}

/** Seconds in which noise between the beats or a range far above the usual hides what the heart does. */
function disturbedShare(
  { level, fast }: { level: Float32Array; fast: Float32Array },
  blockSampleCount: number,
  noiseSampleCount: number,
): number {
  const ranges = blockValues(level, blockSampleCount, rangeOf);
  const noises = blockValues(fast, blockSampleCount, (block) =>
    quantile(blockValues(block, noiseSampleCount, rootMeanSquare).sort(ascending), 0.5),
  );
  const usual = Math.max(quantile(ranges.toSorted(ascending), 0.5), QUIET_MILLIVOLTS);
  const disturbed = ranges.filter(
    (range, at) => noises[at]! > DISTURBED_NOISE_MILLIVOLTS || range > DISTURBED_RANGE * usual,
  );
  return disturbed.length / ranges.length;
}

const ascending = (a: number, b: number) => a - b;

/** A figure of every whole block; of all samples where they are fewer than one block. */
function blockValues(
  samples: Float32Array,
  blockSampleCount: number,
  figure: (block: Float32Array) => number,
): number[] {
  const length = Math.max(1, Math.min(blockSampleCount, samples.length));
  const values: number[] = [];
  for (let start = 0; start + length <= samples.length; start += length)
    values.push(figure(samples.subarray(start, start + length)));
  return values;
}

function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const value of samples) sum += value * value;
  return Math.sqrt(sum / samples.length);
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  const target = new Float32Array(a.length);
  for (let index = 0; index < target.length; index += 1) target[index] = a[index]! - b[index]!;
  return target;
}

function largestChange(samples: Float32Array, apart: number): number {
  let largest = 0;
  for (let index = apart; index < samples.length; index += 1)
    largest = Math.max(largest, Math.abs(samples[index]! - samples[index - apart]!));
  return largest;
}

/** The value below which a part of the sorted values lies. */
function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}
