/**
 * Isotonic regression by pooling adjacent violators: the rising step function nearest to the examples
 * (Zadrozny & Elkan 2002). Equal scores count as one, between two scores it is interpolated, outside it is
 * held: as scikit-learn's IsotonicRegression(out_of_bounds='clip') does.
 */

export interface IsotonicCurve {
  /** Rising. */
  readonly scores: readonly number[];
  /** Of each score, never falling. */
  readonly probabilities: readonly number[];
}

interface Block {
  readonly first: number;
  last: number;
  sum: number;
  weight: number;
}

/** @param positive per score: 1 where the label is there, else 0 */
export function fitIsotonic(scores: Float64Array, positive: Uint8Array): IsotonicCurve {
  const points = tieGroups(scores, positive);
  const blocks: Block[] = [];
  for (const [at, { sum, weight }] of points.entries()) {
    blocks.push({ first: at, last: at, sum, weight });
    for (;;) {
      const [before, last] = [blocks.at(-2), blocks.at(-1)!];
      if (!before || before.sum * last.weight < last.sum * before.weight) break;
      before.last = last.last;
      before.sum += last.sum;
      before.weight += last.weight;
      blocks.pop();
    }
  }
  // The ends of each block say all; what lies between them is on the line.
  const knots = blocks.flatMap((block) => {
    const probability = block.sum / block.weight;
    const ends = block.first === block.last ? [block.first] : [block.first, block.last];
    return ends.map((at) => ({ score: points[at]!.score, probability }));
  });
  return {
    scores: knots.map(({ score }) => score),
    probabilities: knots.map(({ probability }) => probability),
  };
}

function tieGroups(scores: Float64Array, positive: Uint8Array) {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const groups: { score: number; sum: number; weight: number }[] = [];
  for (const at of order) {
    const last = groups.at(-1);
    if (last && last.score === scores[at]) {
      last.sum += positive[at]!;
      last.weight += 1;
    } else groups.push({ score: scores[at]!, sum: positive[at]!, weight: 1 });
  }
  return groups;
}

export function isotonicProbability(
  { scores, probabilities }: IsotonicCurve,
  score: number,
): number {
  const last = scores.length - 1;
  if (score <= scores[0]!) return probabilities[0]!;
  if (score >= scores[last]!) return probabilities[last]!;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (scores[middle]! <= score) low = middle;
    else high = middle;
  }
  const share = (score - scores[low]!) / (scores[high]! - scores[low]!);
  return probabilities[low]! + share * (probabilities[high]! - probabilities[low]!);
}
