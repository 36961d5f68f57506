/** Minimising a smooth function of many numbers by L-BFGS (Liu and Nocedal 1989) with a halving line search. */

const HISTORY = 10;
const MAX_ITERATIONS = 150;
const TOLERANCE = 1e-4;

export interface Loss {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** @returns where the gradient has become small, or no step helps any more */
export function minimise(lossAt: (x: Float64Array) => Loss, start: Float64Array): Float64Array {
  let x = start;
  let { loss, gradient } = lossAt(x);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const first = norm(gradient);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration += 1) {
    if (norm(gradient) <= TOLERANCE * Math.max(1, first)) break;
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    let step = steps.length === 0 ? 1 / Math.max(1, norm(gradient)) : 1;
    let next = x;
    let after: Loss = { loss, gradient };
    for (let tries = 0; tries < 30; tries += 1, step /= 2) {
      next = x.map((value, at) => value + step * direction[at]!);
      after = lossAt(next);
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
  return x;
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
