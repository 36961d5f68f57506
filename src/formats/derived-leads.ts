/**
 * The limb leads that a device leaves out because two others give them: III, aVR, aVL, aVF from I and II.
 *
 * Source: Einthoven 1913 and Goldberger 1942 (II = I + III; aVR = -(I+II)/2, aVL = I - II/2,
 * aVF = II - I/2). Worked out in ADC steps, so nothing is rounded: the augmented leads get two steps for
 * one of I and II.
 */
import { STANDARD_LEADS } from '../ecg/leads.js';
import type { Channel } from './channels.js';

type Combination = readonly [lead: string, ofI: number, ofII: number, divisor: number];

const COMBINATIONS: readonly Combination[] = [
  ['III', -1, 1, 1],
  ['aVR', -1, -1, 2],
  ['aVL', 2, -1, 2],
  ['aVF', -1, 2, 2],
];

export const DERIVED_COMMENT = 'III, aVR, aVL and aVF were computed from I and II.';

/**
 * The channels with the four limb leads that I and II give, in our order; the same channels where one of
 * the four is stored, or I and II are not there in one scale and length.
 */
export function addLimbLeads(channels: readonly Channel[]): readonly Channel[] {
  const named = (name: string) => channels.find((channel) => channel.name === name);
  const [one, two] = [named('I'), named('II')];
  if (one === undefined || two === undefined) return channels;
  if (COMBINATIONS.some(([lead]) => named(lead) !== undefined)) return channels;
  if (one.adcPerMillivolt !== two.adcPerMillivolt || one.values.length !== two.values.length) {
    return channels;
  }
  const derived = COMBINATIONS.map((combination) => combine(one, two, combination));
  const order = (channel: Channel) => {
    const place = (STANDARD_LEADS as readonly string[]).indexOf(channel.name);
    return place === -1 ? STANDARD_LEADS.length : place;
  };
  return [...channels, ...derived].sort((a, b) => order(a) - order(b));
}

function combine(one: Channel, two: Channel, combination: Combination): Channel {
  const [name, ofI, ofII, divisor] = combination;
  const values = new Float64Array(one.values.length);
  const [missingI, missingII] = [one, two].map((channel) => channel.missingCode ?? Number.NaN);
  const [baseI, baseII] = [one.baseline ?? 0, two.baseline ?? 0];
  for (let index = 0; index < values.length; index++) {
    const i = one.values[index]!;
    const ii = two.values[index]!;
    values[index] =
      i === missingI || ii === missingII ? Number.NaN : ofI * (i - baseI) + ofII * (ii - baseII);
  }
  const exact = values.some(Number.isNaN) ? values : Int32Array.from(values);
  return { name, values: exact, adcPerMillivolt: one.adcPerMillivolt * divisor };
}
