/** What a user's label says of a recording once its calibration and its vetoes are heard. */
import { calibratedProbability } from './calibration.js';
import type { Check } from './checks.js';
import type { Decision } from './decision.js';
import { type OwnLabel, textsHash } from './own-label.js';

export interface Outcome {
  readonly decision: Decision | null;
  /** From a calibration on enough examples; null otherwise. A percentile is never one. */
  readonly probability: number | null;
  /** How the decision was made where examples taught it; `stale`: they are of other texts or another model. */
  readonly calibration: 'threshold' | 'platt' | 'isotonic' | 'stale' | null;
}

export interface ScoreToJudge {
  readonly score: number;
  /** By its percentile. */
  readonly decision: Decision | null;
  readonly prompts: readonly string[];
  readonly vetoed: readonly Check[];
}

/** A vetoed label is `low`, whatever its score; else a fresh calibration decides, else the percentile. */
export function outcomeOf(
  { calibration }: Pick<OwnLabel, 'calibration'>,
  { score, decision, prompts, vetoed }: ScoreToJudge,
  modelHash: string,
): Outcome {
  const isFresh = calibration?.texts === textsHash(prompts) && calibration.model === modelHash;
  const isVetoed = vetoed.length > 0;
  if (calibration === undefined || !isFresh) {
    const state = calibration === undefined ? null : 'stale';
    return { decision: isVetoed ? 'low' : decision, probability: null, calibration: state };
  }
  const decided = score >= calibration.threshold ? 'high' : 'low';
  return {
    decision: isVetoed ? 'low' : decided,
    probability: calibratedProbability(calibration, score) ?? null,
    calibration: calibration.method,
  };
}
