/**
 * Beats that come from elsewhere: premature ones of another shape (ventricular), and premature ones of the
 * recording's own shape (supraventricular). By rule, from RR intervals, QRS width and likeness alone: an
 * aberrantly conducted supraventricular beat counts as ventricular, and where the rhythm is irregular
 * throughout (atrial fibrillation) an early beat of normal shape says nothing and is not named.
 */
import type { BeatShapes } from './beat-shapes.js';
import type { BeatWaves } from './delineation.js';
import type { LeadRows } from './lead-rows.js';
import { medianOf } from './median.js';

export type BeatOrigin = 'ventricular' | 'supraventricular';

/** Beats within this many intervals on both sides say what RR to expect. */
const NEIGHBOUR_COUNT = 6;
const LEAST_BEAT_COUNT = 4;
/** Chosen on PTB-XL folds 1-8 against the codes and the column of extra beats (docs/measuring.md). */
const UNLIKE = 0.8;
const UNLIKE_EARLY_SHARE = 0.85;
const WIDER_SECONDS = 0.03;
/** A complex so near to an end of the recording is cut, and its shape that of the cut. */
const EDGE_SECONDS = 0.15;
/** Earlier than expected, and suddenly so: sinus arrhythmia changes from beat to beat by less. */
const EARLY_SHARE = 0.8;
const SUDDEN_SHARE = 0.85;
/** Neighbouring RR intervals that differ by more than this share are a jump; this many of them, a rule. */
const JUMP_SHARE = 0.1;
const IRREGULAR_SHARE = 0.5;

/** One entry a beat: where it comes from, null where nothing speaks against the recording's own rhythm. */
export function ectopicBeats(
  beats: readonly BeatWaves[],
  { likeness }: BeatShapes,
  { samplingRateHz, sampleCount }: Pick<LeadRows, 'samplingRateHz' | 'sampleCount'>,
): (BeatOrigin | null)[] {
  if (beats.length < LEAST_BEAT_COUNT) return beats.map(() => null);
  const rr = beats.slice(1).map(({ rPeak }, index) => rPeak - beats[index]!.rPeak);
  const usualWidth = medianOf(beats.flatMap((beat) => widthOf(beat) ?? [])) ?? 0;
  const irregular = isIrregular(rr, likeness);
  const edge = EDGE_SECONDS * samplingRateHz;
  return beats.map((beat, index) => {
    if (beat.rPeak < edge || beat.rPeak >= sampleCount - edge) return null;
    const early = index === 0 ? 1 : rr[index - 1]! / expectedRr(rr, index - 1);
    const width = widthOf(beat);
    const isWider = width !== null && width > usualWidth + WIDER_SECONDS * samplingRateHz;
    if (likeness[index]! < UNLIKE && (early < UNLIKE_EARLY_SHARE || isWider)) return 'ventricular';
    const isSudden = index < 2 || rr[index - 1]! < SUDDEN_SHARE * rr[index - 2]!;
    return early < EARLY_SHARE && isSudden && !irregular ? 'supraventricular' : null;
  });
}

function widthOf({ qrsOnset, qrsOffset }: BeatWaves): number | null {
  return qrsOnset === null || qrsOffset === null ? null : qrsOffset - qrsOnset;
}

/** The median RR around interval `index`. */
function expectedRr(rr: readonly number[], index: number): number {
  const around = rr.slice(Math.max(0, index - NEIGHBOUR_COUNT), index + NEIGHBOUR_COUNT + 1);
  return medianOf(around)!;
}

/** True where jumps between beats of the recording's own shape are the rule. */
function isIrregular(rr: readonly number[], likeness: Float64Array): boolean {
  let jumps = 0;
  let compared = 0;
  for (let index = 1; index < rr.length; index += 1) {
    const isOwn = [index - 1, index, index + 1].every((beat) => likeness[beat]! >= UNLIKE);
    if (!isOwn) continue;
    compared += 1;
    const mean = (rr[index]! + rr[index - 1]!) / 2;
    if (Math.abs(rr[index]! - rr[index - 1]!) > JUMP_SHARE * mean) jumps += 1;
  }
  return compared > 0 && jumps / compared >= IRREGULAR_SHARE;
}
