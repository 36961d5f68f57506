/** Matching of detected beats with marked ones, one to one, nearest first in time. */
export interface BeatMatch {
  readonly matchedCount: number;
  readonly missed: number[];
  readonly extra: number[];
}

/** Both lists rise; a detected beat within `tolerance` samples of a marked one is a match. */
export function matchBeats(
  detected: readonly number[],
  marked: readonly number[],
  tolerance: number,
): BeatMatch {
  const missed: number[] = [];
  const extra: number[] = [];
  let matchedCount = 0;
  let at = 0;
  for (const mark of marked) {
    while (at < detected.length && detected[at]! < mark - tolerance) extra.push(detected[at++]!);
    if (at < detected.length && detected[at]! <= mark + tolerance) {
      matchedCount += 1;
      at += 1;
    } else missed.push(mark);
  }
  extra.push(...detected.slice(at));
  return { matchedCount, missed, extra };
}

export function f1Of(matchedCount: number, missedCount: number, extraCount: number): number {
  return (2 * matchedCount) / (2 * matchedCount + missedCount + extraCount);
}
