/** Means of `factor` samples each, the last of what is left: a cheap lower rate for measures of noise. */
export function averageDown(source: Float32Array, factor: number): Float32Array {
  if (factor === 1) return source;
  const target = new Float32Array(Math.ceil(source.length / factor));
  for (let index = 0; index < target.length; index += 1) {
    const start = index * factor;
    const end = Math.min(source.length, start + factor);
    let sum = 0;
    for (let at = start; at < end; at += 1) sum += source[at]!;
    target[index] = sum / (end - start);
  }
  return target;
}
