/** Fitting the quality judge (src/signal/quality-model.ts): leads of recordings that experts called acceptable or not. */
import {
  type LeadMeasures,
  QUALITY_INPUTS,
  type QualityWeights,
  standardised,
} from '../../src/signal/quality-model.js';
import { minimise } from '../minimise.js';

export interface JudgedRecord {
  readonly record: string;
  readonly acceptable: boolean;
  readonly leads: readonly LeadMeasures[];
}

export interface FitChoice {
  /** How near the soft minimum is to the smallest. */
  readonly beta: number;
  readonly l2: number;
}

export const FIT_CHOICES: readonly FitChoice[] = [0.5, 1, 2].flatMap((beta) =>
  [0.001, 0.004, 0.016].map((l2) => ({ beta, l2 })),
);
/** Chosen among these by cross-validation; nested-validate.ts says what the choice itself is worth. */
const CHOSEN: FitChoice = { beta: 0.5, l2: 0.016 };
const DIGITS = 5;

export function fitQuality(
  records: readonly JudgedRecord[],
  choice: FitChoice = CHOSEN,
): QualityWeights {
  const frame = standardisation(records, choice);
  const rows = records.map(({ leads }) => leads.map((lead) => standardised(lead, frame)));
  const truth = records.map(({ acceptable }) => acceptable);
  const width = QUALITY_INPUTS.length;
  const x = minimise((at) => lossAt({ rows, truth, ...choice }, at), new Float64Array(width + 1));
  return {
    ...frame,
    intercept: short(x[width]!),
    inputs: frame.inputs.map((input, index) => ({ ...input, weight: short(x[index]!) })),
  };
}

function standardisation(records: readonly JudgedRecord[], { beta }: FitChoice): QualityWeights {
  const leads = records.flatMap((record) => record.leads);
  const inputs = QUALITY_INPUTS.map(({ name, of }) => {
    const values = leads.map(of);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { name, mean: short(mean), sd: short(Math.max(Math.sqrt(variance), 1e-3)), weight: 0 };
  });
  return { beta, intercept: 0, threshold: 0.5, inputs };
}

interface Problem extends FitChoice {
  readonly rows: readonly (readonly number[][])[];
  readonly truth: readonly boolean[];
}

/** Mean cross entropy plus l2 |w|^2, and its gradient; the last number is the intercept. */
function lossAt({ rows, truth, beta, l2 }: Problem, x: Float64Array) {
  const width = x.length - 1;
  const gradient = new Float64Array(x.length);
  let loss = 0;
  for (let at = 0; at < width; at += 1) {
    loss += l2 * x[at]! ** 2;
    gradient[at] = 2 * l2 * x[at]!;
  }
  rows.forEach((leads, row) => {
    const sums = leads.map((lead) =>
      lead.reduce((sum, value, at) => sum + value * x[at]!, x[width]!),
    );
    const least = Math.min(...sums);
    const parts = sums.map((sum) => Math.exp(-beta * (sum - least)));
    const total = parts.reduce((sum, part) => sum + part, 0);
    const t = least - Math.log(total / leads.length) / beta;
    const signed = truth[row] ? t : -t;
    loss +=
      Math.log1p(Math.exp(-Math.abs(signed))) / rows.length + Math.max(0, -signed) / rows.length;
    const error = (1 / (1 + Math.exp(-t)) - (truth[row] ? 1 : 0)) / rows.length;
    leads.forEach((lead, index) => {
      const share = (error * parts[index]!) / total;
      for (let at = 0; at < width; at += 1) gradient[at]! += share * lead[at]!;
      gradient[width]! += share;
    });
  });
  return { loss, gradient };
}

function short(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
