/**
 * What a label's scores mean, learned from labelled examples: a threshold, and with enough examples the
 * probability that an example of such a score carries the label. It holds for recordings like the examples,
 * with as many carriers among them; how far it holds is measured on folds that the fit did not see, the
 * recordings of one patient together.
 */
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import { type Example, eachFold, foldsOf, taken } from './calibration-folds.js';
import { triedThresholds, youdenThreshold } from './calibration-threshold.js';
import { fitIsotonic, isotonicProbability } from './isotonic.js';
import { fitPlatt, plattProbability } from './platt.js';
import { aurocOf, reliabilityOf } from './reliability.js';

/** Of each kind; below it nothing is learned. */
export const THRESHOLD_EXAMPLES = 5;
/** Of each kind, for a logistic curve: two numbers are fitted. */
export const PLATT_EXAMPLES = 20;
/** Of each kind, for a step function, which overfits few examples. */
export const ISOTONIC_EXAMPLES = 200;

const binSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  count: z.int(),
  predicted: z.number().nullable(),
  observed: z.number().nullable(),
});

export const calibrationSchema = z.strictObject({
  date: z.string(),
  /** Hash of the texts and of the model whose scores it is of. */
  texts: z.string(),
  model: z.string(),
  method: z.enum(['threshold', 'platt', 'isotonic']),
  /** A score of this much and above is `high` (youdenThreshold). */
  threshold: z.number(),
  positiveCount: z.int(),
  negativeCount: z.int(),
  /** Over all examples. */
  auroc: z.number(),
  /** Of thresholds chosen without the fold they are tried on. */
  sensitivity: z.number(),
  specificity: z.number(),
  foldCount: z.int(),
  platt: z.strictObject({ slope: z.number(), intercept: z.number() }).optional(),
  isotonic: z
    .strictObject({ scores: z.array(z.number()), probabilities: z.array(z.number()) })
    .optional(),
  /** Out of fold. */
  reliability: z
    .strictObject({
      bins: z.array(binSchema),
      expectedCalibrationError: z.number(),
      brier: z.number(),
      logLoss: z.number(),
    })
    .optional(),
});
export type Calibration = Readonly<z.infer<typeof calibrationSchema>>;

/** What the scores were computed from. */
export interface CalibrationSource {
  readonly date: string;
  readonly texts: string;
  readonly model: string;
}

/**
 * @throws `label.examples` for too few examples, or where scores do not tell them apart;
 *   `limit.exceeded`
 */
export function calibrate(examples: readonly Example[], source: CalibrationSource): Calibration {
  checkLimit('exampleCount', examples.length, 'The table of examples');
  const scores = Float64Array.from(examples, ({ score }) => score);
  const positive = Uint8Array.from(examples, (one) => (one.positive ? 1 : 0));
  const positiveCount = positive.reduce((sum, one) => sum + one, 0);
  const negativeCount = positive.length - positiveCount;
  const fewest = Math.min(positiveCount, negativeCount);
  if (fewest < THRESHOLD_EXAMPLES) throw tooFew(positiveCount, negativeCount);
  const auroc = aurocOf(scores, positive);
  if (auroc <= 0.5) throw notApart(auroc);
  const folds = foldsOf(examples);
  const counts = { positiveCount, negativeCount, auroc, foldCount: new Set(folds).size };
  const threshold = youdenThreshold(scores, positive);
  const fixed = { ...source, threshold, ...counts, ...triedThresholds(scores, positive, folds) };
  if (fewest < PLATT_EXAMPLES) return { ...fixed, method: 'threshold' };
  const platt = curveOf('platt', scores, positive, folds);
  const isotonic =
    fewest >= ISOTONIC_EXAMPLES ? curveOf('isotonic', scores, positive, folds) : undefined;
  return isotonic && isotonic.reliability.logLoss < platt.reliability.logLoss
    ? { ...fixed, ...isotonic, method: 'isotonic' }
    : { ...fixed, ...platt, method: 'platt' };
}

/** Undefined where the examples were too few for one. */
export function calibratedProbability(
  { platt, isotonic }: Calibration,
  score: number,
): number | undefined {
  if (isotonic) return isotonicProbability(isotonic, score);
  return platt && plattProbability(platt, score);
}

type Method = 'platt' | 'isotonic';
type StoredReliability = NonNullable<Calibration['reliability']>;

/** The curve of all examples, and the reliability of curves tried on folds they did not see. */
function curveOf(
  method: Method,
  scores: Float64Array,
  positive: Uint8Array,
  folds: Int32Array,
): Pick<Calibration, 'platt' | 'isotonic'> & { readonly reliability: StoredReliability } {
  const probabilities = new Float64Array(scores.length);
  eachFold(folds, ({ train, test }) => {
    const [trainScores, trainPositive] = taken(scores, positive, train);
    const predict = predictor(method, trainScores, trainPositive);
    for (const at of test) probabilities[at] = predict(scores[at]!);
  });
  const { bins, ...measures } = reliabilityOf(probabilities, positive);
  const reliability = { bins: [...bins], ...measures };
  if (method === 'platt') return { platt: fitPlatt(scores, positive), reliability };
  const curve = fitIsotonic(scores, positive);
  const isotonic = { scores: [...curve.scores], probabilities: [...curve.probabilities] };
  return { isotonic, reliability };
}

function predictor(
  method: Method,
  scores: Float64Array,
  positive: Uint8Array,
): (score: number) => number {
  if (method === 'platt') {
    const curve = fitPlatt(scores, positive);
    return (score) => plattProbability(curve, score);
  }
  const curve = fitIsotonic(scores, positive);
  return (score) => isotonicProbability(curve, score);
}

function tooFew(positiveCount: number, negativeCount: number): PqrError {
  return new PqrError(
    'label.examples',
    `There are ${positiveCount} examples with and ${negativeCount} without the label; ${THRESHOLD_EXAMPLES} of each are needed.`,
    {
      hint: 'Without a calibration a score is shown as a percentile of the archive.',
      details: { positiveCount, negativeCount },
    },
  );
}

function notApart(auroc: number): PqrError {
  return new PqrError(
    'label.examples',
    `The scores do not tell the examples apart (AUROC ${auroc.toFixed(3)}).`,
    { hint: 'Word the label otherwise, or check the column of the examples.', details: { auroc } },
  );
}
