/** Whether limb leads fit the others once moved in time: the shift that leaves least over. */
import { AS_RECORDED, type LimbSignals, type Moments, meanOf } from './limb-moments.js';
import type { Pairing } from './limb-prediction.js';

const LAG_SECONDS = 0.2;
/** Samples that are looked at: the first minute at 500 Hz tells as much as an hour. */
const SAMPLES_MAX = 30_000;

export interface Lag {
  /** Above 0 where the leads come later than they should. */
  readonly milliseconds: number;
  /** What is left of the misfit after the shift, as a part of what it was. */
  readonly remains: number;
}

/** The best shift within 200 ms, or undefined where that is none. */
export function findLag(
  { leads, samplingRateHz }: LimbSignals,
  moments: Moments,
  pairing: Pairing,
): Lag | undefined {
  const reach = Math.round(LAG_SECONDS * samplingRateHz);
  const sampleCount = Math.min(SAMPLES_MAX, leads[0]!.length);
  if (sampleCount < 4 * reach) return undefined;
  const left = new Float64Array(2 * reach + 1);
  pairing.leads.forEach((lead, index) => {
    const predicted = pairing.predicted[index]!;
    const expected = combine(leads, predicted, sampleCount);
    const offset = meanOf(moments, AS_RECORDED[lead]!) - meanOf(moments, predicted);
    for (let lag = -reach; lag <= reach; lag += 1) {
      left[lag + reach]! += squaresLeft(leads[lead]!.subarray(0, sampleCount), expected, {
        lag,
        reach,
        offset,
      });
    }
  });
  const best = left.indexOf(left.reduce((least, value) => Math.min(least, value)));
  if (best === reach || left[reach] === 0) return undefined;
  return {
    milliseconds: (1000 * (best - reach)) / samplingRateHz,
    remains: Math.sqrt(left[best]! / left[reach]!),
  };
}

function squaresLeft(
  lead: Float32Array,
  expected: Float32Array,
  { lag, reach, offset }: { lag: number; reach: number; offset: number },
): number {
  let sum = 0;
  for (let index = reach; index < lead.length - reach; index += 1) {
    const left = lead[index + lag]! - offset - expected[index]!;
    if (!Number.isNaN(left)) sum += left * left;
  }
  return sum;
}

function combine(
  leads: readonly Float32Array[],
  weights: readonly number[],
  sampleCount: number,
): Float32Array {
  const target = new Float32Array(sampleCount);
  leads.forEach((lead, row) => {
    const weight = weights[row]!;
    if (weight === 0) return;
    for (let index = 0; index < sampleCount; index += 1) target[index]! += weight * lead[index]!;
  });
  return target;
}
