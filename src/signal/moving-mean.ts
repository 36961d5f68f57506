/**
 * The mean of the `sampleCount` samples around each one (fewer at the ends), in time linear in the length.
 * @param source without NaN
 */
export function movingMean(source: Float32Array, sampleCount: number): Float32Array {
  const before = sampleCount >> 1;
  const after = sampleCount - before; // one past the last
  const target = new Float32Array(source.length);
  let sum = 0;
  for (let index = 0; index < Math.min(after - 1, source.length); index += 1) sum += source[index]!;
  for (let index = 0; index < source.length; index += 1) {
    const entering = index + after - 1;
    const leaving = index - before - 1;
    if (entering < source.length) sum += source[entering]!;
    if (leaving >= 0) sum -= source[leaving]!;
    const first = Math.max(0, index - before);
    const end = Math.min(source.length, index + after);
    target[index] = sum / (end - first);
  }
  return target;
}
