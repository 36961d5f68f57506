/** What each limb lead should be, given the others: weights for the algebra of limb-moments.ts. */
import { LIMB_LEADS, LIMB_PARTS } from './limb-leads.js';

/** Each lead as the other five predict it, by least squares: `[6 x 7]`, weights of the leads and of 1. */
export const FROM_OTHERS: readonly (readonly number[])[] = LIMB_LEADS.map((lead, index) => {
  let [s11, s12, s22] = [0, 0, 0];
  LIMB_LEADS.forEach((other, at) => {
    if (at === index) return;
    const [one, two] = LIMB_PARTS[other];
    [s11, s12, s22] = [s11 + one * one, s12 + one * two, s22 + two * two];
  });
  const [one, two] = LIMB_PARTS[lead];
  const determinant = s11 * s22 - s12 * s12;
  const a = (one * s22 - two * s12) / determinant;
  const b = (two * s11 - one * s12) / determinant;
  const weights = LIMB_LEADS.map((other, at) =>
    at === index ? 0 : a * LIMB_PARTS[other][0] + b * LIMB_PARTS[other][1],
  );
  return [...weights, 0];
});

/** Each lead as I and II give it. */
export const FROM_STANDARD: readonly (readonly number[])[] = LIMB_LEADS.map((lead) => [
  ...LIMB_PARTS[lead],
  0,
  0,
  0,
  0,
  0,
]);

/** Leads under suspicion and what each of them should be. */
export interface Pairing {
  readonly leads: readonly number[];
  readonly predicted: readonly (readonly number[])[];
}
