/**
 * Peaks cut off at the end of a recorder's range: plateaus at a lead's very highest or lowest value.
 *
 * A plateau counts where the signal runs into it and out of it steeply, or where it is long; one short plateau
 * alone may be chance. What touches an end of the recording does not count.
 */

/** A plateau is at least this long and this many samples. */
const PLATEAU_SECONDS = 0.006;
const PLATEAU_SAMPLES = 3;
/** Steep: the steps into and out of the plateau, as a part of the lead's range. */
const STEEP_SHARE = 0.03;
/** No wave of the heart stands at its top for so long. */
const LONG_SECONDS = 0.1;
/** Evidence for a lead: plateaus, or their time together. */
const EVIDENCE_COUNT = 2;
const EVIDENCE_SECONDS = 0.5;

/** The part of the samples that lie on clipped plateaus, 0 to 1; 0 where they may be chance. */
export function clippedShare(samples: Float32Array, samplingRateHz: number): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of samples) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!(max > min) || !Number.isFinite(max - min)) return 0;
  const limits = {
    shortest: Math.max(PLATEAU_SAMPLES, Math.round(PLATEAU_SECONDS * samplingRateHz)),
    long: LONG_SECONDS * samplingRateHz,
    steep: STEEP_SHARE * (max - min),
  };
  let share = 0;
  for (const extreme of [max, min]) {
    const { plateauCount, sampleCount } = findPlateaus(samples, extreme, limits);
    const isSure =
      plateauCount >= EVIDENCE_COUNT || sampleCount >= EVIDENCE_SECONDS * samplingRateHz;
    if (isSure) share += sampleCount / samples.length;
  }
  return share;
}

function findPlateaus(
  samples: Float32Array,
  extreme: number,
  limits: { shortest: number; long: number; steep: number },
): { plateauCount: number; sampleCount: number } {
  let plateauCount = 0;
  let sampleCount = 0;
  const last = samples.length - 1;
  for (let index = 1; index < last; index += 1) {
    if (samples[index] !== extreme) continue;
    const start = index;
    while (index < last && samples[index + 1] === extreme) index += 1;
    const length = index - start + 1;
    if (length < limits.shortest || samples[start - 1] === extreme || index === last) continue;
    const into = Math.abs(samples[start - 1]! - extreme);
    const out = Math.abs(samples[index + 1]! - extreme);
    if (length < limits.long && !(Math.min(into, out) >= limits.steep)) continue;
    plateauCount += 1;
    sampleCount += length;
  }
  return { plateauCount, sampleCount };
}
