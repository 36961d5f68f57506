/**
 * Why limb leads do not fit together: the simplest cause that makes Einthoven's and Goldberger's identities
 * hold again. Each cause is undone in the algebra of limb-moments.ts and judged by what misfit remains, with a
 * handicap for the less simple ones.
 */
import { findLag } from './limb-lag.js';
import { LIMB_LEADS, type LimbLead } from './limb-leads.js';
import {
  AS_RECORDED,
  asRecorded,
  covariance,
  LIMB_COUNT,
  type LimbSignals,
  type LimbTransform,
  type Moments,
  meanOf,
  misfit,
  noiseMillivolts,
} from './limb-moments.js';
import { ownGains } from './limb-own-gains.js';
import { FROM_OTHERS, FROM_STANDARD, type Pairing } from './limb-prediction.js';

/** What is wrong, with the leads concerned. */
export type LimbCause = { readonly leads: readonly LimbLead[] } & (
  | { readonly kind: 'order' /** What each channel holds. */; readonly order: readonly LimbLead[] }
  | { readonly kind: 'polarity' | 'silent' | 'other' }
  | { readonly kind: 'gain'; readonly gain: number }
  | { readonly kind: 'offset'; readonly millivolts: number }
  | { readonly kind: 'own-gains'; readonly gains: readonly number[] }
  | { readonly kind: 'time'; readonly milliseconds?: number }
);

/** The signal, and its moments where the identities fail. */
export interface LimbCase {
  readonly signals: LimbSignals;
  readonly moments: Moments;
}

interface Suspicion {
  readonly cause: LimbCause;
  /** The misfit over its tolerance that remains once the cause is undone. */
  readonly remains: number;
  readonly handicap: number;
}

/** What may remain of the tolerance: an estimated gain or offset is not exact. */
const ACCEPTED = 1.5;
/** A gain this near to 1 or -1 is 1 or -1. */
const GAIN_TOLERANCE = 0.03;
const SILENT_GAIN = 0.05;
/** A shift explains a misfit of which it leaves no more than this. */
const LAG_REMAINS = 0.35;
const AUGMENTED = [3, 4, 5];

export function findCause(limb: LimbCase): LimbCause {
  const swapped = best(SWAPS.map((order) => otherOrder(limb, order)));
  if (swapped) return swapped;
  const suspicions = [
    ...LIMB_LEADS.map((_, lead) => oneLead(limb, lead)),
    ...augmentedLeads(limb),
    ownOffsets(limb),
    ...everyGain(limb),
  ];
  return (
    best(suspicions) ??
    best(OTHER_ORDERS.map((order) => otherOrder(limb, order))) ?? {
      kind: 'other',
      leads: LIMB_LEADS,
    }
  );
}

function best(suspicions: readonly Suspicion[]): LimbCause | undefined {
  const score = ({ remains, handicap }: Suspicion) => remains + handicap;
  return suspicions
    .filter(({ remains }) => remains <= ACCEPTED)
    .reduce<Suspicion | undefined>(
      (least, next) => (least === undefined || score(next) < score(least) ? next : least),
      undefined,
    )?.cause;
}

function remaining({ moments, signals }: LimbCase, transform: LimbTransform): number {
  return misfit(moments, signals.steps, transform).overTolerance;
}

const ORDERS = permutations([0, 1, 2, 3, 4, 5]);
const moved = (order: readonly number[]) => order.filter((from, to) => from !== to).length;
const SWAPS = ORDERS.filter((order) => moved(order) === 2);
const OTHER_ORDERS = ORDERS.filter((order) => moved(order) > 2);

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

/** `order[lead]` is the channel that would hold the lead. */
function otherOrder(limb: LimbCase, order: readonly number[]): Suspicion {
  const leads = LIMB_LEADS.filter((_, index) => order[index] !== index);
  const held = LIMB_LEADS.map((_, channel) => LIMB_LEADS[order.indexOf(channel)]!);
  return {
    cause: { kind: 'order', leads, order: held },
    remains: remaining(limb, order.map(asRecorded)),
    handicap: 0,
  };
}

/** One lead that does not fit the other five, which fit by themselves. */
function oneLead(limb: LimbCase, lead: number): Suspicion {
  const pairing = { leads: [lead], predicted: [FROM_OTHERS[lead]!] };
  return explain(limb, pairing, 0.05);
}

/** I, II and III fit, and so do aVR, aVL and aVF (their sum is 0), but not with each other. */
function augmentedLeads(limb: LimbCase): Suspicion[] {
  const { moments, signals } = limb;
  const sum = [0, 0, 0, 1, 1, 1, 0];
  const left = Math.sqrt(Math.max(0, covariance(moments, sum, sum)));
  const [, , , stepR, stepL, stepF] = signals.steps;
  const tolerance = noiseMillivolts(moments) + stepR! + stepL! + stepF!;
  if (left > ACCEPTED * tolerance) return [];
  const predicted = AUGMENTED.map((lead) => FROM_STANDARD[lead]!);
  return [explain(limb, { leads: AUGMENTED, predicted }, 0.1)];
}

