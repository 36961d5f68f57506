/**
 * The median beat of one lead, and how alike its beats are: a lead that records a heart repeats itself, noise
 * does not (Orphanidou et al. 2015). Ectopic beats are outvoted by the median.
 */

export const BEFORE_SECONDS = 0.25;
export const AFTER_SECONDS = 0.4;
const LEAST_BEATS = 2;
/** Enough for the median of a long recording, taken evenly over it. */
const MOST_BEATS = 60;

export interface BeatTemplate {
  /** The median beat from 0.25 s before to 0.4 s after its R peak; undefined where there is none. */
  readonly beat?: Float32Array;
  /** Highest minus lowest value of the median beat, millivolts; NaN where there is none. */
  readonly beatMillivolts: number;
  /** Correlation of the beats with the median beat, their median and lowest tenth; NaN where there is none. */
  readonly beatCorrelation: number;
  readonly beatCorrelationLow: number;
}

const NO_BEAT: BeatTemplate = Object.freeze({
  beatMillivolts: Number.NaN,
  beatCorrelation: Number.NaN,
  beatCorrelationLow: Number.NaN,
});

/** @param level samples of one lead without its baseline and without NaN */
export function beatTemplate(
  level: Float32Array,
  samplingRateHz: number,
  rPeaksSeconds: readonly number[],
): BeatTemplate {
  const beats = cutBeats(level, samplingRateHz, rPeaksSeconds);
  if (beats.length < LEAST_BEATS) {
    return NO_BEAT;
  }
  const template = medianBeat(beats);
  const correlations = beats.map((beat) => correlation(beat, template)).sort((a, b) => a - b);
  return {
    beat: template,
    beatMillivolts: Math.max(...template) - Math.min(...template),
    beatCorrelation: correlations[correlations.length >> 1]!,
    beatCorrelationLow: correlations[Math.floor(correlations.length / 10)]!,
  };
}

function cutBeats(level: Float32Array, samplingRateHz: number, peaks: readonly number[]) {
  const before = Math.round(BEFORE_SECONDS * samplingRateHz);
  const after = Math.round(AFTER_SECONDS * samplingRateHz);
  const centres = peaks
    .map((seconds) => Math.round(seconds * samplingRateHz))
    .filter((centre) => centre >= before && centre + after <= level.length);
  const stride = Math.max(1, Math.ceil(centres.length / MOST_BEATS));
  return centres
    .filter((_, index) => index % stride === 0)
    .map((centre) => level.subarray(centre - before, centre + after));
}

/** Sample by sample the median over beats. */
export function medianBeat(beats: readonly Float32Array[]): Float32Array {
  const count = beats.length;
  const column = new Float32Array(count);
  const target = new Float32Array(beats[0]!.length);
  for (let at = 0; at < target.length; at += 1) {
    for (let row = 0; row < count; row += 1) insert(column, row, beats[row]![at]!);
    target[at] = (column[(count - 1) >> 1]! + column[count >> 1]!) / 2;
  }
  return target;
}

/** Puts a value into the first `count` sorted ones: faster than sorting for a handful of beats. */
function insert(sorted: Float32Array, count: number, value: number): void {
  let at = count;
  for (; at > 0 && sorted[at - 1]! > value; at -= 1) sorted[at] = sorted[at - 1]!;
  sorted[at] = value;
}

/** Pearson's; 0 where one of the two does not vary. */
export function correlation(a: Float32Array, b: Float32Array): number {
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let index = 0; index < a.length; index += 1) {
    const x = a[index]!;
    const y = b[index]!;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const n = a.length;
  const variances = (sumAA - (sumA * sumA) / n) * (sumBB - (sumB * sumB) / n);
  return variances > 0 ? (sumAB - (sumA * sumB) / n) / Math.sqrt(variances) : 0;
}
