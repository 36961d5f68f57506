/**
 * Platt scaling: the probability of a score as a logistic curve, fitted to Platt's smoothed targets
 * (Platt 1999; targets and likelihood as in Lin, Lin & Weng 2007, doi 10.1007/s10994-007-5018-6) by
 * Newton's method. Scores are standardised for the fit alone.
 */
import { PqrError } from '../ecg/errors.js';

/** p = 1 / (1 + exp(-(slope x score + intercept))) */
export interface PlattCurve {
  readonly slope: number;
  readonly intercept: number;
}

const STEP_COUNT = 100;
const GRADIENT_TOLERANCE = 1e-10;
/** Keeps the Hessian from being singular where scores separate the classes. */
const RIDGE = 1e-12;

/** @param positive per score: 1 where the label is there, else 0; both must occur */
export function fitPlatt(scores: Float64Array, positive: Uint8Array): PlattCurve {
  const count = scores.length;
  const positiveCount = positive.reduce((sum, one) => sum + one, 0);
  const high = (positiveCount + 1) / (positiveCount + 2);
  const low = 1 / (count - positiveCount + 2);
  const targets = Float64Array.from(positive, (one) => (one ? high : low));
  const { mean, sd } = momentsOf(scores);
  const unit = scores.map((score) => (score - mean) / sd);
  let slope = 0;
  let intercept = Math.log((positiveCount + 1) / (count - positiveCount + 1));
  let loss = lossOf(unit, targets, slope, intercept);
  for (let step = 0; step < STEP_COUNT; step += 1) {
    const { gradient, direction } = newtonStep(unit, targets, slope, intercept);
    if (gradient < GRADIENT_TOLERANCE * count) break;
    let size = 1;
    let next = loss;
    for (; size > 1e-10; size /= 2) {
      next = lossOf(unit, targets, slope + size * direction[0], intercept + size * direction[1]);
      if (next < loss) break;
    }
    if (next >= loss) break; // no step is better: this is the minimum
    slope += size * direction[0];
    intercept += size * direction[1];
    loss = next;
  }
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) {
    throw new PqrError('internal', 'The logistic curve did not converge.');
  }
  return { slope: slope / sd, intercept: intercept - (slope * mean) / sd };
}

export function plattProbability({ slope, intercept }: PlattCurve, score: number): number {
  return logistic(slope * score + intercept);
}

function logistic(value: number): number {
  return value >= 0 ? 1 / (1 + Math.exp(-value)) : Math.exp(value) / (1 + Math.exp(value));
}

function momentsOf(scores: Float64Array): { mean: number; sd: number } {
  const mean = scores.reduce((sum, one) => sum + one, 0) / scores.length;
  const variance = scores.reduce((sum, one) => sum + (one - mean) ** 2, 0) / scores.length;
  return { mean, sd: Math.sqrt(variance) || 1 };
}

/** Negative log-likelihood, without overflow. */
function lossOf(
  scores: Float64Array,
  targets: Float64Array,
  slope: number,
  intercept: number,
): number {
  let loss = 0;
  for (let at = 0; at < scores.length; at += 1) {
    const value = slope * scores[at]! + intercept;
    loss += Math.max(value, 0) - value * targets[at]! + Math.log1p(Math.exp(-Math.abs(value)));
  }
  return loss;
}

function newtonStep(
  scores: Float64Array,
  targets: Float64Array,
  slope: number,
  intercept: number,
): { gradient: number; direction: readonly [number, number] } {
  let [g1, g2, h11, h12, h22] = [0, 0, RIDGE, 0, RIDGE];
  for (let at = 0; at < scores.length; at += 1) {
    const score = scores[at]!;
    const p = logistic(slope * score + intercept);
    const weight = p * (1 - p);
    g1 += (p - targets[at]!) * score;
    g2 += p - targets[at]!;
    h11 += weight * score * score;
    h12 += weight * score;
    h22 += weight;
  }
  const determinant = h11 * h22 - h12 * h12;
  return {
    gradient: Math.max(Math.abs(g1), Math.abs(g2)),
    direction: [(h12 * g2 - h22 * g1) / determinant, (h12 * g1 - h11 * g2) / determinant],
  };
}
