import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseRankings } from '../../src/search/fuse.js';

describe('fuseRankings', () => {
  it('gives 1 to what is first in every ranking', () => {
    const [first] = fuseRankings([
      { weight: 1, ids: ['a', 'b'] },
      { weight: 2, ids: ['a'] },
    ]);
    expect(first!.id).toBe('a');
    expect(first!.score).toBeCloseTo(1, 12);
  });

  it('is the weighted reciprocal rank of the paper, up to scale', () => {
    const fused = fuseRankings([
      { weight: 1, ids: ['a', 'b', 'c'] },
      { weight: 3, ids: ['c', 'a'] },
    ]);
    const byHand = { a: 1 / 61 + 3 / 62, b: 1 / 62, c: 1 / 63 + 3 / 61 };
    const scale = 61 / 4;
    for (const { id, score } of fused) expect(score).toBeCloseTo(byHand[id as 'a'] * scale, 12);
  });

  it('keeps the order of a single ranking', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 50 }), (ids) => {
        const fused = fuseRankings([{ weight: 1, ids }]).map(({ id }) => id);
        expect(fused).toEqual(ids);
      }),
      { seed: 3 },
    );
  });
});
