import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../src/ecg/leads.js';
import { type EcgRecord, leadSamples } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { writeEcg } from '../../src/formats/write.js';
import { INDEPENDENT_LEADS, leadMaps } from '../../src/signal/lead-map.js';
import { repairLeads } from '../../src/signal/lead-repair.js';
import { changed, loadFixture, onlyLeads, SINUS } from './records.js';

const samplesOf = (record: EcgRecord, lead: string) =>
  leadSamples(record, record.leads.indexOf(lead));

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [aa, bb, ab] = [0, 0, 0];
  a.forEach((value, index) => {
    const [x, y] = [value - meanA, b[index]! - meanB];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  });
  return ab / Math.sqrt(aa * bb);
}

describe('lead repair', () => {
  let sinus: EcgRecord;
  let folder: string;
  beforeAll(async () => {
    sinus = await loadFixture(SINUS);
    folder = mkdtempSync(join(tmpdir(), 'pqrsearch-repair-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves a recording with all twelve leads as it is', () => {
    expect(repairLeads(sinus)).toBe(sinus);
  });

  it('computes limb leads exactly from any two of them', () => {
    for (const pair of [
      ['I', 'II'],
      ['aVL', 'III'],
      ['aVR', 'aVF'],
    ]) {
      const kept = [...pair, 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
      const repaired = repairLeads(onlyLeads(sinus, kept));
      expect(repaired.leads).toEqual(STANDARD_LEADS);
      expect(repaired.reconstructed).toHaveLength(4);
      for (const { lead, method, rmseMillivolts, from } of repaired.reconstructed!) {
        expect({ method, rmseMillivolts }).toEqual({ method: 'limb-identity', rmseMillivolts: 0 });
        expect([...from].sort()).toEqual([...pair].sort());
        const off = samplesOf(repaired, lead).map((v, at) => v - samplesOf(sinus, lead)[at]!);
        // Each recorded lead was rounded to a step of 1 microvolt or was itself derived with such.
        expect(Math.max(...off.map(Math.abs))).toBeLessThan(0.006);
      }
    }
  });

  it('computes nine leads from II, V1 and V5 and tells the error to expect', () => {
    const repaired = repairLeads(onlyLeads(sinus, ['II', 'V1', 'V5']));
    expect(repaired.leads).toEqual(STANDARD_LEADS);
    const made = new Map(repaired.reconstructed!.map((one) => [one.lead, one]));
    expect([...made.keys()].sort()).toEqual(
      STANDARD_LEADS.filter((lead) => !['II', 'V1', 'V5'].includes(lead)).sort(),
    );
    expect(made.get('V6')).toMatchObject({ method: 'regression', from: ['II', 'V1', 'V5'] });
    expect(made.get('V6')!.rmseMillivolts).toBeLessThan(made.get('V3')!.rmseMillivolts);
    expect(correlation(samplesOf(repaired, 'V6'), samplesOf(sinus, 'V6'))).toBeGreaterThan(0.8);
    expect(correlation(samplesOf(repaired, 'aVR'), samplesOf(sinus, 'aVR'))).toBeGreaterThan(0.8);
    const warning = repaired.warnings.find(({ code }) => code === 'signal.reconstructed');
    expect(warning?.leads).toHaveLength(9);
    expect(warning?.message).toContain('V6 (expected error 0.07 mV)');
  });

  it('keeps recorded leads sample for sample, and leads beyond the twelve', () => {
    const { leads, ...rest } = onlyLeads(sinus, ['II', 'V1', 'V5']);
    const named = { ...rest, leads: ['II', 'V1', 'Vx'] } as EcgRecord;
    const repaired = repairLeads(named);
    expect(repaired.leads).toEqual([...STANDARD_LEADS, 'Vx']);
    expect(samplesOf(repaired, 'II')).toEqual(samplesOf(sinus, 'II'));
    expect(samplesOf(repaired, 'Vx')).toEqual(samplesOf(sinus, 'V5'));
    expect(leads).toHaveLength(3);
  });

  it('replaces a lead that is flat throughout', () => {
    const flat = changed(sinus, (lead) => lead('V6').fill(0.3));
    const repaired = repairLeads(flat);
    expect(repaired.reconstructed!.map(({ lead }) => lead)).toEqual(['V6']);
    expect(correlation(samplesOf(repaired, 'V6'), samplesOf(sinus, 'V6'))).toBeGreaterThan(0.8);
  });

  it('leaves gaps where a source has one', () => {
    const holed = changed(sinus, (lead) => lead('II').fill(Number.NaN, 100, 200));
    const repaired = repairLeads(onlyLeads(holed, ['II', 'V1', 'V5']));
    expect(samplesOf(repaired, 'V3')[150]).toBeNaN();
    expect(samplesOf(repaired, 'V3')[250]).not.toBeNaN();
  });

  it('refuses a recording in which no standard lead has a signal', () => {
    const dead = changed(sinus, (lead) => {
      for (const name of sinus.leads) lead(name).fill(0);
    });
    expect(() => repairLeads(dead)).toThrowError(
      expect.objectContaining({ code: 'signal.unusable' }),
    );
  });

  it.each(['.hea', '.npy'])('stays marked through a %s file', async (extension) => {
    const repaired = repairLeads(onlyLeads(sinus, ['I', 'II', 'V1']));
    const path = join(folder, `repaired${extension}`);
    await writeEcg(repaired, path);
    expect((await readEcg(path)).reconstructed).toEqual(repaired.reconstructed);
  });
});

describe('the map between leads', () => {
  const independent = fc.uniqueArray(fc.constantFrom(...INDEPENDENT_LEADS), {
    minLength: 1,
    maxLength: 7,
  });

  it('expects no larger an error with one more lead', () => {
    fc.assert(
      fc.property(independent, fc.constantFrom(...INDEPENDENT_LEADS), (present, more) => {
        const missing = INDEPENDENT_LEADS.filter(
          (lead) => !present.includes(lead) && lead !== more,
        );
        if (missing.length === 0 || present.includes(more)) return;
        const few = leadMaps(present, missing);
        const many = leadMaps([...present, more], missing);
        // The ridge costs a little of what the lead brings.
        few.forEach(({ rmseMillivolts }, index) => {
          expect(many[index]!.rmseMillivolts).toBeLessThan(rmseMillivolts + 0.002);
        });
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('gives a present lead back with next to no error', () => {
    const [map] = leadMaps(['II', 'V1', 'V5'], ['V1']);
    expect(map!.weights[1]).toBeCloseTo(1, 1);
    expect(map!.rmseMillivolts).toBeLessThan(0.01);
  });

  it('knows limb leads as parts of I and II', () => {
    const [one, two, three] = leadMaps(['II', 'V1', 'V5'], ['I', 'II', 'III']);
    three!.weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(two!.weights[at]! - one!.weights[at]!, 6);
    });
  });
});
