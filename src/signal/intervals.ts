/**
 * PR, QRS and QT of a recording: medians over its normal beats of what the leads agree on (the boundaries of
 * `Delineation.beats`). A wave that fewer than half of those beats have gives no interval.
 */
import type { BeatWaves } from './delineation.js';
import { medianOf } from './median.js';

export interface Intervals {
  /** P onset to P offset. */
  readonly pDurationMilliseconds: number | null;
  /** P onset to QRS onset. */
  readonly prMilliseconds: number | null;
  /** QRS onset to QRS offset. */
  readonly qrsMilliseconds: number | null;
  /** QRS onset to T offset. */
  readonly qtMilliseconds: number | null;
}

type Boundary = Exclude<keyof BeatWaves, 'rPeak'>;

export function intervalsOf(normal: readonly BeatWaves[], samplingRateHz: number): Intervals {
  const between = (from: Boundary, to: Boundary): number | null => {
    const spans = normal.flatMap(({ [from]: start, [to]: end }) =>
      start === null || end === null || end <= start ? [] : [end - start],
    );
    const span = 2 * spans.length >= normal.length ? medianOf(spans) : null;
    return span === null ? null : (span * 1000) / samplingRateHz;
  };
  return {
    pDurationMilliseconds: between('pOnset', 'pOffset'),
    prMilliseconds: between('pOnset', 'qrsOnset'),
    qrsMilliseconds: between('qrsOnset', 'qrsOffset'),
    qtMilliseconds: between('qrsOnset', 'tOffset'),
  };
}
