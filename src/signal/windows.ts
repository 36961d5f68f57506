/** Windows of a recording for a model with a fixed input length. */
import { assert } from '../ecg/errors.js';

export interface WindowOptions {
  /** Samples of the recording, at the model's rate. */
  readonly sampleCount: number;
  readonly windowSampleCount: number;
  readonly hopSampleCount: number;
}

/**
 * First samples of the windows: every hop from 0, the last one aligned to the recording's end so that every
 * sample is in a window. A recording no longer than a window has one, at 0 (the caller pads it).
 */
export function windowStarts(options: WindowOptions): Int32Array {
  const { sampleCount, windowSampleCount, hopSampleCount } = options;
  assert(windowSampleCount > 0, `windowSampleCount is ${windowSampleCount}, above 0 expected`);
  assert(
    hopSampleCount > 0 && hopSampleCount <= windowSampleCount,
    `hopSampleCount is ${hopSampleCount}, 1 to ${windowSampleCount} expected`,
  );
  const lastStart = sampleCount - windowSampleCount;
  if (lastStart <= 0) return new Int32Array(1);
  const count = Math.ceil(lastStart / hopSampleCount) + 1;
  return Int32Array.from({ length: count }, (_, index) =>
    Math.min(index * hopSampleCount, lastStart),
  );
}
