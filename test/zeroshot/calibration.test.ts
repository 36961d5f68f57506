/** Statistics against scikit-learn: test/reference/calibration.py made the numbers. */
import { describe, expect, it } from 'vitest';
import { calibrate, calibratedProbability } from '../../src/zeroshot/calibration.js';
import { type Example, foldsOf } from '../../src/zeroshot/calibration-folds.js';
import { youdenThreshold } from '../../src/zeroshot/calibration-threshold.js';
import { fitIsotonic, isotonicProbability } from '../../src/zeroshot/isotonic.js';
import { outcomeOf } from '../../src/zeroshot/outcome.js';
import { textsHash } from '../../src/zeroshot/own-label.js';
import { fitPlatt, plattProbability } from '../../src/zeroshot/platt.js';
import { aurocOf, reliabilityOf } from '../../src/zeroshot/reliability.js';
import cases from '../reference/calibration.json' with { type: 'json' };
import { seeded } from './support.js';

const typed = cases.map((one) => ({
  ...one,
  scores: Float64Array.from(one.scores),
  labels: Uint8Array.from(one.labels),
}));

describe.each(typed)('reference $#', (reference) => {
  const { scores, labels, grid } = reference;

  it("fits Platt's curve where the likelihood is largest", () => {
    const { slope, intercept } = fitPlatt(scores, labels);
    expect(slope).toBeCloseTo(reference.platt.slope, 4);
    expect(intercept).toBeCloseTo(reference.platt.intercept, 5);
  });

  it("gives scikit-learn's sigmoid to the accuracy of its optimiser", () => {
    const curve = fitPlatt(scores, labels);
    for (const [at, score] of grid.entries()) {
      expect(plattProbability(curve, score)).toBeCloseTo(reference.sklearnPlatt[at]!, 3);
    }
  });

  it('gives the isotonic regression, ties, interpolation and ends included', () => {
    const curve = fitIsotonic(scores, labels);
    for (const [at, score] of grid.entries()) {
      expect(isotonicProbability(curve, score)).toBeCloseTo(reference.isotonic[at]!, 10);
    }
  });

  it('measures how far probabilities hold', () => {
    const { bins, ...measures } = reliabilityOf(Float64Array.from(reference.probabilities), labels);
    const { expectedCalibrationError, brier, logLoss } = reference.reliability;
    expect(measures.expectedCalibrationError).toBeCloseTo(expectedCalibrationError, 12);
    expect(measures.brier).toBeCloseTo(brier, 12);
    expect(measures.logLoss).toBeCloseTo(logLoss, 12);
    const filled = bins.filter(({ count }) => count > 0);
    expect(filled).toHaveLength(reference.reliability.observed.length);
    for (const [at, { predicted, observed }] of filled.entries()) {
      expect(observed).toBeCloseTo(reference.reliability.observed[at]!, 12);
      expect(predicted).toBeCloseTo(reference.reliability.predicted[at]!, 12);
    }
  });

  it('finds area and threshold', () => {
    expect(aurocOf(scores, labels)).toBeCloseTo(reference.auroc, 12);
    const threshold = youdenThreshold(scores, labels);
    const rate = (kind: number) => {
      const own = [...scores].filter((_, at) => labels[at] === kind);
      return own.filter((score) => score >= threshold).length / own.length;
    };
    expect(rate(1) - rate(0)).toBeCloseTo(reference.youden, 12);
  });
});

const source = { date: '2024-01-01', texts: textsHash(['a']), model: 'm' };
function examples(positives: number, negatives: number, gap = 0.1, seed = 7): Example[] {
  const random = seeded(seed);
  return Array.from({ length: positives + negatives }, (_, n) => ({
    score: 0.2 + (n < positives ? gap : 0) + 0.1 * (random() + random() - 1),
    positive: n < positives,
    group: `patient-${n >> 1}`,
  }));
}

