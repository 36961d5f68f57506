import { describe, expect, it } from 'vitest';
import { onlyFirst, onlyLeads } from '../../eval/model/embedded.js';
import { worstMisses } from '../../eval/model/misses.js';
import { ndcg } from '../../eval/model/retrieval.js';
import { compare, figuresOf, scoreSet } from '../../eval/model/scored-set.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { seededRandom } from '../../src/evaluate/bootstrap.js';

const random = seededRandom(1);
const rows = Array.from({ length: 60 }, (_, index) => ({
  record: `r${index}`,
  patientId: `p${index >> 1}`,
  fold: 10,
  values: { common: index % 2, rare: index < 4 ? 1 : 0 },
}));
const noise = new Map(rows.map(({ record }) => [record, random()]));
const truth = new Map(rows.map(({ record, values }) => [record, values.common]));

describe('a scored set', () => {
  const perfect = scoreSet(rows, ['common', 'rare'], (_, record) => truth.get(record)!);
  const guessed = scoreSet(rows, ['common', 'rare'], (_, record) => noise.get(record)!);

  it('leaves out labels with fewer than five positives', () => {
    expect(perfect.columns.map(({ label }) => label)).toEqual(['common']);
  });

  it('gives 1 to an order that is right and an interval around chance to noise', () => {
    expect(figuresOf(perfect).macroAuroc).toBe(1);
    const [low, high] = figuresOf(guessed).macroAurocCi;
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
  });

  it('is compared in pairs: equal to itself, above noise', () => {
    expect(compare(perfect, perfect)).toMatchObject({ difference: 0, verdict: 'equal' });
    expect(compare(perfect, guessed).verdict).toBe('above');
    expect(compare(guessed, perfect).verdict).toBe('below');
  });

  it('refuses to compare different recordings', () => {
    const fewer = scoreSet(rows.slice(2), ['common'], () => 0);
    expect(() => compare(perfect, fewer)).toThrow(/same recordings/);
  });

  it('names the positive that most others stand above as the worst miss', () => {
    const lowest = scoreSet(rows, ['common'], (_, record) =>
      record === 'r7' ? -1 : truth.get(record)!,
    );
    const [miss] = worstMisses({ form: lowest }, (record) => `report of ${record}`, 3);
    expect(miss).toMatchObject({ record: 'r7', above: 1, report: 'report of r7' });
  });
});

describe('nDCG at 10', () => {
  it('is 1 for the best order and follows the formula for another', () => {
    expect(ndcg([3, 2, 1])).toBe(1);
    const gained = 1 + 3 / Math.log2(3);
    expect(ndcg([1, 3])).toBeCloseTo(gained / (3 + 1 / Math.log2(3)), 12);
    expect(ndcg([0, 0])).toBe(0);
  });
});

describe('part of a recording', () => {
  const record: EcgRecord = {
    leads: ['I', 'II', 'V1'],
    samplingRateHz: 2,
    sampleCount: 4,
    samples: Float32Array.from([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]),
    format: 'csv',
    patient: {},
    codes: [],
    comments: [],
    warnings: [],
  };

  it('has the leads asked for with their own samples', () => {
    const { leads, samples } = onlyLeads(['V1', 'I'])(record);
    expect(leads).toEqual(['I', 'V1']);
    expect([...samples]).toEqual([0, 1, 2, 3, 20, 21, 22, 23]);
  });

  it('has the first seconds of every lead', () => {
    const { sampleCount, samples } = onlyFirst(1)(record);
    expect(sampleCount).toBe(2);
    expect([...samples]).toEqual([0, 1, 10, 11, 20, 21]);
  });
});
