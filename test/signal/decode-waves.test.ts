/** Decoding of made probabilities; what a network really gives is in delineate.test.ts. */
import { describe, expect, it } from 'vitest';
import { decodeWaves } from '../../src/signal/decode-waves.js';
import { segmentsIn } from '../../src/signal/segments.js';

const RULES = { level: 0.5, bridge: 5 };
const OPTIONS = { rateHz: 250, pLevel: 0.5 };

function curve(length: number, stretches: readonly [from: number, to: number, height?: number][]) {
  const made = new Float32Array(length);
  for (const [from, to, height = 1] of stretches) made.fill(height, from, to + 1);
  return made;
}

describe('segmentsIn', () => {
  it('puts the ends where the curve crosses the level, between samples', () => {
    const ramp = Float32Array.of(0, 0.2, 0.4, 0.8, 1, 0.9, 0.1, 0);
    const [segment, ...more] = segmentsIn(ramp, 0, 7, RULES);
    expect(more).toEqual([]);
    expect(segment!.start).toBeCloseTo(2.25, 5);
    expect(segment!.end).toBeCloseTo(5.5, 5);
    expect(segment!.mass).toBeCloseTo(2.7, 5);
  });

  it('joins over a short dip and not over a long one', () => {
    expect(
      segmentsIn(
        curve(60, [
          [10, 15],
          [19, 30],
        ]),
        0,
        59,
        RULES,
      ),
    ).toHaveLength(1);
    expect(
      segmentsIn(
        curve(60, [
          [10, 15],
          [25, 30],
        ]),
        0,
        59,
        RULES,
      ),
    ).toHaveLength(2);
  });

  it('cuts at the bounds, and finds nothing outside of the curve', () => {
    const high = curve(50, [[0, 49]]);
    expect(segmentsIn(high, 10, 20, RULES)).toMatchObject([{ start: 10, end: 20 }]);
    expect(segmentsIn(high, -9, 99, RULES)).toMatchObject([{ start: 0, end: 49 }]);
    expect(segmentsIn(high, 60, 70, RULES)).toEqual([]);
    expect(segmentsIn(new Float32Array(0), 0, 10, RULES)).toEqual([]);
  });
});

describe('decodeWaves', () => {
  const beat = (r: number) => ({ p: [r - 45, r - 22], qrs: [r - 12, r + 12], t: [r + 45, r + 90] });
  const [one, two] = [beat(200), beat(400)];
  const curves = (p: number[][], qrs: number[][], t: number[][]) => ({
    p: curve(700, p as [number, number][]),
    qrs: curve(700, qrs as [number, number][]),
    t: curve(700, t as [number, number][]),
  });

  it('gives each beat its own waves', () => {
    const found = decodeWaves(
      curves([one.p, two.p], [one.qrs, two.qrs], [one.t, two.t]),
      [200, 400],
      OPTIONS,
    );
    expect(found).toHaveLength(2);
    expect(found[1]!.p).toEqual({ onset: 354.5, offset: 378.5 });
    expect(found[1]!.qrs).toEqual({ onset: 387.5, offset: 412.5 });
    expect(found[0]!.t).toEqual({ onset: 244.5, offset: 290.5 });
  });

  it('leaves out what is too short, and what no beat is near', () => {
    const [first] = decodeWaves(curves([[170, 174]], [[300, 330]], [[245, 250]]), [200], OPTIONS);
    expect(first).toEqual({ p: null, qrs: null, t: null });
  });

  it('takes the P wave next to the complex where two of a size come before it', () => {
    const found = decodeWaves(
      curves([[310, 333], two.p], [one.qrs, two.qrs], [one.t, two.t]),
      [200, 400],
      OPTIONS,
    );
    expect(found[1]!.p).toMatchObject({ onset: 354.5 });
  });

  it('has no beats without R peaks', () => {
    expect(decodeWaves(curves([], [], []), [], OPTIONS)).toEqual([]);
  });
});
