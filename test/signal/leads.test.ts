import { beforeAll, describe, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../src/ecg/leads.js';
import { type EcgRecord, leadSamples, makeRecord } from '../../src/ecg/record.js';
import { selectLeads } from '../../src/signal/leads.js';
import { LIMB_LEADS } from '../../src/signal/limb-leads.js';
import { changed, loadFixture, onlyLeads, SINUS } from './records.js';

const ROUNDING_MILLIVOLTS = 0.005; // PTB-XL holds whole microvolts, each lead rounded for itself

describe('selectLeads', () => {
  let sinus: EcgRecord;
  beforeAll(async () => {
    sinus = await loadFixture(SINUS);
  });

  it('gives recorded leads in the wanted order, bit by bit', () => {
    const { samples, present, derived } = selectLeads(sinus, ['V6', 'aVF', 'I']);
    expect(samples.subarray(0, 5000)).toEqual(leadSamples(sinus, 11));
    expect(samples.subarray(5000, 10_000)).toEqual(leadSamples(sinus, 5));
    expect(samples.subarray(10_000)).toEqual(leadSamples(sinus, 0));
    expect([...present]).toEqual([1, 1, 1]);
    expect(derived).toEqual([]);
  });

  const pairs = LIMB_LEADS.flatMap((first, index) =>
    LIMB_LEADS.slice(index + 1).map((second) => ({ first, second })),
  );
  it.each(pairs)('derives all limb leads of a real recording from $first and $second', (pair) => {
    const two = onlyLeads(sinus, [pair.first, pair.second]);
    const { samples, present, derived } = selectLeads(two, LIMB_LEADS);
    expect([...present]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(derived).toEqual(LIMB_LEADS.filter((l) => l !== pair.first && l !== pair.second));
    LIMB_LEADS.forEach((lead, row) => {
      const recorded = leadSamples(sinus, sinus.leads.indexOf(lead));
      const worst = recorded.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - samples[row * 5000 + index]!)),
        0,
      );
      expect(worst).toBeLessThan(ROUNDING_MILLIVOLTS);
    });
  });

  it('follows Einthoven and Goldberger exactly', () => {
    const record = makeRecord({
      leads: ['I', 'II'],
      samplingRateHz: 100,
      samples: Float32Array.of(0.5, 2),
      format: 'csv',
    });
    const { samples } = selectLeads(record, ['III', 'aVR', 'aVL', 'aVF']);
    expect([...samples]).toEqual([1.5, -1.25, -0.5, 1.75]);
  });

  it('marks what is not to be had and leaves it zero', () => {
    const two = onlyLeads(sinus, ['II', 'V5']);
    const { samples, present, derived } = selectLeads(two, STANDARD_LEADS);
    expect([...present]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(derived).toEqual([]);
    expect(samples.subarray(0, 5000).every((value) => value === 0)).toBe(true);
  });

  it('takes a lead without a single sample for not recorded', () => {
    const broken = changed(sinus, (lead) => {
      lead('III').fill(Number.NaN);
      lead('V3').fill(Number.NaN);
    });
    const { samples, present, derived } = selectLeads(broken, ['III', 'V3']);
    expect([...present]).toEqual([1, 0]);
    expect(derived).toEqual(['III']);
    expect(samples.some(Number.isNaN)).toBe(false);
  });

  it('leaves a gap of a source a gap in what is derived', () => {
    const gap = changed(onlyLeads(sinus, ['I', 'II']), (lead) => {
      lead('I').fill(Number.NaN, 10, 20);
    });
    const { samples } = selectLeads(gap, ['aVF']);
    expect([...samples].flatMap((value, index) => (Number.isNaN(value) ? [index] : []))).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
  });
});
