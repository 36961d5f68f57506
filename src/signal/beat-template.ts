/**
 * The median beat of one lead, and how alike its beats are: a lead that records a heart repeats itself, noise
 * does not (Orphanidou et al. 2015). Ectopic beats are outvoted by the median.
 */

const BEFORE_SECONDS = 0.25;
const AFTER_SECONDS = 0.4;
const LEAST_BEATS = 2;
/** Enough for the median of a long recording, taken evenly over it. */
const MOST_BEATS = 60;

export interface BeatTemplate {
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
  const column = new Float32Array(beats.length);
  return beats[0]!.map((_, at) => {
    beats.forEach((beat, row) => {
      column[row] = beat[at]!;
    });
    column.sort();
    return (column[(beats.length - 1) >> 1]! + column[beats.length >> 1]!) / 2;
  });
}

/** Pearson's; 0 where one of the two does not vary. */
function correlation(a: Float32Array, b: Float32Array): number {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index]!, b[index]!];
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
