import { describe, expect, it } from 'vitest';
import { correctedQt } from '../../src/signal/qtc.js';

describe('correctedQt', () => {
  it('leaves QT as it is at 60 beats a minute, by every formula', () => {
    expect(correctedQt(400, 1000)).toEqual({
      ...{ bazett: 400, fridericia: 400, framingham: 400, hodges: 400 },
    });
  });

  it('equals what the formulas give by hand at 100 beats a minute', () => {
    const corrected = correctedQt(360, 600)!;
    expect(corrected.bazett).toBeCloseTo(464.76, 2); // 360 / 0.774597
    expect(corrected.fridericia).toBeCloseTo(426.83, 2); // 360 / 0.843433
    expect(corrected.framingham).toBeCloseTo(421.6, 2); // 360 + 154 x 0.4
    expect(corrected.hodges).toBeCloseTo(430, 2); // 360 + 1.75 x 40
  });

  it('is null without a QT or a rate', () => {
    expect(correctedQt(null, 800)).toBeNull();
    expect(correctedQt(400, null)).toBeNull();
    expect(correctedQt(400, 0)).toBeNull();
  });
});
