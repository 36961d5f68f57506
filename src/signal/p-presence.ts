/**
 * Whether the wave before each QRS complex is a P wave: it looks alike in every beat, at its time before the
 * complex. Fibrillation has waves too, but another one each time. A P wave that is not tied to the complex
 * (complete AV block) or has a shape of its own (one ectopic beat) is not recognised by this.
 */
import type { Wave } from './assemble-delineation.js';

/** The stretch compared reaches this far beyond the wave found. */
const MARGIN_SECONDS = 0.02;
/** Correlation with the mean of the other beats: of the recording's median beat, and of one beat. */
const RECORD_CORRELATION = 0.6;
const BEAT_CORRELATION = 0.35;
/** With fewer beats nothing can be compared, and no wave is called P. */
const FEWEST_BEATS = 3;

export interface Candidate {
  readonly rPeak: number;
  readonly wave: Wave | null;
}

/**
 * @param slopes each lead's transform on the scale of P waves
 * @param candidates the beats in order, each with the wave before its complex
 * @returns true where that wave is a P wave
 */
export function arePWaves(
  slopes: readonly Float32Array[],
  candidates: readonly Candidate[],
  rateHz: number,
): boolean[] {
  const found = candidates.filter(({ wave }) => wave !== null);
  if (found.length < FEWEST_BEATS) return candidates.map(() => false);
  const margin = MARGIN_SECONDS * rateHz;
  const before = middle(found.map(({ rPeak, wave }) => rPeak - wave!.onset)) + margin;
  const after = middle(found.map(({ rPeak, wave }) => rPeak - wave!.offset)) - margin;
  const length = Math.max(1, Math.round(before - after));
  const cuts = candidates.map(({ rPeak }) => cut(slopes, Math.round(rPeak - before), length));
  const sum = new Float64Array(slopes.length * length);
  candidates.forEach(({ wave }, beat) => {
    if (wave)
      for (let index = 0; index < sum.length; index += 1) sum[index]! += cuts[beat]![index]!;
  });
  const likeness = candidates.map(({ wave }, beat) =>
    wave ? correlationWithOthers(cuts[beat]!, sum) : 0,
  );
  const typical = middle(likeness.filter((_, beat) => candidates[beat]!.wave !== null));
  return likeness.map((value) => typical >= RECORD_CORRELATION && value >= BEAT_CORRELATION);
}

/** `[leads x length]`, zeros beyond the ends. */
function cut(slopes: readonly Float32Array[], start: number, length: number): Float32Array {
  const target = new Float32Array(slopes.length * length);
  slopes.forEach((slope, lead) => {
    for (let index = 0; index < length; index += 1) {
      target[lead * length + index] = slope[start + index] ?? 0;
    }
  });
  return target;
}

/** Cosine of one beat with the sum of the others. */
function correlationWithOthers(beat: Float32Array, sum: Float64Array): number {
  let [product, ours, theirs] = [0, 0, 0];
  for (let index = 0; index < beat.length; index += 1) {
    const value = beat[index]!;
    const rest = sum[index]! - value;
    product += value * rest;
    ours += value * value;
    theirs += rest * rest;
  }
  return ours > 0 && theirs > 0 ? product / Math.sqrt(ours * theirs) : 0;
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
