/**
 * Which beats of a recording look alike: the QRS complexes of all leads, compared by correlation after the best
 * shift in time, and gathered around leaders (the first beat of each shape). The largest family is the
 * recording's own shape; what is unlike it is for ectopic-beats.ts to judge.
 */
import type { BeatWaves } from './delineation.js';
import type { LeadRows } from './lead-rows.js';
import { medianOf } from './median.js';

export interface BeatShapes {
  /** Where beat i lies on the dominant shape: its R peak moved by the best shift, in samples. */
  readonly alignedSamples: Float64Array;
  /** Correlation of beat i with the dominant shape, -1 to 1. */
  readonly likeness: Float64Array;
}

const WORKING_RATE_HZ = 250;
/** Half of the stretch compared, and the largest shift: two peaks of one complex lie no further apart. */
const HALF_SECONDS = 0.06;
const SHIFT_SECONDS = 0.04;
const ALIKE = 0.9;
const MAX_FAMILY_COUNT = 6;

/** Compares all beats in time linear in their number. */
export function beatShapes(leads: LeadRows, beats: readonly BeatWaves[]): BeatShapes {
  const step = Math.max(1, Math.round(leads.samplingRateHz / WORKING_RATE_HZ));
  const rows = leads.rows.map((row) => thinned(row, step));
  const rate = leads.samplingRateHz / step;
  const half = Math.max(2, Math.round(HALF_SECONDS * rate));
  const reach = Math.max(1, Math.round(SHIFT_SECONDS * rate));
  const centres = beats.map(({ rPeak }) => Math.round(rPeak / step));
  const compare = (template: Float64Array, centre: number) =>
    bestShift({ rows, half, reach }, template, centre);
  const template = templateAt(rows, dominantCentre(), half);
  const found = centres.map((centre) => compare(template, centre));
  return {
    alignedSamples: Float64Array.from(beats, ({ rPeak }, i) => rPeak + found[i]!.shift * step),
    likeness: Float64Array.from(found, ({ likeness }) => likeness),
  };

  /** The leader of the largest family; of equally large ones, that of the narrowest QRS. */
  function dominantCentre(): number {
    const families: { template: Float64Array; members: number[] }[] = [];
    centres.forEach((centre, beat) => {
      const likeness = families.map((family) => compare(family.template, centre).likeness);
      const best = likeness.indexOf(Math.max(...likeness));
      if (best >= 0 && (likeness[best]! >= ALIKE || families.length >= MAX_FAMILY_COUNT)) {
        families[best]!.members.push(beat);
      } else families.push({ template: templateAt(rows, centre, half), members: [beat] });
    });
    const widths = families.map(({ members }) => medianWidth(members.map((beat) => beats[beat]!)));
    const order = families.map((_, index) => index);
    const size = (index: number) => families[index]!.members.length;
    order.sort((a, b) => size(b) - size(a) || widths[a]! - widths[b]!);
    return centres[families[order[0]!]!.members[0]!]!;
  }
}

function medianWidth(beats: readonly BeatWaves[]): number {
  const widths = beats.flatMap(({ qrsOnset, qrsOffset }) =>
    qrsOnset === null || qrsOffset === null ? [] : [qrsOffset - qrsOnset],
  );
  return medianOf(widths) ?? Number.POSITIVE_INFINITY;
}

/** Means of `step` samples. */
function thinned(row: Float32Array, step: number): Float32Array {
  if (step === 1) return row;
  const target = new Float32Array(Math.floor(row.length / step));
  for (let index = 0; index < target.length; index += 1) {
    let sum = 0;
    for (let at = 0; at < step; at += 1) sum += row[index * step + at]!;
    target[index] = sum / step;
  }
  return target;
}

/** `[leads x (2 half + 1)]` around `centre`, each lead's mean taken off; the ends of the recording are held. */
function templateAt(rows: readonly Float32Array[], centre: number, half: number): Float64Array {
  const width = 2 * half + 1;
  const template = new Float64Array(rows.length * width);
  rows.forEach((row, lead) => {
    let sum = 0;
    for (let at = 0; at < width; at += 1) {
      const value = row[Math.min(row.length - 1, Math.max(0, centre - half + at))]!;
      template[lead * width + at] = value;
      sum += value;
    }
    for (let at = 0; at < width; at += 1) template[lead * width + at]! -= sum / width;
  });
  return template;
}

interface Comparison {
  readonly rows: readonly Float32Array[];
  readonly half: number;
  readonly reach: number;
}

/** The shift within reach at which a beat is most like the template. */
function bestShift(comparison: Comparison, template: Float64Array, centre: number) {
  let energy = 0;
  for (const value of template) energy += value * value;
  let best = { shift: 0, likeness: Number.NEGATIVE_INFINITY };
  for (let away = 0; away <= 2 * comparison.reach; away += 1) {
    // From no shift outwards, so that of equal ones the smallest wins.
    const shift = away % 2 === 0 ? away / 2 : -(away + 1) / 2;
    const likeness = correlation(comparison, template, centre + shift, energy);
    if (likeness > best.likeness) best = { shift, likeness };
  }
  return best;
}

function correlation(
  { rows, half }: Comparison,
  template: Float64Array,
  centre: number,
  templateEnergy: number,
): number {
  const width = 2 * half + 1;
  let product = 0;
  let energy = 0;
  for (let lead = 0; lead < rows.length; lead += 1) {
    const row = rows[lead]!;
    let sum = 0;
    let squares = 0;
    for (let at = 0; at < width; at += 1) {
      const value = row[Math.min(row.length - 1, Math.max(0, centre - half + at))]!;
      product += template[lead * width + at]! * value;
      sum += value;
      squares += value * value;
    }
    energy += squares - (sum * sum) / width;
  }
  const scale = Math.sqrt(templateEnergy * energy);
  return scale > 0 ? product / scale : 0;
}
