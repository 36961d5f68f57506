/**
 * The linear map from the leads that are there to one that is missing: ridge regression, solved for each set of
 * present leads from the second moments of the eight independent leads, with the error to expect.
 *
 * The moments (lead-moments.json, millivolts squared, of leads without baseline) are the mean over PTB-XL's folds
 * 1 to 8 (`eval/repair.ts --fit`). After Dower et al. 1980 and the least-squares lead transformations that followed
 * (Nelwan et al. 2004, doi 10.1016/j.jelectrocard.2004.08.058). The map knows no patient: what is unusual about
 * one heart is not in it.
 */

import moments from './lead-moments.json' with { type: 'json' };
import { isLimbLead, LIMB_PARTS } from './limb-leads.js';
import { solvePositive } from './linear-solve.js';

export const INDEPENDENT_LEADS = ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
const SIZE = INDEPENDENT_LEADS.length;

export interface LeadMoments {
  /** `[8 x 8]`, row after row, in INDEPENDENT_LEADS' order. */
  readonly millivoltsSquared: readonly number[];
  /** Added to each present lead's moment, as a part of their mean: keeps weights small. */
  readonly ridge: number;
}

export interface LeadMap {
  readonly wanted: string;
  /** One a present lead. */
  readonly weights: readonly number[];
  /** Root mean square of what the map misses, over PTB-XL's folds 1 to 8; about the median is lower. */
  readonly rmseMillivolts: number;
}

/** True where the map knows the lead: the twelve standard ones. */
export function isMapped(lead: string): boolean {
  return isLimbLead(lead) || (INDEPENDENT_LEADS as readonly string[]).includes(lead);
}

/**
 * The maps to the wanted leads.
 * @param present one or more standard leads; of the limb leads at most two are of use
 */
export function leadMaps(
  present: readonly string[],
  wanted: readonly string[],
  known: LeadMoments = moments,
): LeadMap[] {
  const sources = present.map(partsOf);
  const size = sources.length;
  const a = new Float64Array(size * size);
  const b = new Float64Array(size * wanted.length);
  let trace = 0;
  sources.forEach((one, row) => {
    trace += moment(one, one, known);
    sources.forEach((other, column) => {
      a[row * size + column] = moment(one, other, known);
    });
    wanted.forEach((lead, column) => {
      b[row * wanted.length + column] = moment(one, partsOf(lead), known);
    });
  });
  for (let row = 0; row < size; row += 1) a[row * size + row]! += (known.ridge * trace) / size;
  const x = solvePositive(a, b, size);
  return wanted.map((lead, column) => {
    const weights = sources.map((_, row) => x[row * wanted.length + column]!);
    return { wanted: lead, weights, rmseMillivolts: expectedError(lead, sources, weights, known) };
  });
}

/** The root of E (wanted - sum of weights x sources) squared. */
function expectedError(
  lead: string,
  sources: readonly (readonly number[])[],
  weights: readonly number[],
  known: LeadMoments,
): number {
  const missed = partsOf(lead).map((part, at) =>
    sources.reduce((rest, source, row) => rest - weights[row]! * source[at]!, part),
  );
  return Math.sqrt(Math.max(0, moment(missed, missed, known)));
}

/** A standard lead as parts of the eight independent ones. */
function partsOf(lead: string): number[] {
  const parts = new Array<number>(SIZE).fill(0);
  if (isLimbLead(lead)) [parts[0], parts[1]] = LIMB_PARTS[lead];
  else parts[(INDEPENDENT_LEADS as readonly string[]).indexOf(lead)] = 1;
  return parts;
}

function moment(
  a: readonly number[],
  b: readonly number[],
  { millivoltsSquared }: LeadMoments,
): number {
  let sum = 0;
  for (let row = 0; row < SIZE; row += 1) {
    if (a[row] === 0) continue;
    for (let column = 0; column < SIZE; column += 1)
      sum += a[row]! * b[column]! * millivoltsSquared[row * SIZE + column]!;
  }
  return sum;
}
