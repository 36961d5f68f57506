import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadSamples } from '../../src/ecg/record.js';
import { FINENESSES, type Fineness, tracePath, traceScratch } from '../../src/plot/trace.js';
import { lineAt, linesOf, ptbxlRecord } from './fixture.js';

const SEED = 20260731;

const FINEST = FINENESSES[0]!;

function draw(samples: Float32Array, unitsPerSample: number, fineness: Fineness = FINEST): string {
  const geometry = {
    xUnits: 1500,
    unitsPerSample,
    zeroUnits: 4000,
    unitsPerMillivolt: 1000,
    medianMillivolts: 0,
    fineness,
  };
  const range = { startSample: 0, endSample: samples.length };
  return tracePath(samples, range, geometry, traceScratch(samples.length));
}

const xOf = (index: number, unitsPerSample: number) => Math.round(1500 + index * unitsPerSample);
const yOf = (millivolts: number) => Math.round(4000 - millivolts * 1000);

/** Largest distance, in units, of a sample from the line drawn. */
function worstDistance(samples: Float32Array, unitsPerSample: number): number {
  const lines = linesOf(draw(samples, unitsPerSample));
  let worst = 0;
  samples.forEach((value, index) => {
    if (Number.isNaN(value)) return;
    const x = xOf(index, unitsPerSample);
    const found = lines.map((line) => lineAt(line, x)).filter((y) => y !== undefined);
    const distance = Math.min(...found.map((y) => Math.abs(y - yOf(value))));
    worst = Math.max(worst, distance);
  });
  return worst;
}

describe('tracePath', () => {
  it('keeps every sample of a real lead within the tolerance of the line drawn', () => {
    const record = ptbxlRecord();
    for (const lead of [0, 1, 8, 11]) {
      expect(worstDistance(leadSamples(record, lead), 5)).toBeLessThanOrEqual(
        FINEST.toleranceUnits,
      );
    }
  });

  it('drops most points of a real lead: the line has fewer than half of them', () => {
    const samples = leadSamples(ptbxlRecord(), 1);
    const points = linesOf(draw(samples, 5)).flat();
    expect(points.length).toBeLessThan(samples.length / 2);
    expect(points.length).toBeGreaterThan(100);
  });

  it('keeps every sample within the tolerance for any signal with any gaps', () => {
    const millivolts = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -5000, max: 5000 }).map((value) => value / 1000) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    );
    const signal = fc.array(millivolts, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(signal, fc.integer({ min: 3, max: 40 }), (values, unitsPerSample) => {
        const samples = Float32Array.from(values);
        expect(worstDistance(samples, unitsPerSample)).toBeLessThanOrEqual(FINEST.toleranceUnits);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('breaks the line at missing samples and draws nothing across them', () => {
    const samples = Float32Array.from({ length: 100 }, (_, index) => Math.sin(index / 5));
    samples.fill(Number.NaN, 30, 60);
    const lines = linesOf(draw(samples, 5));
    expect(lines).toHaveLength(2);
    expect(lines[0]!.at(-1)!.x).toBe(xOf(29, 5));
    expect(lines[1]![0]!.x).toBe(xOf(60, 5));
  });

  it('draws nothing where every sample is missing', () => {
    expect(draw(new Float32Array(50).fill(Number.NaN), 5)).toBe('');
  });

  it('draws a sample between two gaps as a dot', () => {
    const samples = new Float32Array(9).fill(Number.NaN);
    samples[4] = 0.5;
    expect(draw(samples, 5)).toBe(`M${xOf(4, 5)} ${yOf(0.5)}l1 0`);
  });

  it('keeps one-sample peaks both ways where forty samples fall on a tenth of a millimetre', () => {
    const samples = new Float32Array(8000);
    samples[3210] = 1.5;
    samples[3213] = -1.25;
    samples[7999] = 0.75;
    const points = linesOf(draw(samples, 0.25)).flat();
    expect(points.length).toBeLessThan(50);
    expect(Math.min(...points.map((point) => point.y))).toBe(yOf(1.5));
    expect(Math.max(...points.map((point) => point.y))).toBe(yOf(-1.25));
    expect(points.at(-1)!.y).toBe(yOf(0.75));
  });

  it('keeps the highest and lowest sample of pure noise within the tolerance of every fineness', () => {
    const samples = Float32Array.from({ length: 5000 }, (_, index) => Math.sin(index * index));
    const sizes = FINENESSES.map((fineness) => {
      const path = draw(samples, 5, fineness);
      const ys = linesOf(path).flatMap((line) => line.map((point) => point.y));
      const { toleranceUnits } = fineness;
      const highest = yOf(Math.max(...samples));
      const lowest = yOf(Math.min(...samples));
      expect(Math.abs(Math.min(...ys) - highest)).toBeLessThanOrEqual(toleranceUnits);
      expect(Math.abs(Math.max(...ys) - lowest)).toBeLessThanOrEqual(toleranceUnits);
      return path.length;
    });
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it('never runs backwards in time', () => {
    const samples = Float32Array.from({ length: 5000 }, (_, index) => Math.sin(index * index));
    for (const unitsPerSample of [0.1, 1, 2.4, 5]) {
      const points = linesOf(draw(samples, unitsPerSample)).flat();
      expect(points.every((point, index) => index === 0 || point.x >= points[index - 1]!.x)).toBe(
        true,
      );
    }
  });
});
