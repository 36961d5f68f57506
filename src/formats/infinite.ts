/** Infinite values have no meaning in a recording: they are read as missing, with a warning. */
import type { EcgWarning } from '../ecg/record.js';
import { warning } from './warnings.js';

/** Turns infinite samples into NaN in place and tells how many there were. */
export function clearInfinite(samples: Float32Array, warnings: EcgWarning[]): void {
  let count = 0;
  for (let index = 0; index < samples.length; index++) {
    if (Math.abs(samples[index]!) !== Number.POSITIVE_INFINITY) continue;
    samples[index] = Number.NaN;
    count++;
  }
  if (count === 0) return;
  warnings.push(warning('format.infinite', `${count} infinite values were read as missing.`));
}
