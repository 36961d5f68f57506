import { beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { checkLimbLeads, diagnoseLimbLeads } from '../../src/signal/einthoven.js';
import { seededUniform } from '../support/seeded.js';
import {
  BUNDLE_BRANCH_BLOCK,
  changed,
  delayLead,
  FIBRILLATION,
  loadFixture,
  mapLead,
  onlyLeads,
  PACED,
  SINUS,
  SWAPPED,
  swapLeads,
} from './records.js';

type Change = (lead: (name: string) => Float32Array) => void;

describe('checkLimbLeads', () => {
  const records = new Map<string, EcgRecord>();
  beforeAll(async () => {
    for (const name of [SINUS, BUNDLE_BRANCH_BLOCK, PACED, SWAPPED, FIBRILLATION]) {
      records.set(name, await loadFixture(name));
    }
  });

  it.each([SINUS, BUNDLE_BRANCH_BLOCK, PACED])('says nothing about %s, which is right', (name) => {
    expect(checkLimbLeads(records.get(name)!)).toEqual([]);
  });

  it('finds aVL and aVF swapped in a real file', () => {
    const [warning] = checkLimbLeads(records.get(SWAPPED)!);
    expect(warning).toMatchObject({ code: 'signal.limb-leads', leads: ['aVL', 'aVF'] });
    expect(warning!.message).toMatch(/aVL and aVF are swapped/);
  });

  it('finds that each lead has its own gain in a real file whose header scales them one by one', () => {
    const finding = diagnoseLimbLeads(records.get(FIBRILLATION)!);
    expect(finding?.cause.kind).toBe('own-gains');
    expect(checkLimbLeads(records.get(FIBRILLATION)!)[0]!.message).toMatch(/its own gain \(I /);
  });

  it('finds those gains: they are what the header divided by', async () => {
    const record = records.get(FIBRILLATION)!;
    const cause = diagnoseLimbLeads(record)!.cause;
    if (cause.kind !== 'own-gains') throw new Error(`got ${cause.kind}`);
    const wanted = record.adcPerMillivolt!.slice(0, 6).map((gain) => 1 / gain);
    const scale = cause.gains[0]! / wanted[0]!;
    cause.gains.forEach((gain, lead) => {
      expect(gain / (scale * wanted[lead]!)).toBeCloseTo(1, 1);
    });
  });

  const CASES: readonly (readonly [string, Change, object])[] = [
    [
      'aVL and aVF swapped',
      (lead) => swapLeads(lead('aVL'), lead('aVF')),
      { kind: 'order', leads: ['aVL', 'aVF'] },
    ],
    [
      'I and II swapped',
      (lead) => swapLeads(lead('I'), lead('II')),
      { kind: 'order', leads: ['I', 'II'] },
    ],
    [
      'three leads in another order',
      (lead) => {
        swapLeads(lead('I'), lead('II'));
        swapLeads(lead('II'), lead('III'));
      },
      { kind: 'order', order: ['II', 'III', 'I', 'aVR', 'aVL', 'aVF'] },
    ],
    [
      'I with its own gain',
      (lead) => mapLead(lead('I'), (v) => 2 * v),
      { kind: 'gain', leads: ['I'], gain: expect.closeTo(2, 1) },
    ],
    [
      'aVL with a gain a quarter too high',
      (lead) => mapLead(lead('aVL'), (v) => 1.25 * v),
      { kind: 'gain', leads: ['aVL'], gain: expect.closeTo(1.25, 1) },
    ],
    [
      'III with its own gain and offset',
      (lead) => mapLead(lead('III'), (v) => 0.5 * v - 0.3),
      { kind: 'gain', leads: ['III'], gain: expect.closeTo(0.5, 1) },
    ],
    [
      'aVR upside down, as in the Cabrera order',
      (lead) => mapLead(lead('aVR'), (v) => -v),
      { kind: 'polarity', leads: ['aVR'] },
    ],
    ['I upside down', (lead) => mapLead(lead('I'), (v) => -v), { kind: 'polarity', leads: ['I'] }],
    [
      'II with its own baseline',
      (lead) => mapLead(lead('II'), (v) => v + 0.1),
      { kind: 'offset', leads: ['II'], millivolts: expect.closeTo(0.1, 2) },
    ],
    ['III without signal', (lead) => lead('III').fill(0), { kind: 'silent', leads: ['III'] }],
    [
      'unaugmented leads',
      (lead) => {
        for (const name of ['aVR', 'aVL', 'aVF']) mapLead(lead(name), (v) => (v * 2) / 3);
      },
      { kind: 'gain', leads: ['aVR', 'aVL', 'aVF'], gain: expect.closeTo(2 / 3, 2) },
    ],
    [
      'aVL 20 ms late',
      (lead) => delayLead(lead('aVL'), 10),
      { kind: 'time', leads: ['aVL'], milliseconds: 20 },
    ],
    [
      'the augmented leads recorded 2.5 s later',
      (lead) => {
        for (const name of ['aVR', 'aVL', 'aVF']) delayLead(lead(name), 1250);
      },
      { kind: 'time', leads: ['aVR', 'aVL', 'aVF'] },
    ],
    [
      'every lead recorded at another time',
      (lead) => {
        ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'].forEach((name, index) => {
          delayLead(lead(name), 337 * index);
        });
      },
      { kind: 'other' },
    ],
    [
      'every lead with its own gain',
      (lead) => {
        ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'].forEach((name, index) => {
          mapLead(lead(name), (v) => [1, 0.5, 2, 1.3, 0.8, 1.7][index]! * v);
        });
      },
      { kind: 'own-gains' },
    ],
  ];
  it.each(CASES)('names the cause: %s', (_, change, wanted) => {
    for (const name of [SINUS, BUNDLE_BRANCH_BLOCK, PACED]) {
      const spoilt = changed(records.get(name)!, change);
      expect(diagnoseLimbLeads(spoilt)?.cause, name).toMatchObject(wanted);
      const [warning] = checkLimbLeads(spoilt);
      expect(warning!.message).toMatch(
        /^The limb leads do not fit together \(off by [\d.]+ mV\): /,
      );
    }
  });

  it('needs no ADC steps: the same leads as plain numbers are right or wrong alike', () => {
    const { adcPerMillivolt: _, ...plain } = records.get(SINUS)!;
    const record = makeRecord(plain);
    expect(checkLimbLeads(record)).toEqual([]);
    expect(checkLimbLeads(changed(record, (l) => swapLeads(l('aVL'), l('aVF'))))).toHaveLength(1);
  });

  it('allows rounding to coarse steps and a little noise', () => {
    const uniform = seededUniform(4);
    const coarse = changed(records.get(SINUS)!, (lead) => {
      for (const name of ['I', 'II', 'III', 'aVR', 'aVL', 'aVF']) {
        mapLead(lead(name), (v) => Math.round((v + 0.004 * (uniform() - 0.5)) * 200) / 200);
      }
    });
    const { adcPerMillivolt: _, ...rest } = coarse;
    expect(checkLimbLeads(makeRecord({ ...rest, adcPerMillivolt: Array(12).fill(200) }))).toEqual(
      [],
    );
  });

  it('lets two seconds of a loose electrode pass, and gaps too', () => {
    const loose = changed(records.get(SINUS)!, (lead) => {
      lead('II').fill(3, 1000, 1900);
      lead('aVL').fill(Number.NaN, 3000, 3200);
    });
    expect(checkLimbLeads(loose)).toEqual([]);
  });

  it('has nothing to say where a limb lead is not recorded or holds no sample', () => {
    const sinus = records.get(SINUS)!;
    expect(checkLimbLeads(onlyLeads(sinus, ['I', 'II', 'V1']))).toEqual([]);
    expect(checkLimbLeads(changed(sinus, (lead) => lead('I').fill(Number.NaN)))).toEqual([]);
  });
});
