import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatistic } from '../../src/signal/order-statistic.js';

describe('an order statistic', () => {
  it('is what sorting would put at the place', () => {
    const samples = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(samples, fc.nat(), (values, any) => {
        const sorted = Float32Array.from(values).sort();
        const place = any % values.length;
        // -0 and 0 are one value here.
        expect(orderStatistic(Float32Array.from(values), place) + 0).toBe(sorted[place]! + 0);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('ends on samples that are all alike', () => {
    expect(orderStatistic(new Float32Array(1000).fill(2), 500)).toBe(2);
  });
});
