import { describe, expect, it } from 'vitest';
import {
  butterworthBandpass,
  butterworthHighpass,
  butterworthLowpass,
  filterZeroPhase,
} from '../../src/signal/filter.js';
import reference from '../reference/signal_scipy.json' with { type: 'json' };
import { madeSignal } from './made-signal.js';

interface Kept {
  readonly count: number;
  readonly stride: number;
  readonly values: readonly number[];
}

function expectSections(got: Float64Array, wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, index) => {
    expect(Math.abs(got[index]! - value)).toBeLessThan(1e-10 * Math.max(1e-3, Math.abs(value)));
  });
}

function expectKept(got: Float32Array, wanted: Kept): void {
  expect(got.length).toBe(wanted.count);
  wanted.values.forEach((value, index) => {
    expect(Math.abs(got[index * wanted.stride]! - value)).toBeLessThan(1e-6);
  });
}

describe('Butterworth design', () => {
  it.each(reference.bandpass)(
    'gives the sections of SciPy butter for a band-pass of order $order, $lowHz to $highHz Hz at $samplingRateHz Hz',
    ({ sos, ...options }) => expectSections(butterworthBandpass(options), sos),
  );
  it.each(reference.highpass)(
    'gives the sections of SciPy butter for a high-pass of order $order, $edgeHz Hz at $samplingRateHz Hz',
    ({ sos, ...options }) => expectSections(butterworthHighpass(options), sos),
  );
  it.each(reference.lowpass)(
    'gives the sections of SciPy butter for a low-pass of order $order, $edgeHz Hz at $samplingRateHz Hz',
    ({ sos, ...options }) => expectSections(butterworthLowpass(options), sos),
  );

  it.each([
    { lowHz: 0.5, highHz: 60 },
    { lowHz: 40, highHz: 0.5 },
    { lowHz: 0, highHz: 40 },
    { lowHz: Number.NaN, highHz: 40 },
  ])('refuses edges that do not fit the rate: $lowHz to $highHz Hz at 100 Hz', (edges) => {
    expect(() => butterworthBandpass({ order: 2, ...edges, samplingRateHz: 100 })).toThrow(
      expect.objectContaining({ code: 'signal.unusable' }),
    );
  });
});

describe('filterZeroPhase', () => {
  it.each(reference.zeroPhase)(
    'gives the numbers of SciPy sosfiltfilt for $sampleCount samples at $samplingRateHz Hz',
    ({ sampleCount, result, ...options }) => {
      const sos = butterworthBandpass(options);
      expectKept(filterZeroPhase(sos, madeSignal(sampleCount)), result);
    },
  );

  it('gives the numbers of SciPy sosfiltfilt for an odd low-pass, whose padding is shorter', () => {
    const { sampleCount, result, ...options } = reference.zeroPhaseLowpass;
    expectKept(filterZeroPhase(butterworthLowpass(options), madeSignal(sampleCount)), result);
  });

  it('does not move a peak', () => {
    const source = Float32Array.from({ length: 1001 }, (_, i) =>
      Math.exp(-(((i - 500) / 20) ** 2)),
    );
    const sos = butterworthBandpass({ order: 2, lowHz: 0.5, highHz: 40, samplingRateHz: 500 });
    const target = filterZeroPhase(sos, source);
    expect(target.indexOf(Math.max(...target))).toBe(500);
  });

  it('works on a single sample and on none', () => {
    const sos = butterworthBandpass({ order: 2, lowHz: 0.5, highHz: 40, samplingRateHz: 500 });
    expect(filterZeroPhase(sos, Float32Array.of(2)).length).toBe(1);
    expect(filterZeroPhase(sos, new Float32Array(0)).length).toBe(0);
  });
});
