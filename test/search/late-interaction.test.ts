import { describe, expect, it } from 'vitest';
import type { LevelVectors } from '../../src/encoders/ports.js';
import { cellPieces, interact } from '../../src/search/late-interaction.js';

/** Two-dimensional vectors at the given angles; row i covers samples 100 i to 100 (i + 1). */
function level(name: 'beat' | 'token', degrees: readonly number[]): LevelVectors {
  const at = (degree: number) => [
    Math.cos((degree * Math.PI) / 180),
    Math.sin((degree * Math.PI) / 180),
  ];
  const rows = Int32Array.from(degrees.keys());
  return {
    ...{ level: name, dim: 2, count: degrees.length },
    vectors: Float32Array.from(degrees.flatMap(at)),
    windows: new Int32Array(degrees.length),
    ordinals: rows,
    startSamples: rows.map((row) => row * 100),
    endSamples: rows.map((row) => (row + 1) * 100),
  };
}

const piece = (phrase: string, degrees: number, weight = 1) => ({
  phrase,
  weight,
  vector: level('token', [degrees]).vectors,
});
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
const none = { pieces: [], denied: [], cells: [] };

describe('late interaction', () => {
  it('takes the best cell of each piece over all levels, and weighs pieces by their words', () => {
    const pieces = [piece('a', 0, 3), piece('b', 90, 1)];
    const found = interact({ ...none, pieces }, [level('beat', [80]), level('token', [10, 50])])!;
    expect(found.score).toBeCloseTo((3 * cosine(10) + cosine(10)) / 4, 6);
    expect(found.moments).toMatchObject([
      { phrase: 'a', startSample: 0, endSample: 100 },
      { phrase: 'b', startSample: 0, endSample: 100 },
    ]);
    expect(found.moments[0]!.score).toBeCloseTo(cosine(10), 6);
  });

  it('counts half against what is denied, and gives it no place', () => {
    const sought = { ...none, pieces: [piece('a', 0)], denied: [piece('no', 60)] };
    const found = interact(sought, [level('token', [0, 60])])!;
    expect(found.score).toBeCloseTo(1 - 0.5, 6);
    expect(found.moments.map(({ phrase }) => phrase)).toEqual(['a']);
  });

  it('counts a text and an ECG alike, and shows of the ECG the one moment most alike', () => {
    const cells = cellPieces(level('token', [0, 40]));
    const found = interact({ ...none, pieces: [piece('a', 90)], cells }, [level('token', [30])])!;
    expect(found.score).toBeCloseTo((cosine(60) + (cosine(30) + cosine(10)) / 2) / 2, 6);
    expect(found.moments).toHaveLength(2);
    expect(found.moments[1]!.score).toBeCloseTo(cosine(10), 6);
  });

  it('has nothing to say where there is no vector, or none of the same space', () => {
    expect(interact({ ...none, pieces: [piece('a', 0)] }, [level('token', [])])).toBeUndefined();
    const wide = { ...piece('a', 0), vector: Float32Array.of(1, 0, 0) };
    expect(interact({ ...none, pieces: [wide] }, [level('token', [1, 2])])).toBeUndefined();
  });

  it('lets 64 evenly spaced cells stand for a long ECG', () => {
    const many = level('token', [...Array(1000).keys()]);
    const cells = cellPieces(many);
    expect(cells).toHaveLength(64);
    expect(cells[0]!.vector).toEqual(many.vectors.slice(0, 2));
    expect(cells[32]!.vector).toEqual(many.vectors.slice(1000, 1002));
  });
});
