import { beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { inspectSignal } from '../../src/signal/quality.js';
import { seededNormal } from '../support/seeded.js';
import {
  BUNDLE_BRANCH_BLOCK,
  changed,
  loadFixture,
  mapLead,
  onlyLeads,
  PACED,
  SINUS,
} from './records.js';

describe('inspectSignal', () => {
  let sinus: EcgRecord;
  beforeAll(async () => {
    sinus = await loadFixture(SINUS);
  });
  const spoilt = (change: (lead: (name: string) => Float32Array) => void) =>
    inspectSignal(changed(sinus, change));
  const scaled = (factor: number) => {
    const { adcPerMillivolt: _, ...rest } = sinus;
    return inspectSignal(makeRecord({ ...rest, samples: sinus.samples.map((v) => v * factor) }));
  };

  it.each([SINUS, BUNDLE_BRANCH_BLOCK, PACED])('has no remark about %s', async (name) => {
    const { leads, warnings, usable } = inspectSignal(await loadFixture(name));
    expect(warnings).toEqual([]);
    expect(usable).toBe(true);
    expect(leads).toHaveLength(12);
    for (const lead of leads) {
      expect(lead).toMatchObject({
        missing: false,
        missingShare: 0,
        clippedShare: 0,
        hasSignal: true,
      });
      expect(lead.rangeMillivolts).toBeGreaterThan(0.1);
      expect(lead.rangeMillivolts).toBeLessThan(10);
    }
  });

  it('names a lead without a sample', () => {
    const { leads, warnings } = spoilt((lead) => lead('V3').fill(Number.NaN));
    expect(leads[8]).toMatchObject({
      lead: 'V3',
      missing: true,
      missingShare: 1,
      hasSignal: false,
    });
    expect(leads[8]!.rangeMillivolts).toBeNaN();
    expect(warnings.map(({ code, leads: named }) => [code, named])).toEqual([
      ['signal.missing', ['V3']],
      ['signal.few-leads', ['V3']],
    ]);
  });

  it('names leads with gaps and how long they are', () => {
    const { leads, warnings } = spoilt((lead) => lead('V1').fill(Number.NaN, 100, 600));
    expect(leads[6]!.missingShare).toBeCloseTo(0.1, 10);
    expect(warnings).toEqual([
      { code: 'signal.gaps', leads: ['V1'], message: 'Lead V1 has gaps, up to 10 % of the time.' },
    ]);
  });

  it('names a lead that is flat for a while, and does not take a short rest for flat', () => {
    const { leads, warnings } = spoilt((lead) => lead('V2').fill(0.01, 1000, 3500));
    expect(leads[7]!.flatShare).toBeCloseTo(0.5, 2);
    expect(warnings.map(({ code, leads: named }) => [code, named])).toEqual([
      ['signal.flat', ['V2']],
    ]);
    expect(spoilt((lead) => lead('V2').fill(0.01, 1000, 1450)).warnings).toEqual([]);
  });

  it('names a lead that is flat throughout once as flat and once as not there', () => {
    const { warnings, usable } = spoilt((lead) => lead('V6').fill(0));
    expect(warnings.map(({ code }) => code)).toEqual(['signal.flat', 'signal.few-leads']);
    expect(usable).toBe(true);
  });

  it('names a lead whose peaks are cut off', () => {
    const { leads, warnings } = spoilt((lead) => {
      const v5 = lead('V5');
      const limit = 0.7 * Math.max(...v5);
      mapLead(v5, (value) => Math.min(limit, value));
    });
    expect(leads[10]!.clippedShare).toBeGreaterThan(0.001);
    expect(warnings.map(({ code, leads: named }) => [code, named])).toEqual([
      ['signal.clipped', ['V5']],
    ]);
  });

  it('sees microvolts taken for millivolts', () => {
    const { warnings, usable } = scaled(1000);
    expect(warnings.map(({ code }) => code)).toEqual(['signal.amplitude']);
    expect(warnings[0]!.message).toMatch(/microvolts taken for millivolts/);
    expect(usable).toBe(true);
  });

  it('sees volts taken for millivolts, and a gain that is off', () => {
    expect(scaled(0.001).warnings[0]!.message).toMatch(/volts taken for millivolts/);
    expect(scaled(0.03).warnings[0]!.message).toMatch(/too small for an ECG/);
    expect(scaled(40).warnings[0]!.message).toMatch(/the gain or the unit is wrong/);
    expect(scaled(3).warnings).toEqual([]);
    expect(scaled(0.4).warnings).toEqual([]);
  });

  it('sees one lead whose amplitude no heart has', () => {
    const { warnings } = spoilt((lead) => mapLead(lead('V4'), (value) => 60 * value));
    expect(warnings).toMatchObject([{ code: 'signal.amplitude', leads: ['V4'] }]);
  });

  it('says which standard leads are missing, counting those that can be derived', () => {
    const few = inspectSignal(onlyLeads(sinus, ['II', 'V5', 'V1']));
    expect(few.warnings).toMatchObject([{ code: 'signal.few-leads' }]);
    expect(few.warnings[0]!.message).toMatch(/^3 of the 12 standard leads/);
    expect(few.warnings[0]!.leads).toContain('aVF');
    const eight = onlyLeads(sinus, ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']);
    expect(inspectSignal(eight).warnings).toEqual([]);
    expect(inspectSignal(onlyLeads(sinus, ['II'])).usable).toBe(true);
  });

  it('passes on what the limb leads say', () => {
    const { warnings } = spoilt((lead) => mapLead(lead('aVR'), (value) => -value));
    expect(warnings.map(({ code }) => code)).toEqual(['signal.limb-leads']);
  });

  it('calls a recording without any signal unusable', () => {
    const flat = makeRecord({ ...sinus, samples: new Float32Array(60_000) });
    expect(inspectSignal(flat)).toMatchObject({ usable: false });
    const missing = makeRecord({ ...sinus, samples: new Float32Array(60_000).fill(Number.NaN) });
    expect(inspectSignal(missing)).toMatchObject({ usable: false });
    expect(inspectSignal(missing).warnings.map(({ code }) => code)).toEqual(['signal.missing']);
  });

  it('copes with one sample and with noise', () => {
    const one = makeRecord({
      leads: ['I'],
      samplingRateHz: 500,
      samples: Float32Array.of(1),
      format: 'csv',
    });
    expect(() => inspectSignal(one)).not.toThrow();
    const normal = seededNormal(8);
    const noise = makeRecord({ ...sinus, samples: Float32Array.from({ length: 60_000 }, normal) });
    expect(inspectSignal(noise).warnings.map(({ code }) => code)).toEqual(['signal.limb-leads']);
  });
});
