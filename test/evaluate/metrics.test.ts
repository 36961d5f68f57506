import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapInterval,
  interval95,
  quantile,
  resampleWeights,
} from '../../src/evaluate/bootstrap.js';
import {
  auroc,
  averagePrecision,
  bestThreshold,
  precisionAt,
  rankedAuroc,
  rankScores,
} from '../../src/evaluate/metrics.js';
import reference from '../reference/metrics.json' with { type: 'json' };

/** Equal to 1e-12; scikit-learn's NaN is null in the file. */
function expectEqual(got: number, expected: number | null): void {
  if (expected === null) expect(got).toBeNaN();
  else expect(Math.abs(got - expected)).toBeLessThan(1e-12);
}

describe('metrics', () => {
  it.each(reference.map((one, index) => ({ ...one, index })))(
    'equal scikit-learn on case $index, ties and single classes included',
    (one) => {
      expectEqual(auroc(one.scores, one.labels), one.auroc);
      expectEqual(averagePrecision(one.scores, one.labels), one.averagePrecision);
      const { f1, threshold, accuracy } = bestThreshold(one.scores, one.labels);
      expectEqual(f1, one.f1);
      expectEqual(threshold, one.threshold);
      expectEqual(accuracy, one.accuracy);
    },
  );

  it('say nothing of nothing', () => {
    expect(auroc([], [])).toBeNaN();
    expect(averagePrecision([], [])).toBeNaN();
    expect(bestThreshold([], []).f1).toBeNaN();
  });

  it('of a weighted row are those of the row repeated', () => {
    const row = fc.record({
      score: fc.integer({ min: 0, max: 5 }),
      label: fc.integer({ min: 0, max: 1 }),
      weight: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const repeated = rows.flatMap((one) => Array.from({ length: one.weight }, () => one));
        const pick = (list: typeof rows, key: 'score' | 'label' | 'weight') =>
          list.map((one) => one[key]);
        const weighted = rankedAuroc(
          rankScores(pick(rows, 'score')),
          pick(rows, 'label'),
          pick(rows, 'weight'),
        );
        expect(weighted).toBe(auroc(pick(repeated, 'score'), pick(repeated, 'label')));
      }),
      { seed: 3 },
    );
  });

  it('count the relevant among the first k', () => {
    expect(precisionAt(4, ['a', 'b', 'c', 'd', 'e'], new Set(['a', 'd', 'e']))).toBe(0.5);
  });
});

describe('bootstrap', () => {
  const groups = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'];

  it('interpolates quantiles between order statistics', () => {
    expect(quantile([0, 1, 2, 3], 0.5)).toBe(1.5);
    expect(quantile([], 0.5)).toBeNaN();
    expect(interval95([Number.NaN, 2, 2])).toEqual([2, 2]);
  });

  it('resamples whole groups, the same way for the same seed', () => {
    const values = [0, 0, 1, 1, 1, 0, 1, 0];
    const mean = (rows: readonly number[]) =>
      rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
    const options = { groups, replicates: 500, seed: 5 };
    const [low, high] = bootstrapInterval(mean, options);
    expect(low).toBeLessThanOrEqual(0.5);
    expect(high).toBeGreaterThanOrEqual(0.5);
    expect(bootstrapInterval(mean, options)).toEqual([low, high]);
    expect(bootstrapInterval((rows) => rows.length, options)).toEqual([8, 8]);
  });

  it('draws the same resamples as rows and as weights', () => {
    const options = { groups, replicates: 50, seed: 9 };
    const asRows: number[][] = [];
    bootstrapInterval((rows) => asRows.push([...rows]), options);
    const asWeights = Array.from(resampleWeights(options), (weights) => [...weights]);
    const counted = asRows.map((rows) =>
      groups.map((_, row) => rows.filter((drawn) => drawn === row).length),
    );
    expect(asWeights).toEqual(counted);
  });
});
