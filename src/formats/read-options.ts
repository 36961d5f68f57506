/** What a caller can tell the readers. */
import type { Deidentification } from '../ecg/deidentify.js';
import type { Limits } from '../ecg/limits.js';

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** For CSV and NPY files that don't say it themselves. */
  readonly samplingRateHz?: number;
  /** Names of the leads, in order, where the file has none; else the leads to keep, in this order. */
  readonly leads?: readonly string[];
  /** For CSV and NPY files that don't say it themselves; millivolts without it. */
  readonly unit?: 'mV' | 'uV';
  readonly limits?: Limits;
  /** Takes identity out of the record; for this one recording. */
  readonly deidentify?: Deidentification;
}