describe('calibrating a label', () => {
  it('gives a threshold and no probability for few examples', () => {
    const calibration = calibrate(examples(6, 8, 0.3), source);
    expect(calibration).toMatchObject({
      method: 'threshold',
      positiveCount: 6,
      negativeCount: 8,
      sensitivity: 1,
      specificity: 1,
    });
    expect(calibration).not.toHaveProperty('reliability');
    expect(calibratedProbability(calibration, 0.4)).toBeUndefined();
  });

  it('gives a probability with enough, and its reliability on folds it did not see', () => {
    const calibration = calibrate(examples(60, 140), source);
    expect(calibration.method).toBe('platt');
    expect(calibration.foldCount).toBe(5);
    const { bins, expectedCalibrationError } = calibration.reliability!;
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    expect(expectedCalibrationError).toBeLessThan(0.1);
    expect(calibratedProbability(calibration, 0.5)).toBeGreaterThan(0.9);
    expect(calibratedProbability(calibration, 0.0)).toBeLessThan(0.05);
  });

  it('takes isotonic regression only with many, where a logistic curve does not fit', () => {
    const random = seeded(3);
    const stepped = Array.from({ length: 2000 }, (_, n) => {
      const score = random();
      const chance = score < 0.3 ? 0.02 : score < 0.95 ? 0.5 : 0.98;
      return { score, positive: random() < chance, group: `${n}` };
    });
    const calibration = calibrate(stepped, source);
    expect(calibration.method).toBe('isotonic');
    expect(calibratedProbability(calibration, 0.6)).toBeCloseTo(0.5, 1);
    expect(calibrate(stepped.slice(0, 200), source).method).toBe('platt');
  });

  it('is the same whatever the order of the examples', () => {
    const forward = calibrate(examples(30, 30), source);
    const backward = calibrate(examples(30, 30).reverse(), source);
    expect(backward.threshold).toBe(forward.threshold);
    expect(backward.sensitivity).toBe(forward.sensitivity);
    expect(backward.platt!.slope).toBeCloseTo(forward.platt!.slope, 6);
  });

  it.each([
    [4, 50, /4 examples with and 50 without/],
    [50, 0, /50 examples with and 0 without/],
  ])('refuses %i positive and %i negative examples', (positives, negatives, message) => {
    expect(() => calibrate(examples(positives, negatives), source)).toThrow(
      expect.objectContaining({
        code: 'label.examples',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('refuses scores that tell nothing', () => {
    expect(() => calibrate(examples(30, 30, -0.1), source)).toThrow(/do not tell/);
  });

  it('keeps the recordings of a patient in one fold, with both kinds to learn from in each', () => {
    const given = examples(31, 57);
    const folds = foldsOf(given);
    const ofGroup = new Map<string, number>();
    for (const [at, { group }] of given.entries()) {
      expect(ofGroup.get(group) ?? folds[at]).toBe(folds[at]);
      ofGroup.set(group, folds[at]!);
    }
    for (const fold of new Set(folds)) {
      const kinds = given.filter((_, at) => folds[at] !== fold).map(({ positive }) => positive);
      expect(new Set(kinds).size).toBe(2);
    }
  });

  it('refuses examples of one patient', () => {
    const one = examples(30, 30).map((example) => ({ ...example, group: 'the same' }));
    expect(() => calibrate(one, source)).toThrow(/1 patients with/);
  });
});

describe('the outcome of an own label', () => {
  const calibration = calibrate(examples(60, 140), source);
  const scored = { score: 0.5, decision: 'low' as const, prompts: ['a'], vetoed: [] };
  const veto = { by: 'measurement' as const, concept: 'SBRAD', message: 'not' };

  it('comes from a fresh calibration', () => {
    expect(outcomeOf({ calibration }, scored, 'm')).toMatchObject({
      decision: 'high',
      calibration: 'platt',
      probability: expect.any(Number),
    });
    expect(outcomeOf({ calibration }, { ...scored, score: 0 }, 'm').decision).toBe('low');
  });

  it('comes from the percentile where the calibration is of other texts or another model', () => {
    const stale = { decision: 'low', calibration: 'stale', probability: null };
    expect(outcomeOf({ calibration }, scored, 'other')).toEqual(stale);
    expect(outcomeOf({ calibration }, { ...scored, prompts: ['b'] }, 'm')).toEqual(stale);
  });

  it('is low under a veto', () => {
    const vetoed = { ...scored, vetoed: [veto] };
    expect(outcomeOf({ calibration }, vetoed, 'm').decision).toBe('low');
    expect(outcomeOf({}, { ...vetoed, decision: 'high' }, 'm')).toEqual({
      decision: 'low',
      calibration: null,
      probability: null,
    });
  });
});
