import { describe, expect, it } from 'vitest';
import { beatSpans, rhythmOf } from '../../src/signal/rhythm.js';

describe('rhythmOf', () => {
  it('takes the heart rate from the mean RR interval and the sample standard deviation', () => {
    // RR 800, 1000, 900 ms: mean 900, sd 100
    const { heartRateBpm, rrMilliseconds } = rhythmOf(Int32Array.of(100, 500, 1000, 1450), 500);
    expect(heartRateBpm).toBeCloseTo(60_000 / 900, 10);
    expect(rrMilliseconds!.mean).toBeCloseTo(900, 10);
    expect(rrMilliseconds!.sd).toBeCloseTo(100, 10);
  });

  it('has no spread with two beats and nothing with fewer', () => {
    expect(rhythmOf(Int32Array.of(0, 500), 500)).toEqual({
      heartRateBpm: 60,
      rrMilliseconds: { mean: 1000, sd: 0 },
    });
    expect(rhythmOf(Int32Array.of(5), 500)).toEqual({ heartRateBpm: null, rrMilliseconds: null });
    expect(rhythmOf(new Int32Array(0), 500)).toEqual({ heartRateBpm: null, rrMilliseconds: null });
  });
});

describe('beatSpans', () => {
  const options = {
    samplingRateHz: 100,
    beforeRr: 0.25,
    afterRr: 0.5,
    minRrSeconds: 0.4,
    maxRrSeconds: 1.5,
    defaultRrSeconds: 0.8,
  };
  const spans = (...peaks: number[]) => [...beatSpans(Int32Array.from(peaks), options)];

  it('reaches back into the RR before and on into the RR after', () => {
    expect(spans(100, 200, 280)).toEqual([75, 150, 175, 240, 260, 320]);
  });

  it('takes the other neighbour at the ends and the default for a single beat', () => {
    expect(spans(100, 200)).toEqual([75, 150, 175, 250]);
    expect(spans(300)).toEqual([280, 340]);
    expect(spans()).toEqual([]);
  });

  it('holds RR within its bounds', () => {
    expect(spans(100, 120)).toEqual([90, 120, 110, 140]);
    expect(spans(0, 1000)).toEqual([-37.5, 75, 962.5, 1075]);
  });
});
