/**
 * From the probabilities of one lead, or their mean over several, to the waves of each beat: the QRS complex is
 * the segment at the R peak, the T wave the largest segment up to the next complex, the P wave the last one of
 * size before the complex.
 */
import type { Wave } from './assemble-delineation.js';
import { type Segment, type SegmentRules, segmentsIn } from './segments.js';

/** Probabilities of one class a sample each. */
export interface ClassCurves {
  readonly p: Float32Array;
  readonly qrs: Float32Array;
  readonly t: Float32Array;
}

export type Span = Pick<Wave, 'onset' | 'offset'>;

export interface BeatSpans {
  readonly p: Span | null;
  readonly qrs: Span | null;
  readonly t: Span | null;
}

const LEVEL = 0.5;
/** How far from the R peak the complex's segment may lie. */
const QRS_REACH_SECONDS = 0.1;
const BRIDGE_SECONDS = 0.02;
/** A segment with less probability in sum is no wave. */
const SHORTEST_SECONDS = { p: 0.03, qrs: 0.02, t: 0.05 };
/** Of several segments before a complex the last one is its P wave that has this part of the largest one's size. */
const P_SHARE = 0.5;

export interface DecodeOptions {
  readonly rateHz: number;
  /** The probability from which on something is a P wave. */
  readonly pLevel: number;
}

/** The spans of each beat's waves, in samples of the curves. */
export function decodeWaves(
  curves: ClassCurves,
  rPeaks: readonly number[],
  { rateHz, pLevel }: DecodeOptions,
): BeatSpans[] {
  const rules: SegmentRules = { level: LEVEL, bridge: BRIDGE_SECONDS * rateHz };
  const pRules = { ...rules, level: pLevel };
  const qrs = rPeaks.map((rPeak) => qrsAt(curves.qrs, rPeak, rules, rateHz));
  const startOf = (beat: number) => qrs[beat]?.onset ?? rPeaks[beat] ?? curves.qrs.length - 1;
  const endOf = (beat: number) => qrs[beat]?.offset ?? rPeaks[beat] ?? 0;
  const t = rPeaks.map((_, beat) => {
    const segments = segmentsIn(curves.t, endOf(beat), startOf(beat + 1), rules);
    return toSpan(largest(segments), SHORTEST_SECONDS.t * rateHz);
  });
  const p = rPeaks.map((_, beat) => {
    const from = t[beat - 1]?.offset ?? endOf(beat - 1);
    const segments = segmentsIn(curves.p, from, startOf(beat), pRules);
    const enough = P_SHARE * (largest(segments)?.mass ?? 0);
    return toSpan(
      segments.findLast(({ mass }) => mass >= enough),
      SHORTEST_SECONDS.p * rateHz,
    );
  });
  return rPeaks.map((_, beat) => ({ p: p[beat]!, qrs: qrs[beat]!, t: t[beat]! }));
}

function qrsAt(
  curve: Float32Array,
  rPeak: number,
  rules: SegmentRules,
  rateHz: number,
): Span | null {
  const reach = QRS_REACH_SECONDS * rateHz;
  const near = segmentsIn(curve, rPeak - 2.5 * reach, rPeak + 2.5 * reach, rules).filter(
    ({ start, end }) => start <= rPeak + reach && end >= rPeak - reach,
  );
  const over = near.find(({ start, end }) => start <= rPeak && end >= rPeak);
  return toSpan(over ?? largest(near), SHORTEST_SECONDS.qrs * rateHz);
}

function largest(segments: readonly Segment[]): Segment | undefined {
  return segments.reduce<Segment | undefined>(
    (best, segment) => (best && best.mass >= segment.mass ? best : segment),
    undefined,
  );
}

function toSpan(segment: Segment | undefined, shortest: number): Span | null {
  if (!segment || segment.mass < shortest) return null;
  return { onset: segment.start, offset: segment.end };
}
