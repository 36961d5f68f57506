/**
 * What each part weighs in a fused search. The weights of rhythm, beat and text were measured
 * (docs/decisions/0006-fusion-weights.md).
 *
 * `beat-query` (MELP's) is 0 because the published weights were not to be had: nothing is measured, and its
 * mean is the rhythm vector already.
 *
 * `token` and `lateInteraction` are 0 because they added nothing on fold 9 (eval/fusion.ts): a part of weight 0
 * is neither searched nor scored. To measure another model, search with `fusion: { token: 0.5 }` or
 * `fusion: { lateInteraction: 0.5 }` (SearchRequest), on recordings it was not trained on, and put what was
 * found best here, with its figures in the decision.
 */
import { PqrError } from '../ecg/errors.js';

export interface FusionWeights {
  readonly rhythm: number;
  readonly beat: number;
  readonly 'beat-query': number;
  readonly token: number;
  readonly text: number;
  /** Of the ranking by late interaction over beat and token vectors, among the best of the others. */
  readonly lateInteraction: number;
}

export const FUSION_WEIGHTS: FusionWeights = Object.freeze({
  rhythm: 1,
  beat: 0.5,
  'beat-query': 0,
  token: 0,
  text: 1,
  lateInteraction: 0,
});

const MAX_WEIGHT = 100;

/** The weights with those of a measurement in their place. @throws `usage.invalid` */
export function fusionWeights(given: Partial<FusionWeights> = {}): FusionWeights {
  const weights = { ...FUSION_WEIGHTS, ...given };
  for (const [name, weight] of Object.entries(weights)) {
    if (weight >= 0 && weight <= MAX_WEIGHT) continue;
    throw new PqrError(
      'usage.invalid',
      `The weight of ${name} is ${weight}; a number from 0 to ${MAX_WEIGHT} is needed.`,
    );
  }
  return weights;
}
