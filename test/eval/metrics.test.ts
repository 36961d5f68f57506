import { describe, expect, it } from 'vitest';
import {
  auroc,
  averagePrecision,
  bootstrapInterval,
  precisionAt,
  quantile,
} from '../../eval/metrics.js';
import reference from '../reference/metrics.json' with { type: 'json' };

describe('metrics', () => {
  it.each(reference.map((one, index) => ({ ...one, index })))(
    'equal scikit-learn on case $index, ties included',
    (one) => {
      expect(Math.abs(auroc(one.scores, one.labels) - one.auroc)).toBeLessThan(1e-12);
      const precision = averagePrecision(one.scores, one.labels);
      expect(Math.abs(precision - one.averagePrecision)).toBeLessThan(1e-12);
    },
  );

  it('are NaN where a class is absent', () => {
    expect(auroc([1, 2], [1, 1])).toBeNaN();
    expect(auroc([1, 2], [0, 0])).toBeNaN();
    expect(averagePrecision([1, 2], [0, 0])).toBeNaN();
  });

  it('count the relevant among the first k', () => {
    expect(precisionAt(4, ['a', 'b', 'c', 'd', 'e'], new Set(['a', 'd', 'e']))).toBe(0.5);
  });

  it('interpolate quantiles between order statistics', () => {
    expect(quantile([0, 1, 2, 3], 0.5)).toBe(1.5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('resample whole groups, the same way for the same seed', () => {
    const values = [0, 0, 1, 1, 1, 0, 1, 0];
    const groups = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'];
    const mean = (rows: readonly number[]) =>
      rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
    const options = { groups, replicates: 500, seed: 5 };
    const [low, high] = bootstrapInterval(mean, options);
    expect(low).toBeLessThanOrEqual(0.5);
    expect(high).toBeGreaterThanOrEqual(0.5);
    expect(bootstrapInterval(mean, options)).toEqual([low, high]);
    expect(bootstrapInterval((rows) => rows.length, options)).toEqual([8, 8]);
  });
});
