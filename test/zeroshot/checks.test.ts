import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { checksOf } from '../../src/zeroshot/checks.js';
import { judge } from '../../src/zeroshot/criteria.js';
import type { Decision } from '../../src/zeroshot/decision.js';
import { ownKnowledge } from '../knowledge/support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const at = (heartRate: number) => ({ measured: { heartRate } });
const verdict = (key: string, patient: Parameters<typeof judge>[1]) =>
  judge(knowledge.byKey.get(key)!, patient).verdict;

describe('criteria', () => {
  it.each([
    ['SBRAD', 45, 'met'],
    ['SBRAD', 61, 'open'], // missed by less than a measurement may err
    ['SBRAD', 90, 'failed'],
    ['STACH', 120, 'met'],
    ['STACH', 80, 'failed'],
    ['SR', 75, 'met'],
    ['SR', 150, 'failed'],
    ['AFIB', 75, 'open'], // its only criterion supports and decides nothing
    ['CLBBB', 75, 'open'], // nothing it needs is measured
  ] as const)('of %s at %i beats a minute are %s', (key, rate, expected) => {
    expect(verdict(key, at(rate))).toBe(expected);
  });

  it('stay open where nothing is measured', () => {
    for (const concept of knowledge.concepts) {
      expect(judge(concept, { measured: {} }).verdict).toBe('open');
    }
  });

  it('are those of the sex and age that the patient has, and open where these are not known', () => {
    const measured = { cornell: 2.4, sokolowLyon: 1, cornellProduct: 10, romhiltEstes: 0 };
    expect(verdict('LVH', { measured, sex: 'female', ageYears: 60 })).toBe('met');
    expect(verdict('LVH', { measured, ageYears: 60 })).toBe('open');
    expect(verdict('LVH', { measured, sex: 'male', ageYears: 60 })).toBe('open'); // R in aVL is not measured
  });
});

describe('criteria of what is measured beside the rate', () => {
  const adult = { sex: 'male', ageYears: 60 } as const;

  it.each([
    ['1AVB', { prInterval: 230 }, 'met'],
    ['1AVB', { prInterval: 190 }, 'open'], // boundaries differ by more
    ['1AVB', { prInterval: 150 }, 'failed'],
    ['CRBBB', { qrsDuration: 140 }, 'met'],
    ['CRBBB', { qrsDuration: 85 }, 'failed'],
    ['AXIS-LEFT', { axis: -50 }, 'met'],
    ['AXIS-LEFT', { axis: 40 }, 'failed'],
    ['PVC', { prematureBeats: 2 }, 'met'],
    ['PVC', { prematureBeats: 0 }, 'open'], // a beat that is not found is no proof
  ] as const)('of %s with %o are %s', (key, measured, expected) => {
    expect(verdict(key, { ...adult, measured })).toBe(expected);
  });

  it('of leads are met in all of them, and never fail', () => {
    const inverted = (millivolts: number) => ({
      ...adult,
      measured: {},
      leads: { tAmplitude: { V3: millivolts, V4: millivolts, V5: millivolts } },
    });
    expect(verdict('INVT', inverted(-0.3))).toBe('met');
    expect(verdict('INVT', inverted(0.3))).toBe('open');
    expect(verdict('INVT', { ...adult, measured: {}, leads: {} })).toBe('open');
  });

  it('tell what was measured, lead by lead', () => {
    const leads = { tAmplitude: { V3: -0.31, V4: -0.222, V5: 0.1 } };
    const { told } = judge(knowledge.byKey.get('INVT')!, { ...adult, measured: {}, leads });
    expect(told.join()).toMatch(/measured .*V3 -0\.31, V4 -0\.22/);
  });
});

describe('checks of a label', () => {
  type Standings = Record<string, { decision: Decision; percentile: number }>;
  const check = (
    label: { concept?: string; requires?: string[]; excludes?: string[]; percentile?: number },
    heartRate: number,
    standings: Standings = {},
  ) => {
    const { concept, requires = [], excludes = [], percentile = 50 } = label;
    const { vetoed, supportedBy } = checksOf(
      {
        ...(concept && { concept: knowledge.byKey.get(concept)! }),
        own: { requires, excludes },
        percentile,
      },
      at(heartRate),
      knowledge,
      (key) => standings[key],
    );
    const told = (one: { by: string; concept: string }) => `${one.by} ${one.concept}`;
    return { vetoed: vetoed.map(told), supportedBy: supportedBy.map(told) };
  };

  it('hear what is measured against the criteria of its entry', () => {
    expect(check({ concept: 'SBRAD' }, 90).vetoed).toEqual(['measurement SBRAD']);
    expect(check({ concept: 'SBRAD' }, 45).supportedBy).toEqual(['measurement SBRAD']);
    expect(check({ concept: 'CLBBB' }, 45)).toEqual({ vetoed: [], supportedBy: [] });
  });

  it('hear the concepts it requires, by measurement first', () => {
    const label = { requires: ['TACHY'] };
    const high = { TACHY: { decision: 'high', percentile: 99 } } as const;
    expect(check(label, 70, high)).toEqual({ vetoed: ['measurement TACHY'], supportedBy: [] });
    expect(check(label, 130, high).supportedBy).toEqual(['measurement TACHY', 'concept TACHY']);
    const low = { CLBBB: { decision: 'low', percentile: 5 } } as const;
    expect(check({ requires: ['CLBBB'] }, 70, low).vetoed).toEqual(['concept CLBBB']);
    expect(check({ requires: ['CLBBB'] }, 70)).toEqual({ vetoed: [], supportedBy: [] });
  });

  it('hear a concept it excludes where that scores high and higher than the label', () => {
    const label = { excludes: ['SBRAD'], percentile: 90 };
    const scored = (percentile: number, decision: Decision = 'high') => ({
      SBRAD: { decision, percentile },
    });
    expect(check(label, 45, scored(95)).vetoed).toEqual(['concept SBRAD']);
    expect(check(label, 45, scored(85)).vetoed).toEqual([]);
    expect(check(label, 45, scored(95, 'possible')).vetoed).toEqual([]);
    expect(check(label, 90, scored(95)).vetoed).toEqual([]); // at 90 it is no bradycardia
  });
});