/** How the leads of a pairing differ from what they should be; `remains` says whether the rest fits. */
function explain(limb: LimbCase, pairing: Pairing, handicap: number): Suspicion {
  const transform = AS_RECORDED.map(
    (row, lead) => pairing.predicted[pairing.leads.indexOf(lead)] ?? row,
  );
  const remains = remaining(limb, transform);
  const leads = pairing.leads.map((lead) => LIMB_LEADS[lead]!);
  const unexplained: Suspicion = {
    cause: { kind: 'time', leads },
    remains,
    handicap: handicap + 0.2,
  };
  if (remains > ACCEPTED) return unexplained;
  const scaled = compare(limb, pairing);
  if (scaled.remains <= ACCEPTED) {
    return { cause: scaled.cause, remains: Math.max(remains, scaled.remains), handicap };
  }
  const lag = findLag(limb.signals, limb.moments, pairing);
  if (lag === undefined || lag.remains > LAG_REMAINS) return unexplained;
  return {
    cause: { kind: 'time', leads, milliseconds: lag.milliseconds },
    remains,
    handicap: handicap + 0.1,
  };
}

/** Polarity, gain or offset: lead = gain x predicted + offset, and what that leaves over. */
function compare(
  limb: LimbCase,
  { leads, predicted }: Pairing,
): { cause: LimbCause; remains: number } {
  const { moments, signals } = limb;
  let [shared, size] = [0, 0];
  leads.forEach((lead, index) => {
    shared += covariance(moments, AS_RECORDED[lead]!, predicted[index]!);
    size += covariance(moments, predicted[index]!, predicted[index]!);
  });
  const gain = size > 0 ? shared / size : 1;
  const parts = leads.map((lead, index) => {
    const left = predicted[index]!.map((weight, at) => (at === lead ? 1 : 0) - gain * weight);
    const slack = noiseMillivolts(moments) + 3 * signals.steps[lead]!;
    return {
      offset: meanOf(moments, left),
      remains:
        Math.sqrt(Math.max(0, covariance(moments, left, left))) /
        slack /
        Math.max(1, Math.abs(gain)),
    };
  });
  const offset = largestSize(parts.map((part) => part.offset));
  const cause = nameDifference(
    leads.map((lead) => LIMB_LEADS[lead]!),
    gain,
    offset,
  );
  // Offsets of several leads are no common cause: ownOffsets names them one by one.
  const isShared = leads.length === 1 || cause.kind !== 'offset';
  return {
    cause,
    remains: isShared ? Math.max(...parts.map((part) => part.remains)) : Number.POSITIVE_INFINITY,
  };
}

function nameDifference(leads: readonly LimbLead[], gain: number, millivolts: number): LimbCause {
  if (Math.abs(gain) < SILENT_GAIN) return { kind: 'silent', leads };
  if (Math.abs(gain + 1) < GAIN_TOLERANCE) return { kind: 'polarity', leads };
  if (Math.abs(gain - 1) >= GAIN_TOLERANCE) return { kind: 'gain', leads, gain };
  return { kind: 'offset', leads, millivolts };
}

/** Offsets of several leads: the identities hold without the means. */
function ownOffsets(limb: LimbCase): Suspicion {
  const { moments } = limb;
  const tolerance = noiseMillivolts(moments);
  const offsets = LIMB_LEADS.map(
    (_, lead) => meanOf(moments, AS_RECORDED[lead]!) - meanOf(moments, FROM_OTHERS[lead]!),
  );
  return {
    cause: {
      kind: 'offset',
      leads: LIMB_LEADS.filter((_, lead) => Math.abs(offsets[lead]!) > tolerance),
      millivolts: largestSize(offsets),
    },
    remains: remaining(
      limb,
      AS_RECORDED.map((row) => centred(moments, row)),
    ),
    handicap: 0.15,
  };
}

/** A gain of its own for every lead, offsets aside. */
function everyGain(limb: LimbCase): Suspicion[] {
  const gains = ownGains(limb.moments);
  if (!gains) return [];
  const transform = AS_RECORDED.map((row, lead) =>
    centred(limb.moments, row).map((weight) => weight / gains[lead]!),
  );
  const cause: LimbCause = { kind: 'own-gains', leads: LIMB_LEADS, gains };
  return [{ cause, remains: remaining(limb, transform), handicap: 0.2 }];
}

function centred(moments: Moments, row: readonly number[]): number[] {
  return [...row.slice(0, LIMB_COUNT), -meanOf(moments, row)];
}

function largestSize(values: readonly number[]): number {
  return values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most));
}
