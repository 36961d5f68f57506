import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateRatio } from '../../src/signal/rational.js';
import { resample, resampledCount } from '../../src/signal/resample.js';
import reference from '../reference/signal_scipy.json' with { type: 'json' };
import { madeSignal } from './made-signal.js';

describe('resample', () => {
  it.each(reference.resample)(
    'gives the numbers of SciPy resample_poly for $sampleCount samples from $fromHz to $toHz Hz',
    ({ sampleCount, fromHz, toHz, up, down, result }) => {
      expect(rateRatio(fromHz, toHz)).toEqual({ up, down });
      const target = resample(madeSignal(sampleCount), fromHz, toHz);
      expect(target.length).toBe(result.count);
      expect(resampledCount(sampleCount, fromHz, toHz)).toBe(result.count);
      result.values.forEach((value, index) => {
        expect(Math.abs(target[index * result.stride]! - value)).toBeLessThan(
          2e-6 * Math.max(1, Math.abs(value)),
        );
      });
    },
  );

  it('keeps a sine below the new Nyquist rate and removes one above it', () => {
    const sine = (hz: number) =>
      Float32Array.from({ length: 5000 }, (_, i) => Math.sin((2 * Math.PI * hz * i) / 500));
    const rms = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
    expect(rms(resample(sine(20), 500, 100).subarray(50, 950))).toBeCloseTo(Math.SQRT1_2, 3);
    expect(rms(resample(sine(70), 500, 100).subarray(50, 950))).toBeLessThan(0.01);
  });

  it('gives a copy where the rates agree, and nothing for nothing', () => {
    const source = madeSignal(10);
    const copy = resample(source, 250, 250);
    expect(copy).toEqual(source);
    expect(copy).not.toBe(source);
    expect(resample(new Float32Array(0), 500, 100).length).toBe(0);
  });

  it('keeps a straight line a straight line, whatever the rates and length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.constantFrom(100, 128, 250, 257, 360, 500, 1000),
        fc.constantFrom(100, 250, 500),
        (sampleCount, fromHz, toHz) => {
          const line = Float32Array.from({ length: sampleCount }, (_, i) => 0.25 * i - 3);
          const target = resample(line, fromHz, toHz);
          const step = (0.25 * fromHz) / toHz;
          const scale = Math.max(3, 0.25 * sampleCount);
          return target.every((value, i) => Math.abs(value - (step * i - 3)) < 2e-3 * scale);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });
});

describe('rateRatio', () => {
  it('is exact for whole rates and for decimal ones with small terms', () => {
    expect(rateRatio(500, 100)).toEqual({ up: 1, down: 5 });
    expect(rateRatio(360, 100)).toEqual({ up: 5, down: 18 });
    expect(rateRatio(62.5, 100)).toEqual({ up: 8, down: 5 });
    expect(rateRatio(100, 100)).toEqual({ up: 1, down: 1 });
  });

  it('stays within its bound and within 1 in 16 million for any pair of rates', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 20, max: 20_000, noNaN: true }),
        fc.double({ min: 20, max: 20_000, noNaN: true }),
        (fromHz, toHz) => {
          const { up, down } = rateRatio(fromHz, toHz);
          const [small, large] = [Math.min(fromHz, toHz), Math.max(fromHz, toHz)];
          const got = Math.min(up, down) / Math.max(up, down);
          return Math.max(up, down) <= 4096 && Math.abs(got - small / large) < 1 / 4096 / 2;
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });

  it('is near enough for an hour of an uneven rate', () => {
    const { up, down } = rateRatio(62.4725, 100);
    expect(Math.abs(up / down / (100 / 62.4725) - 1) * 3_600_000).toBeLessThan(0.5);
  });
});
