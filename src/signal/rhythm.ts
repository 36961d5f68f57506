/** Heart rate and RR intervals from R peaks, and the span of each beat. No rhythm diagnosis. */

export interface Rhythm {
  /** 60000 / mean RR interval; null with fewer than two beats. */
  readonly heartRateBpm: number | null;
  /** Mean and sample standard deviation (n - 1) of the RR intervals; sd is 0 with one interval. */
  readonly rrMilliseconds: { readonly mean: number; readonly sd: number } | null;
}

/**
 * Heart rate and RR statistics over the whole recording, every beat counted (ectopic ones too).
 * @param rPeakSamples rising sample indices
 * @param unseen stretches `[start, end)` in samples that can hide beats: an interval over one does not count
 * @returns nulls where no interval is left: one beat has none
 */
export function rhythmOf(
  rPeakSamples: Int32Array,
  samplingRateHz: number,
  unseen: readonly (readonly [number, number])[] = [],
): Rhythm {
  const intervals: number[] = [];
  for (let index = 1; index < rPeakSamples.length; index += 1) {
    const [from, to] = [rPeakSamples[index - 1]!, rPeakSamples[index]!];
    if (unseen.some(([start, end]) => start < to && end > from)) continue;
    intervals.push(((to - from) * 1000) / samplingRateHz);
  }
  const { length } = intervals;
  if (length === 0) return { heartRateBpm: null, rrMilliseconds: null };
  const mean = intervals.reduce((sum, rr) => sum + rr, 0) / length;
  const squares = intervals.reduce((sum, rr) => sum + (rr - mean) ** 2, 0);
  const sd = length > 1 ? Math.sqrt(squares / (length - 1)) : 0;
  return { heartRateBpm: 60_000 / mean, rrMilliseconds: { mean, sd } };
}

export interface BeatSpanOptions {
  readonly samplingRateHz: number;
  /** Parts of the RR interval before and after the R peak that belong to the beat. */
  readonly beforeRr: number;
  readonly afterRr: number;
  /** RR intervals are held within these bounds (pauses, missed beats, couplets). */
  readonly minRrSeconds: number;
  readonly maxRrSeconds: number;
  /** The RR interval taken where there is only one beat. */
  readonly defaultRrSeconds: number;
}

/**
 * Where each beat starts and ends: `R - beforeRr x RR before` to `R + afterRr x RR after`. The first and the
 * last beat lack a neighbour and take the interval on their other side; a single beat takes the default.
 * @returns `[beatCount x 2]` start and end in samples, fractional, not cut to the recording
 */
export function beatSpans(rPeakSamples: Int32Array, options: BeatSpanOptions): Float32Array {
  const { samplingRateHz, beforeRr, afterRr } = options;
  const spans = new Float32Array(rPeakSamples.length * 2);
  const rrAt = (interval: number) => clampedRr(rPeakSamples, interval, options) * samplingRateHz;
  const lastInterval = rPeakSamples.length - 2;
  rPeakSamples.forEach((peak, beat) => {
    spans[2 * beat] = peak - beforeRr * rrAt(Math.max(beat - 1, 0));
    spans[2 * beat + 1] = peak + afterRr * rrAt(Math.min(beat, lastInterval));
  });
  return spans;
}

/** The RR interval from beat `interval` to the next in seconds, within bounds; the default if none. */
function clampedRr(peaks: Int32Array, interval: number, options: BeatSpanOptions): number {
  if (peaks.length < 2) return options.defaultRrSeconds;
  const rr = (peaks[interval + 1]! - peaks[interval]!) / options.samplingRateHz;
  return Math.min(Math.max(rr, options.minRrSeconds), options.maxRrSeconds);
}
