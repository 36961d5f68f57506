/** Order statistics of short lists. */

/** The middle value, the mean of the two middle ones of an even count; null of an empty list. */
export function medianOf(values: Iterable<number>): number | null {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  if (length === 0) return null;
  const middle = length >> 1;
  return length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** As `medianOf` over the first `count` numbers of `values`, which it sorts in place; NaN where count is 0. */
export function medianInPlace(values: Float64Array, count: number): number {
  for (let index = 1; index < count; index += 1) {
    const value = values[index]!;
    let at = index - 1;
    for (; at >= 0 && values[at]! > value; at -= 1) values[at + 1] = values[at]!;
    values[at + 1] = value;
  }
  if (count === 0) return Number.NaN;
  const middle = count >> 1;
  return count % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
