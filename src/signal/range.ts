/** @param samples without NaN; the highest minus the lowest of them */
export function rangeOf(samples: Float32Array): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of samples) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return max - min;
}
