/**
 * The learned part of the quality judge: one linear score a lead, and a soft minimum over leads.
 *
 * The score of a recording is `1 / (1 + exp(-t))`, t = -log(mean over leads of exp(-beta s)) / beta, with s the
 * weighted sum of a lead's standardised measures: one bad lead costs more than a good one can make up, and a
 * lead's own score is that of a recording made of it alone, so 1 to 16 leads can be judged. Weights are of
 * `eval/quality.ts --fit` (Challenge 2011 set-a, where experts called recordings acceptable or not).
 */
import type { LeadFeatures } from './lead-features.js';
import type { LeadQuality } from './quality.js';
import weights from './quality-model.json' with { type: 'json' };

export type LeadMeasures = LeadFeatures &
  Pick<LeadQuality, 'missingShare' | 'flatShare' | 'clippedShare' | 'rangeMillivolts'>;

export interface QualityWeights {
  readonly beta: number;
  readonly intercept: number;
  /** At or above it a recording is acceptable. */
  readonly threshold: number;
  /** In QUALITY_INPUTS' order: mean, standard deviation and weight of each. */
  readonly inputs: readonly {
    readonly name: string;
    readonly mean: number;
    readonly sd: number;
    readonly weight: number;
  }[];
}

const SMALLEST_MILLIVOLTS = 1e-3;
const millivolts = (value: number) =>
  Math.log10(Math.max(Number.isFinite(value) ? value : 0, SMALLEST_MILLIVOLTS));
const known = (value: number) => (Number.isFinite(value) ? value : 0);

/** What the score is made of; amplitudes as their decimal logarithm, from 1 microvolt on. */
export const QUALITY_INPUTS: readonly {
  readonly name: string;
  readonly of: (lead: LeadMeasures) => number;
}[] = [
  { name: 'absentShare', of: (lead) => lead.missingShare + lead.flatShare },
  { name: 'clippedShare', of: (lead) => lead.clippedShare },
  { name: 'quietShare', of: (lead) => lead.quietShare },
  { name: 'disturbedShare', of: (lead) => lead.disturbedShare },
  { name: 'rangeMillivolts', of: (lead) => millivolts(lead.rangeMillivolts) },
  { name: 'spanMillivolts', of: (lead) => millivolts(lead.spanMillivolts) },
  { name: 'burstRatio', of: (lead) => Math.log10(lead.burstRatio) },
  { name: 'wanderMillivolts', of: (lead) => millivolts(lead.wanderMillivolts) },
  { name: 'stepMillivolts', of: (lead) => millivolts(lead.stepMillivolts) },
  { name: 'muscleMillivolts', of: (lead) => millivolts(lead.muscleMillivolts) },
  { name: 'muscleTopMillivolts', of: (lead) => millivolts(lead.muscleTopMillivolts) },
  { name: 'humMillivolts', of: (lead) => millivolts(lead.humMillivolts) },
  { name: 'jumpMillivolts', of: (lead) => millivolts(lead.jumpMillivolts) },
  { name: 'beatMillivolts', of: (lead) => millivolts(lead.beatMillivolts) },
  { name: 'beatCorrelation', of: (lead) => known(lead.beatCorrelation) },
  { name: 'beatCorrelationLow', of: (lead) => known(lead.beatCorrelationLow) },
];

/** Farther from the mean than this many standard deviations, a measure says no more. */
const FARTHEST_SD = 5;

/** The standardised measures of one lead, in QUALITY_INPUTS' order. */
export function standardised(lead: LeadMeasures, model: QualityWeights): number[] {
  return QUALITY_INPUTS.map(({ of }, index) => {
    const { mean, sd } = model.inputs[index]!;
    return Math.max(-FARTHEST_SD, Math.min(FARTHEST_SD, (of(lead) - mean) / sd));
  });
}

export interface QualityScores {
  /** 0 to 1; at or above `threshold` the recording is acceptable. */
  readonly score: number;
  readonly leadScores: readonly number[];
  readonly threshold: number;
}

/** @param leads one or more */
export function scoreQuality(
  leads: readonly LeadMeasures[],
  model: QualityWeights = weights,
): QualityScores {
  const sums = leads.map((lead) =>
    standardised(lead, model).reduce(
      (sum, value, index) => sum + value * model.inputs[index]!.weight,
      model.intercept,
    ),
  );
  return {
    score: logistic(softMinimum(sums, model.beta)),
    leadScores: sums.map(logistic),
    threshold: model.threshold,
  };
}

/** -log(mean(exp(-beta s))) / beta: between the smallest and the mean. */
export function softMinimum(sums: readonly number[], beta: number): number {
  const least = Math.min(...sums);
  const mean = sums.reduce((sum, s) => sum + Math.exp(-beta * (s - least)), 0) / sums.length;
  return least - Math.log(mean) / beta;
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
