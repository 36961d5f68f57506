/**
 * Right and left arm electrode exchanged: lead I upside down, II and III, aVR and aVL in each other's place. It
 * breaks no identity and shows in morphology alone: P, QRS and T of lead I negative, and lead I against V5 and V6.
 *
 * A logistic regression on median beats, fitted on PTB-XL's folds 1 to 8 as they are and with the arms exchanged
 * (`eval/quality.ts --fit`). Dextrocardia with usual electrodes looks alike in the limb leads; the chest leads,
 * which have part in the score, tell it apart in part only.
 */

import weights from './arm-reversal.json' with { type: 'json' };
import { BEFORE_SECONDS, correlation } from './beat-template.js';

export type Beats = ReadonlyMap<string, Float32Array>;

const CHEST = ['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
/** Seconds from the R peak: P wave, QRS complex, T wave. */
const SEGMENTS: readonly (readonly [number, number])[] = [
  [-0.25, -0.06],
  [-0.06, 0.06],
  [0.12, 0.4],
];

export interface ArmReversalWeights {
  readonly intercept: number;
  readonly weights: readonly number[];
  /** From this probability on it is told. */
  readonly threshold: number;
}

/**
 * Net areas of leads I and II in P, QRS and T, each over the area of all leads there, and their correlations with
 * V1 to V6; undefined where one of the eight leads has no beat.
 */
export function armFeatures(beats: Beats, samplingRateHz: number): number[] | undefined {
  const limb = ['I', 'II'].map((lead) => beats.get(lead));
  const chest = CHEST.map((lead) => beats.get(lead));
  const all = [...limb, ...chest];
  if (!all.every((beat) => beat !== undefined)) return undefined;
  const areas = SEGMENTS.map(([from, to]) => {
    const [start, end] = [from, to].map((at) => Math.round((at + BEFORE_SECONDS) * samplingRateHz));
    const of = (beat: Float32Array) => beat.subarray(start, end).reduce((sum, v) => sum + v, 0);
    const size = all.reduce((sum, beat) => sum + Math.abs(of(beat)), 1e-6) / all.length;
    return limb.map((beat) => Math.max(-3, Math.min(3, of(beat!) / size)));
  });
  const alike = limb.flatMap((beat) => chest.map((other) => correlation(beat!, other!)));
  return [...areas.flat(), ...alike];
}

/** How likely the arm electrodes are exchanged, 0 to 1; undefined where it cannot be said. */
export function armReversal(
  beats: Beats,
  samplingRateHz: number,
  model: ArmReversalWeights = weights,
): { probability: number; told: boolean } | undefined {
  const features = armFeatures(beats, samplingRateHz);
  if (features === undefined) return undefined;
  const sum = features.reduce(
    (total, value, index) => total + value * model.weights[index]!,
    model.intercept,
  );
  const probability = 1 / (1 + Math.exp(-sum));
  return { probability, told: probability >= model.threshold };
}
