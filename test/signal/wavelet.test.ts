import { expect, it } from 'vitest';
import { WAVELET_SHIFT, waveletScales } from '../../src/signal/wavelet.js';

const bump = (centre: number) =>
  Float32Array.from({ length: 400 }, (_, index) => Math.exp(-(((index - centre) / 12) ** 2)));

function crossingOf(slope: Float32Array): number {
  const index = slope.findIndex((value, at) => value > 0.001 && slope[at + 1]! <= 0);
  return index + slope[index]! / (slope[index]! - slope[index + 1]!) + WAVELET_SHIFT;
}

it.each([200, 200.3, 201.5])('every scale crosses zero at the peak of a bump at %d', (centre) => {
  const scales = waveletScales(bump(centre), 5);
  expect(scales).toHaveLength(5);
  for (const slope of scales) expect(crossingOf(slope)).toBeCloseTo(centre, 1);
});

it('a constant lead has no slope, at its ends neither', () => {
  for (const slope of waveletScales(new Float32Array(50).fill(0.7), 4)) {
    expect(Math.max(...slope.map(Math.abs))).toBeLessThan(1e-6);
  }
});
