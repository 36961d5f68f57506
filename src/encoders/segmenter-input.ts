/**
 * From leads to the windows that a segmenter's graph takes: band-passed and divided by the mean magnitude over
 * the whole lead, cut into overlapping windows, zeros at the end. `models/delineator` does the same with SciPy.
 */
import { butterworthBandpass, filterZeroPhase } from '../signal/filter.js';
import { windowStarts } from '../signal/windows.js';
import type { SegmenterLead } from './segmenter-manifest.js';

/** A lead as the graph knows it; zeros where it has no signal. */
export function conditionLead(
  samples: Float32Array,
  { filter, samplingRateHz, normalisation }: SegmenterLead,
): Float32Array {
  const sos = butterworthBandpass({ ...filter, samplingRateHz });
  const banded = filterZeroPhase(sos, samples);
  let sum = 0;
  for (const value of banded) sum += Math.abs(value);
  if (sum === 0) return banded;
  const { limit } = normalisation;
  const scale = banded.length / sum;
  for (let index = 0; index < banded.length; index += 1) {
    banded[index] = Math.min(limit, Math.max(-limit, banded[index]! * scale));
  }
  return banded;
}

/** A stretch of the leads that goes through the graph at once, and the part of its result that is kept. */
export interface SegmentWindow {
  readonly start: number;
  /** Samples that go in, padding included. */
  readonly paddedCount: number;
  /** First and last + 1 sample of the lead that are taken from this window. */
  readonly from: number;
  readonly to: number;
}

/** The windows of leads of `sampleCount` samples; one that is no longer than the leads where they fit into it. */
export function segmentWindows(
  sampleCount: number,
  { windowSamples, overlapSamples, lengthMultiple }: SegmenterLead,
): SegmentWindow[] {
  if (sampleCount <= windowSamples) {
    const paddedCount = Math.ceil(sampleCount / lengthMultiple) * lengthMultiple;
    return [{ start: 0, paddedCount, from: 0, to: sampleCount }];
  }
  const starts = windowStarts({
    sampleCount,
    windowSampleCount: windowSamples,
    hopSampleCount: windowSamples - overlapSamples,
  });
  const cut = (index: number) => (starts[index]! + starts[index - 1]! + windowSamples) >> 1;
  return Array.from(starts, (start, index) => ({
    start,
    paddedCount: windowSamples,
    from: index === 0 ? 0 : cut(index),
    to: index === starts.length - 1 ? sampleCount : cut(index + 1),
  }));
}
