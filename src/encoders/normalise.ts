/**
 * The numbers of a window as the model was trained on them; the rule comes from the manifest.
 *
 * `clip` keeps millivolts. `min-max-block` is MERL's and MELP's (their published data loaders): one range over
 * all leads and samples together, padding and missing leads included. The absolute voltage is lost by it:
 * what depends on it (hypertrophy, low voltage) must be measured beside the vectors.
 */
import type { Normalisation } from './manifest.js';

/**
 * Rewrites the samples of one window in place.
 * @param samples `[leads x sampleCount]` in millivolts, padded, without NaN; afterwards millivolts within the
 *   limit, or numbers from 0 to 1
 */
export function normaliseWindow(samples: Float32Array, rule: Normalisation): void {
  if (rule.type === 'clip') clip(samples, rule.limitMillivolts);
  else scaleToRange(samples, rule.epsilon);
}

function clip(samples: Float32Array, limit: number): void {
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = Math.min(limit, Math.max(-limit, samples[index]!));
  }
}

function scaleToRange(samples: Float32Array, epsilon: number): void {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of samples) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const range = highest - lowest + epsilon;
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = (samples[index]! - lowest) / range;
  }
}
