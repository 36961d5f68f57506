/**
 * Takes pacing spikes out of a lead, so that a detector does not take them for QRS complexes.
 *
 * A spike jumps by a large part of the lead's range within about 2 ms and is back at its old level some
 * milliseconds later; no QRS complex does. Below 400 Hz the two cannot be told apart by this and nothing is
 * changed. For detection only: what is bridged is gone.
 */
import { rangeOf } from './range.js';

/** The lowest rate at which a jump of 2 ms is seen. */
const LOWEST_RATE_HZ = 400;
const JUMP_SECONDS = 0.002;
/** The jump as part of the range around it; a narrow QRS complex at 500 Hz reaches 0.25. */
const JUMP_RATIO = 0.38;
/** The jump against the mean one around it: noise reaches 5, a spike 30 and more. */
const JUMP_OVER_MEAN = 10;
/** What is smaller than this part of the whole lead's range disturbs no detector. */
const JUMP_OVER_LEAD = 0.1;
/** Ranges and means around a jump are taken over blocks of this length. */
const BLOCK_SECONDS = 0.25;
/** What is bridged, before and after the jump: the spike and the decay that recorders' filters give it. */
const BEFORE_SECONDS = 0.01;
const AFTER_SECONDS = 0.014;
/** A step that does not come back is no spike: the level may move by this part of the jump. */
const RETURN_RATIO = 0.35;

/**
 * The lead with its spikes bridged by straight lines; the very array given where there is none.
 * @param source samples of one lead without NaN, any unit
 */
export function bridgeSpikes(source: Float32Array, samplingRateHz: number): Float32Array {
  if (samplingRateHz < LOWEST_RATE_HZ) return source;
  const lag = Math.max(1, Math.round(JUMP_SECONDS * samplingRateHz));
  const before = Math.round(BEFORE_SECONDS * samplingRateHz);
  const after = Math.round(AFTER_SECONDS * samplingRateHz);
  const block = Math.round(BLOCK_SECONDS * samplingRateHz);
  const ofLead = JUMP_OVER_LEAD * rangeOf(source);
  let target = source;
  for (let start = 0; start < source.length; start += block) {
    const end = Math.min(source.length, start + block);
    const smallest = Math.max(ofLead, smallestJump(source, start, end));
    if (smallest === 0) continue;
    for (
      let index = Math.max(start, before + lag);
      index < Math.min(end, source.length - after);
      index += 1
    ) {
      const jump = Math.abs(source[index]! - source[index - lag]!);
      if (jump < smallest) continue;
      const from = index - lag - before;
      const to = Math.min(source.length - 1, index + after);
      if (Math.abs(source[to]! - source[from]!) > RETURN_RATIO * jump) continue;
      if (target === source) target = source.slice();
      bridge(target, from, to);
      index = to;
    }
  }
  return target;
}

/** The jump from which on a block's sample is suspected. */
function smallestJump(source: Float32Array, start: number, end: number): number {
  let last = source[start]!;
  let min = last;
  let max = last;
  let travelled = 0;
  for (let index = start; index < end; index += 1) {
    const value = source[index]!;
    if (value < min) min = value;
    if (value > max) max = value;
    travelled += Math.abs(value - last);
    last = value;
  }
  return Math.max(JUMP_RATIO * (max - min), (JUMP_OVER_MEAN * travelled) / (end - start));
}

function bridge(target: Float32Array, from: number, to: number): void {
  const left = target[from]!;
  const slope = (target[to]! - left) / (to - from);
  for (let index = from + 1; index < to; index += 1) target[index] = left + slope * (index - from);
}
