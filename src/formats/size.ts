/** The limits on a recording's size, checked before anything is allocated for it. */
import { checkLimit, type Limits } from '../ecg/limits.js';

export interface RecordingSize {
  readonly leadCount: number;
  /** Samples a lead. */
  readonly sampleCount: number;
  readonly samplingRateHz: number;
}

/** Throws where a recording would be larger than allowed. @throws `limit.exceeded` */
export function checkSize(size: RecordingSize, limits: Limits): void {
  const seconds = size.sampleCount / size.samplingRateHz;
  checkLimit('leadCount', size.leadCount, 'The recording', limits);
  checkLimit('durationSeconds', seconds, 'The recording', limits);
  checkLimit('sampleCount', size.sampleCount * size.leadCount, 'The recording', limits);
}
