/**
 * Missing samples (NaN) within a lead. Filters need a signal without holes; what was missing stays known
 * from the record itself.
 */

import type { EcgRecord } from '../ecg/record.js';

/** A hole this long can hide a heartbeat. */
const HIDES_BEAT_SECONDS = 0.1;

/** Stretches `[start, end)` in samples, long enough to hide a heartbeat, in which no lead holds a sample. */
export function unseenSpans({ samples, leads, sampleCount, samplingRateHz }: EcgRecord) {
  const spans: [number, number][] = [];
  let start = 0;
  for (let at = 0; at <= sampleCount; at += 1) {
    if (at < sampleCount && !isSeen(at)) continue;
    if (at - start >= HIDES_BEAT_SECONDS * samplingRateHz) spans.push([start, at]);
    start = at + 1;
  }
  return spans;

  function isSeen(at: number): boolean {
    for (let lead = 0; lead < leads.length; lead += 1)
      if (Number.isFinite(samples[lead * sampleCount + at])) return true;
    return false;
  }
}

/** True where no sample of the lead is there (every one NaN or infinite). */
export function isMissing(source: Float32Array): boolean {
  for (const value of source) if (Number.isFinite(value)) return false;
  return true;
}

/**
 * A copy without NaN or infinity: a gap becomes the straight line between its neighbours, at an edge the
 * nearest sample is held. A lead with no sample at all becomes zeros (ask `isMissing` to tell them apart).
 * @param source samples of one lead, any unit
 */
export function fillGaps(source: Float32Array): Float32Array {
  const target = source.slice();
  let before = -1; // the last index that holds a sample
  for (let index = 0; index < target.length; index += 1) {
    if (!Number.isFinite(target[index])) continue;
    if (index - before > 1) fillBetween(target, before, index);
    before = index;
  }
  if (before === -1) return target.fill(0);
  return target.fill(target[before]!, before + 1);
}

/** Fills what lies between two samples; `before` -1 means that the gap starts the lead. */
function fillBetween(target: Float32Array, before: number, after: number): void {
  const right = target[after]!;
  const left = before === -1 ? right : target[before]!;
  const slope = (right - left) / (after - before);
  for (let index = before + 1; index < after; index += 1) {
    target[index] = left + slope * (index - before);
  }
}
