/**
 * L2-regularised logistic regression on sparse rows, the intercept free: what scikit-learn's LogisticRegression
 * minimises, 0.5 |w|^2 + C sum log(1 + exp(-y f)).
 */
import { minimise } from '../minimise.js';

/** A row's features: positions ascending, and their values. */
export interface SparseRow {
  readonly at: Int32Array;
  readonly values: Float64Array;
}

export interface Logistic {
  readonly weights: Float64Array;
  readonly intercept: number;
}

interface Problem {
  readonly rows: readonly SparseRow[];
  /** 0 or 1 a row. */
  readonly truth: Uint8Array;
  readonly width: number;
  readonly c: number;
}

export function fitLogistic(problem: Problem): Logistic {
  const x = minimise((at) => lossAt(problem, at), new Float64Array(problem.width + 1));
  return { weights: x.slice(0, problem.width), intercept: x[problem.width]! };
}

/** The chance that the model gives, 0..1. */
export function probability({ weights, intercept }: Logistic, { at, values }: SparseRow): number {
  let sum = intercept;
  for (let index = 0; index < at.length; index += 1) sum += weights[at[index]!]! * values[index]!;
  return 1 / (1 + Math.exp(-sum));
}

function lossAt({ rows, truth, width, c }: Problem, x: Float64Array) {
  const gradient = x.slice();
  gradient[width] = 0;
  let loss = 0;
  for (let at = 0; at < width; at += 1) loss += 0.5 * x[at]! * x[at]!;
  for (const [row, { at, values }] of rows.entries()) {
    let sum = x[width]!;
    for (let index = 0; index < at.length; index += 1) sum += x[at[index]!]! * values[index]!;
    const signed = truth[row] === 1 ? sum : -sum;
    loss +=
      c * (signed > 0 ? Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed)) - signed);
    const error = c * (1 / (1 + Math.exp(-sum)) - truth[row]!);
    for (let index = 0; index < at.length; index += 1)
      gradient[at[index]!]! += error * values[index]!;
    gradient[width]! += error;
  }
  return { loss, gradient };
}
