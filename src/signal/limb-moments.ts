/**
 * Second moments of the six limb leads, and how far they are from Einthoven's and Goldberger's identities.
 *
 * Every question that einthoven.ts asks ("would the identities hold if aVL were aVF", "if I had gain 2") is
 * linear in the leads, so 7 x 7 numbers a block of signal answer it without reading the samples again.
 */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { LIMB_LEADS } from './limb-leads.js';

export const LIMB_COUNT = 6;
/** Six leads and the constant 1. */
const WIDTH = LIMB_COUNT + 1;

/** Numbers by which each lead is made from the recorded ones and the constant 1: `[6 x 7]`. */
export type LimbTransform = readonly (readonly number[])[];

/** The identities as weights of I, II, III, aVR, aVL, aVF; each sum is 0. */
const IDENTITIES: readonly (readonly number[])[] = [
  [-1, 1, -1, 0, 0, 0], // II = I + III
  [0.5, 0.5, 0, 1, 0, 0], // aVR = -(I + II) / 2
  [-1, 0.5, 0, 0, 1, 0], // aVL = I - II / 2
  [0.5, -1, 0, 0, 0, 1], // aVF = II - I / 2
];

/** What the identities may be off by, besides rounding: 5 microvolts and 2 % of the leads' size. */
const NOISE_MILLIVOLTS = 0.005;
const NOISE_SHARE = 0.02;
/** ADC step assumed where the file does not say: 200 steps a millivolt. */
const UNKNOWN_STEP_MILLIVOLTS = 0.005;
const BLOCK_SECONDS = 2;

/** Moments of some stretch of signal: means of products of the leads and 1, `[7 x 7]`. */
export type Moments = Float64Array;

export interface LimbSignals {
  /** The six limb leads in LIMB_LEADS' order. */
  readonly leads: readonly Float32Array[];
  readonly samplingRateHz: number;
  /** ADC steps in millivolts, one a lead. */
  readonly steps: readonly number[];
}

/** The limb leads of a record, or undefined where one of the six is not there. */
export function limbSignals(record: EcgRecord): LimbSignals | undefined {
  const rows = LIMB_LEADS.map((lead) => record.leads.indexOf(lead));
  if (rows.includes(-1)) return undefined;
  return {
    leads: rows.map((row) => leadSamples(record, row)),
    samplingRateHz: record.samplingRateHz,
    steps: rows.map((row) => {
      const perMillivolt = record.adcPerMillivolt?.[row] ?? 0;
      return perMillivolt > 0 ? 1 / perMillivolt : UNKNOWN_STEP_MILLIVOLTS;
    }),
  };
}

/** Moments of each block of two seconds in which half of the samples have all six leads. */
export function blockMoments({ leads, samplingRateHz }: LimbSignals): Moments[] {
  const sampleCount = leads[0]!.length;
  const blockSampleCount = Math.min(sampleCount, Math.round(BLOCK_SECONDS * samplingRateHz));
  const blocks: Moments[] = [];
  for (let start = 0; start + blockSampleCount <= sampleCount; start += blockSampleCount) {
    const moments = new Float64Array(WIDTH * WIDTH);
    const used = addSamples(moments, leads, start, start + blockSampleCount);
    if (used * 2 < blockSampleCount) continue;
    blocks.push(moments.map((sum) => sum / used));
  }
  return blocks;
}

/** Adds the products of all samples that are there in every lead; returns how many those are. */
function addSamples(
  moments: Moments,
  leads: readonly Float32Array[],
  start: number,
  end: number,
): number {
  const [l0, l1, l2, l3, l4, l5] = leads as [Float32Array, ...Float32Array[]];
  const values = new Float64Array(WIDTH).fill(1);
  let used = 0;
  for (let index = start; index < end; index += 1) {
    values[0] = l0[index]!;
    values[1] = l1![index]!;
    values[2] = l2![index]!;
    values[3] = l3![index]!;
    values[4] = l4![index]!;
    values[5] = l5![index]!;
    const sum = values[0]! + values[1]! + values[2]! + values[3]! + values[4]! + values[5]!;
    if (!Number.isFinite(sum)) continue;
    used += 1;
    for (let row = 0; row < WIDTH; row += 1) {
      const value = values[row]!;
      for (let column = row; column < WIDTH; column += 1) {
        moments[row * WIDTH + column]! += value * values[column]!;
      }
    }
  }
  for (let row = 1; row < WIDTH; row += 1) {
    for (let column = 0; column < row; column += 1) {
      moments[row * WIDTH + column] = moments[column * WIDTH + row]!;
    }
  }
  return used;
}

/** The mean of several blocks' moments. */
export function pooled(blocks: readonly Moments[]): Moments {
  const sum = new Float64Array(WIDTH * WIDTH);
  for (const block of blocks) {
    for (let index = 0; index < sum.length; index += 1)
      sum[index]! += block[index]! / blocks.length;
  }
  return sum;
}

/** Mean product of two combinations of (leads, 1); with itself: the mean square. */
export function meanProduct(moments: Moments, a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let row = 0; row < WIDTH; row += 1) {
    const weight = a[row] ?? 0;
    if (weight === 0) continue;
    for (let column = 0; column < WIDTH; column += 1) {
      sum += weight * (b[column] ?? 0) * moments[row * WIDTH + column]!;
    }
  }
  return sum;
}

/** The covariance of two combinations of the leads. */
export function covariance(moments: Moments, a: readonly number[], b: readonly number[]): number {
  return meanProduct(moments, a, b) - meanOf(moments, a) * meanOf(moments, b);
}

export function meanOf(moments: Moments, a: readonly number[]): number {
  return meanProduct(moments, a, CONSTANT);
}

const CONSTANT: readonly number[] = [0, 0, 0, 0, 0, 0, 1];

/** Lead `index` as it is. */
export function asRecorded(index: number): number[] {
  return Array.from({ length: WIDTH }, (_, column) => (column === index ? 1 : 0));
}

export const AS_RECORDED: LimbTransform = LIMB_LEADS.map((_, index) => asRecorded(index));

/** The worst identity of a stretch: by how much it is off, and that over what it may be off by. */
export interface Misfit {
  readonly millivolts: number;
  /** Above 1 the identities do not hold. */
  readonly overTolerance: number;
}

/** How far the leads, once transformed, are from the identities (root mean square over the stretch). */
export function misfit(
  moments: Moments,
  steps: readonly number[],
  transform: LimbTransform = AS_RECORDED,
): Misfit {
  let worst: Misfit = { millivolts: 0, overTolerance: 0 };
  const noise = noiseMillivolts(moments);
  for (const identity of IDENTITIES) {
    const combined = new Array<number>(WIDTH).fill(0);
    let tolerance = noise;
    identity.forEach((weight, lead) => {
      if (weight === 0) return;
      const row = transform[lead]!;
      for (let column = 0; column < WIDTH; column += 1) combined[column]! += weight * row[column]!;
      tolerance += Math.abs(weight) * steps[lead]!;
    });
    const millivolts = Math.sqrt(Math.max(0, meanProduct(moments, combined, combined)));
    if (millivolts / tolerance > worst.overTolerance) {
      worst = { millivolts, overTolerance: millivolts / tolerance };
    }
  }
  return worst;
}

/** What noise is allowed in a sum of limb leads, from their typical size without offset. */
export function noiseMillivolts(moments: Moments): number {
  let variance = 0;
  for (const lead of AS_RECORDED) variance += Math.max(0, covariance(moments, lead, lead));
  return NOISE_MILLIVOLTS + NOISE_SHARE * Math.sqrt(variance / LIMB_COUNT);
}
