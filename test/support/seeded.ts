/** Seeded random numbers and vectors for tests: the same on every machine. */

/** Uniform numbers in 0..1 (mulberry32). */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seededNormal(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** `[count x dim]` unit vectors in clusters, as embeddings lie; `spread` is the noise's length. */
export function clusteredVectors(options: {
  readonly count: number;
  readonly dim: number;
  readonly clusterCount: number;
  readonly spread: number;
  readonly seed: number;
}): Float32Array {
  const { count, dim, clusterCount, spread, seed } = options;
  const normal = seededNormal(seed);
  const uniform = seededUniform(seed + 1);
  const centres = Float64Array.from({ length: clusterCount * dim }, normal);
  const vectors = new Float32Array(count * dim);
  for (let row = 0; row < count; row++) {
    const cluster = Math.floor(uniform() * clusterCount);
    let sum = 0;
    for (let at = 0; at < dim; at++) {
      const value = centres[cluster * dim + at]! + spread * normal();
      vectors[row * dim + at] = value;
      sum += value * value;
    }
    const norm = Math.sqrt(sum);
    for (let at = 0; at < dim; at++) vectors[row * dim + at]! /= norm;
  }
  return vectors;
}
