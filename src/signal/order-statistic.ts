/**
 * The sample that would stand at a place if the samples were sorted, in linear time on average (Hoare's
 * quickselect, 1961).
 */

/**
 * @param samples without NaN; reordered
 * @param place 0 to length - 1
 */
export function orderStatistic(samples: Float32Array, place: number): number {
  let low = 0;
  let high = samples.length - 1;
  while (low < high) {
    const pivot = samples[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (samples[left]! < pivot) left += 1;
      while (samples[right]! > pivot) right -= 1;
      if (left > right) break;
      const swapped = samples[left]!;
      samples[left] = samples[right]!;
      samples[right] = swapped;
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return samples[place]!;
}
