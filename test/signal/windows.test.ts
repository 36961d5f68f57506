import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowStarts } from '../../src/signal/windows.js';

const starts = (sampleCount: number, windowSampleCount: number, hopSampleCount: number) => [
  ...windowStarts({ sampleCount, windowSampleCount, hopSampleCount }),
];

describe('windowStarts', () => {
  it('gives one window to a recording of the window length or shorter', () => {
    expect(starts(1000, 1000, 500)).toEqual([0]);
    expect(starts(10, 1000, 500)).toEqual([0]);
  });

  it('hops, and aligns the last window to the end', () => {
    expect(starts(2000, 1000, 500)).toEqual([0, 500, 1000]);
    expect(starts(2001, 1000, 500)).toEqual([0, 500, 1000, 1001]);
    expect(starts(1001, 1000, 1000)).toEqual([0, 1]);
  });

  it('covers every sample, in rising order, never past the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        (sampleCount, windowSampleCount, hop) => {
          const hopSampleCount = Math.min(hop, windowSampleCount);
          const all = windowStarts({ sampleCount, windowSampleCount, hopSampleCount });
          let covered = 0;
          for (const [index, start] of all.entries()) {
            if (start > covered || (index > 0 && start <= all[index - 1]!)) return false;
            covered = start + windowSampleCount;
          }
          return covered === Math.max(sampleCount, windowSampleCount);
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  it('refuses a hop that would leave samples out', () => {
    expect(() => starts(100, 10, 11)).toThrow(/hopSampleCount/);
    expect(() => starts(100, 10, 0)).toThrow(/hopSampleCount/);
  });
});
