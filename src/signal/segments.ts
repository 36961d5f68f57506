/** Stretches of a probability curve that are one wave, with ends between samples. */

export interface Segment {
  /** Where the curve crosses the level, in samples, fractions allowed. */
  readonly start: number;
  readonly end: number;
  /** Sum of the curve over the segment: a sure wave has about its length in samples. */
  readonly mass: number;
}

export interface SegmentRules {
  /** The curve is at least this high in a segment. */
  readonly level: number;
  /** Segments no further apart than this are one. */
  readonly bridge: number;
}

/**
 * The segments of `curve` that start between `from` and `to`, in order; what reaches over one of these bounds is
 * cut there.
 */
export function segmentsIn(
  curve: Float32Array,
  from: number,
  to: number,
  { level, bridge }: SegmentRules,
): Segment[] {
  const segments: Segment[] = [];
  const first = Math.max(0, Math.ceil(from));
  const last = Math.min(curve.length - 1, Math.floor(to));
  for (let index = first; index <= last; index += 1) {
    if (curve[index]! < level) continue;
    const start = index;
    let mass = 0;
    for (; index <= last && curve[index]! >= level; index += 1) mass += curve[index]!;
    const segment = {
      start: start > first ? crossing(curve, start - 1, level) : start,
      end: index <= last ? crossing(curve, index - 1, level) : index - 1,
      mass,
    };
    const before = segments.at(-1);
    if (before && segment.start - before.end <= bridge) {
      segments.pop();
      segments.push({ ...segment, start: before.start, mass: before.mass + mass });
    } else segments.push(segment);
  }
  return segments;
}

/** Where the curve has `level` between `index` and the sample after it. */
function crossing(curve: Float32Array, index: number, level: number): number {
  const here = curve[index]!;
  return index + (level - here) / (curve[index + 1]! - here);
}
