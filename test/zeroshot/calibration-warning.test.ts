import { describe, expect, it } from 'vitest';
import { calibrate } from '../../src/zeroshot/calibration.js';
import { aurocInterval, calibrationWarnings } from '../../src/zeroshot/calibration-warning.js';

const SOURCE = { date: '2026-01-01T00:00:00.000Z', texts: 'a', model: 'b' };

/** Examples of which every `every`-th stands on the wrong side. */
function examples(count: number, every: number) {
  return Array.from({ length: count }, (_, index) => {
    const positive = index % 2 === 0;
    const swapped = index % every < 2;
    return { score: (positive !== swapped ? 1 : 0) + index / 1e6, positive, group: `${index}` };
  });
}

describe('the interval of an AUROC', () => {
  it("is Hanley and McNeil's: the published error of 0.893 with 51 and 58 is 0.032", () => {
    // Hanley and McNeil 1982, table II: ratings of 109 CT images, area 0.893, standard error 0.032.
    const [low, high] = aurocInterval(0.893, 51, 58);
    const logit = (p: number) => Math.log(p / (1 - p));
    const error = ((logit(high) - logit(low)) / (2 * 1.959964)) * 0.893 * (1 - 0.893);
    expect(error).toBeCloseTo(0.032, 2);
    expect(low).toBeLessThan(0.893);
    expect(high).toBeLessThan(1);
  });

  it('narrows with more examples', () => {
    const width = ([low, high]: readonly [number, number]) => high - low;
    expect(width(aurocInterval(0.65, 200, 200))).toBeLessThan(width(aurocInterval(0.65, 20, 20)));
  });
});

describe('a calibration', () => {
  it('warns, with the interval, where its examples are hardly told apart', () => {
    const calibration = calibrate(examples(60, 6), SOURCE);
    expect(calibration.auroc).toBeLessThan(0.7);
    const [warning] = calibrationWarnings('st', calibration);
    expect(warning).toMatchObject({ code: 'label.weak' });
    expect(warning!.message).toMatch(
      /AUROC 0\.6\d\d \(95 % interval 0\.\d{3} to 0\.\d{3}, 30 with, 30/,
    );
  });

  it('does not warn where they are', () => {
    expect(calibrationWarnings('st', calibrate(examples(60, 60), SOURCE))).toEqual([]);
  });
});
