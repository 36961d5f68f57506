/**
 * L2-regularised logistic regression on sparse rows by L-BFGS (Liu and Nocedal 1989), the intercept free: what
 * scikit-learn's LogisticRegression minimises, 0.5 |w|^2 + C sum log(1 + exp(-y f)).
 */

/** A row's features: positions ascending, and their values. */
export interface SparseRow {
  readonly at: Int32Array;
  readonly values: Float64Array;
}

export interface Logistic {
  readonly weights: Float64Array;
  readonly intercept: number;
}

const HISTORY = 10;
const MAX_ITERATIONS = 150;
const TOLERANCE = 1e-4;

interface Problem {
  readonly rows: readonly SparseRow[];
  /** 0 or 1 a row. */
  readonly truth: Uint8Array;
  readonly width: number;
  readonly c: number;
}

export function fitLogistic(problem: Problem): Logistic {
  const size = problem.width + 1;
  let x: Float64Array = new Float64Array(size);
  let { loss, gradient } = lossAt(problem, x);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const start = norm(gradient);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration += 1) {
    if (norm(gradient) <= TOLERANCE * Math.max(1, start)) break;
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    let step = steps.length === 0 ? 1 / Math.max(1, norm(gradient)) : 1;
    let next = x;
    let after = { loss, gradient };
    for (let tries = 0; tries < 30; tries += 1, step /= 2) {
      next = x.map((value, at) => value + step * direction[at]!);
      after = lossAt(problem, next);
      if (after.loss <= loss + 1e-4 * step * slope) break;
    }
    if (!(after.loss < loss)) break;
    const s = next.map((value, at) => value - x[at]!);
    const y = after.gradient.map((value, at) => value - gradient[at]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12) steps.push({ s, y, rho: 1 / curvature });
    if (steps.length > HISTORY) steps.shift();
    x = next;
    ({ loss, gradient } = after);
  }
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

/** The two-loop recursion. */
function descent(
  gradient: Float64Array,
  steps: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (const { s, y, rho } of [...steps].reverse()) {
    const alpha = rho * dot(s, q);
    alphas.unshift(alpha);
    addTo(q, -alpha, y);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let at = 0; at < q.length; at += 1) q[at]! *= scale;
  }
  for (const [index, { s, y, rho }] of steps.entries())
    addTo(q, alphas[index]! - rho * dot(y, q), s);
  return q;
}

function addTo(target: Float64Array, factor: number, other: Float64Array): void {
  for (let at = 0; at < target.length; at += 1) target[at]! += factor * other[at]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

const norm = (a: Float64Array) => Math.sqrt(dot(a, a));
