/** Stretches of a probability curve that are one wave, with ends between samples. */

export interface Segment {
  /** Where the curve crosses half of the segment's highest value, in samples, fractions allowed. */
  readonly start: number;
  readonly end: number;
  /** Sum of the curve over the segment: a sure wave has about its length in samples. */
  readonly mass: number;
}

export interface SegmentRules {
  /** The curve is somewhere at least this high in a segment, and nowhere below it but in a bridge. */
  readonly level: number;
  /** Runs no further apart than this many samples are one segment. */
  readonly bridge: number;
}

/** Samples of the curve, first and last. */
interface Run {
  readonly first: number;
  last: number;
}

/** The segments of `curve` between `from` and `to`, in order; what reaches over one of these bounds is cut there. */
export function segmentsIn(
  curve: Float32Array,
  from: number,
  to: number,
  { level, bridge }: SegmentRules,
): Segment[] {
  const bounds = {
    first: Math.max(0, Math.ceil(from)),
    last: Math.min(curve.length - 1, Math.floor(to)),
  };
  const runs: Run[] = [];
  for (let index = bounds.first; index <= bounds.last; index += 1) {
    if (curve[index]! < level) continue;
    const before = runs.at(-1);
    if (before && index - before.last <= bridge + 1) before.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs.map((run) => toSegment(curve, run, bounds));
}

function toSegment(curve: Float32Array, { first, last }: Run, bounds: Run): Segment {
  let highest = 0;
  let mass = 0;
  for (let index = first; index <= last; index += 1) {
    highest = Math.max(highest, curve[index]!);
    mass += curve[index]!;
  }
  const half = highest / 2;
  return {
    start: endOf(curve, first, -1, half, bounds.first),
    end: endOf(curve, last, 1, half, bounds.last),
    mass,
  };
}

/** From an end of the run outwards to where the curve falls below `level`, or inwards to where it reaches it. */
function endOf(
  curve: Float32Array,
  from: number,
  step: 1 | -1,
  level: number,
  bound: number,
): number {
  let index = from;
  while (curve[index]! < level) index -= step;
  while (index !== bound && curve[index + step]! >= level) index += step;
  if (index === bound) return index;
  const [here, next] = [curve[index]!, curve[index + step]!];
  return index + (step * (here - level)) / (here - next);
}
