import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillGaps, isMissing } from '../../src/signal/gaps.js';

const { NaN: GAP } = Number;

describe('fillGaps', () => {
  it('draws a straight line over a gap and holds the edges', () => {
    const source = Float32Array.of(GAP, GAP, 1, GAP, GAP, GAP, 3, 2, GAP);
    expect([...fillGaps(source)]).toEqual([1, 1, 1, 1.5, 2, 2.5, 3, 2, 2]);
  });

  it('takes infinite samples for missing ones', () => {
    expect([...fillGaps(Float32Array.of(0, Number.POSITIVE_INFINITY, 2))]).toEqual([0, 1, 2]);
  });

  it('gives zeros for a lead without samples, which isMissing tells apart', () => {
    const source = Float32Array.of(GAP, GAP);
    expect([...fillGaps(source)]).toEqual([0, 0]);
    expect(isMissing(source)).toBe(true);
    expect(isMissing(Float32Array.of(GAP, 0))).toBe(false);
  });

  it('keeps what is there, leaves no gap, stays within the range, and does not touch its source', () => {
    const sample = fc.option(fc.float({ min: -5, max: 5, noNaN: true }), { nil: GAP });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), (values) => {
        const source = Float32Array.from(values);
        const before = source.slice();
        const target = fillGaps(source);
        const there = [...source].filter((value) => !Number.isNaN(value));
        const low = Math.min(...(there.length > 0 ? there : [0])) - 1e-5;
        const high = Math.max(...(there.length > 0 ? there : [0])) + 1e-5;
        expect(source).toEqual(before);
        return target.every((value, index) =>
          Number.isNaN(source[index]) ? value >= low && value <= high : value === source[index],
        );
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
