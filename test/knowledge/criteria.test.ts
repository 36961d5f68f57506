/**
 * What the entries say in numbers. Oracle: limits as a reader of the cited papers states them, written
 * down here a second time.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { isKindOf } from '../../src/knowledge/knowledge.js';
import { resolveLabel } from '../../src/knowledge/labels.js';
import { conceptOfCode, find } from '../../src/knowledge/lookup.js';
import { negatedForms } from '../../src/knowledge/negation.js';
import { but, fits, healthyMan, type Patient } from './measured.js';
import { fixture, ownKnowledge } from './support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const criteria = (key: string) =>
  (knowledge.byKey.get(key)!.criteria ?? []).map((one) => {
    const { feature, comparison, value, range, unit, leads = [], population } = one;
    const limit = range?.join(' to ') ?? value;
    const { sex, ageYears } = population ?? {};
    const who = [sex, ageYears && `${ageYears.min ?? ''}-${ageYears.max ?? ''}`];
    return [feature, comparison, limit, unit, leads.join(), ...who].filter(Boolean).join(' ');
  });

describe('criteria', () => {
  it.each([
    ['1AVB', ['prInterval > 200 ms 16-']],
    ['SBRAD', ['heartRate < 60 bpm']],
    ['STACH', ['heartRate > 100 bpm']],
    ['LNGQT', ['qtc >= 460 ms female', 'qtc >= 450 ms male']],
    ['LVOLT-LIMB', ['qrsAmplitude < 0.5 mV I,II,III,aVR,aVL,aVF']],
    ['AXIS-LEFT', ['axis < -30 deg 16-', 'axis >= -90 deg 16-']],
    ['LAFB', ['axis between -90 to -45 deg', 'qrsDuration < 120 ms', 'rPeakTime >= 45 ms aVL']],
  ])('of %s', (key, expected) => {
    expect(criteria(key)).toEqual(expected);
  });

  it('hold the voltage rules of left ventricular hypertrophy by sex', () => {
    expect(criteria('LVH')).toEqual(
      expect.arrayContaining([
        'sokolowLyon >= 3.5 mV 16-',
        'cornell > 2.8 mV male 16-',
        'cornell > 2 mV female 16-',
        'cornellProduct >= 244 mV*ms 16-',
        'rAmplitude > 1.1 mV aVL 16-',
      ]),
    );
  });

  it('hold the ST limits of the universal definition by sex, age and lead', () => {
    expect(criteria('STEMI')).toEqual(
      expect.arrayContaining([
        'jLevel >= 0.2 mV V2,V3 male 40-',
        'jLevel >= 0.25 mV V2,V3 male -39',
        'jLevel >= 0.15 mV V2,V3 female',
        'jLevel >= 0.1 mV II,III,aVF',
      ]),
    );
  });

  it('leave no rhythm, conduction disturbance or infarction without something to look for', () => {
    const bare = knowledge.concepts
      .filter(({ key }) => !['SVARR', 'AVB', 'CD', 'BBB'].includes(key))
      .filter(({ category }) => ['rhythm', 'conduction', 'infarction'].includes(category))
      .filter(({ criteria: numbers, leadFindings }) => !numbers && !leadFindings)
      .map(({ key }) => key);
    expect(bare).toEqual([]);
  });
});

describe('criteria against measurements', () => {
  const fitting = (patient: Patient) =>
    knowledge.concepts.filter((concept) => fits(concept, patient)).map(({ key }) => key);

  it('fit a healthy man only where the numbers alone decide little', () => {
    const normal = ['NORM', 'SR', 'AXIS-NORMAL'];
    const undecided = ['AJR', 'ATRIAL-RHYTHM', 'FQRS'];
    expect(fitting(healthyMan).sort()).toEqual([...normal, ...undecided].sort());
  });

  it('fit a woman’s QT and ST by her own limits', () => {
    const woman = but(healthyMan, { sex: 'female', whole: { qtc: 455 } });
    expect(fitting(woman)).not.toContain('LNGQT');
    expect(fitting(but(healthyMan, { whole: { qtc: 455 } }))).toContain('LNGQT');
    const raised = { jLevel: { V2: 0.16, V3: 0.16 } };
    expect(fitting(but(woman, { leads: raised }))).toContain('STEMI');
    expect(fitting(but(healthyMan, { leads: raised }))).not.toContain('STEMI');
  });

  it.each<[string, Partial<Patient>, string[], string[]]>([
    [
      'left bundle branch block',
      { whole: { qrsDuration: 150 }, leads: { rPeakTime: { V5: 80, V6: 80 } } },
      ['CLBBB', 'IVCD', 'BBB'],
      ['ILBBB', 'NORM', 'LAFB'],
    ],
    [
      'left anterior fascicular block',
      { whole: { axis: -60 }, leads: { rPeakTime: { aVL: 48 } } },
      ['LAFB', 'LAFB/LPFB', 'AXIS-LEFT'],
      ['AXIS-NORMAL', 'BIFB', 'LPFB'],
    ],
    ['pre-excitation', { whole: { prInterval: 100, qrsDuration: 130 } }, ['WPW', 'SHPR'], ['1AVB']],
    [
      'inferior infarction',
      { leads: { qDuration: { III: 40, aVF: 40 }, qAmplitude: { III: 0.3, aVF: 0.2 } } },
      ['IMI', 'QWAVE', 'MI', 'OLD-MI'],
      ['AMI', 'LMI', 'PMI', 'IPMI', 'ILMI'],
    ],
    [
      'Q in III alone',
      { leads: { qDuration: { III: 40 }, qAmplitude: { III: 0.3 } } },
      ['SR'],
      ['IMI', 'QWAVE', 'MI'],
    ],
    [
      'left ventricular hypertrophy with strain',
      { whole: { sokolowLyon: 4.2 }, leads: { tAmplitude: { V5: -0.2, V6: -0.2 } } },
      ['LVH', 'VCLVH', 'LVSTRAIN', 'INVT'],
      ['RVH'],
    ],
    [
      'low voltage in the limbs',
      { leads: { qrsAmplitude: { I: 0.3, II: 0.4, III: 0.3, aVR: 0.3, aVL: 0.3, aVF: 0.3 } } },
      ['LVOLT', 'LVOLT-LIMB'],
      ['LVOLT-CHEST'],
    ],
    [
      'swapped arm cables',
      { leads: { pAmplitude: { I: -0.1, aVR: 0.05 } } },
      ['LEAD-ARM'],
      ['DEXTROCARDIA'],
    ],
    ['a child’s wide QRS', { ageYears: 6, whole: { qrsDuration: 85 } }, ['IVCD'], ['BBB']],
    [
      'ventricular tachycardia',
      { whole: { heartRate: 170, ventricularRun: 20, qrsDuration: 160 } },
      ['VT', 'TACHY', 'WCT', 'NSVT'],
      ['IVR', 'AIVR', 'SR', 'VCOUPLET'],
    ],
    [
      'hypokalemia',
      { leads: { uToT: { V3: 1.5 }, tAmplitude: { II: 0.05, V5: 0.05 } } },
      ['HYPOK', 'LOWT'],
      ['HYPERK'],
    ],
    [
      'posterior infarction',
      { leads: { rDuration: { V1: 50, V2: 50 }, rToS: { V1: 1.5, V2: 2 } } },
      ['PMI', 'MI', 'ROT-CCW'],
      ['IMI', 'IPMI'],
    ],
    ['first degree block', { whole: { prInterval: 240 } }, ['1AVB', 'LPR'], ['NORM', '2AVB']],
    [
      'Mobitz block',
      { whole: { nonConductedP: 2, successiveNonConductedP: 1 } },
      ['2AVB', '2AVB1', '2AVB2'],
      ['AVB-HIGH'],
    ],
  ])('fit %s and not its neighbours', (_, changes, fitted, others) => {
    const keys = fitting(but(healthyMan, changes));
    expect(keys).toEqual(expect.arrayContaining(fitted));
    for (const key of others) expect(keys).not.toContain(key);
  });
});

describe('labels of CSN and of the Challenge', () => {
  const codes =
    fixture<Record<'csn' | 'challenge2021', Record<string, string>>>('label-codes.json');

  it.each(
    Object.entries(codes).flatMap(([set, labels]) =>
      Object.entries(labels).map(([key, code]) => [set, key, code] as const),
    ),
  )('%s:%s is what its SNOMED CT code %s says', (set, key, code) => {
    const { concept } = knowledge.labels[set as keyof typeof codes].get(key)!;
    const coded = conceptOfCode(knowledge, code)!;
    const isSame = isKindOf(knowledge, concept, coded) || isKindOf(knowledge, coded, concept);
    expect([key, concept.key, coded.key, isSame]).toEqual([key, concept.key, coded.key, true]);
  });

  it.each([
    ['csn:AF', 'AFLT'],
    ['csn:ST', 'STACH'],
    ['csn:STE', 'ST-INTERVAL'],
    ['csn:STTU', 'ST-ELEVATION'],
    ['csn:VEB', 'VESC'],
    ['challenge:AF', 'AFIB'],
    ['challenge2021:PR', 'PACE'],
    ['challenge2021:tinv', 'INVT'],
    ['AF', 'AFIB'],
    ['hyperkalaemia', 'HYPERK'],
    ['knowledge:HYPERK', 'HYPERK'],
    ['überdrehter Linkstyp', 'AXIS-LEFT'],
    ['stemi', 'STEMI'],
  ])('reads %s as %s', (text, key) => {
    expect(resolveLabel(knowledge, text).concept.key).toBe(key);
  });

  it.each(['ST', 'SA', 'PR', 'AT', 'LAD', 'ALS'])('does not read %s without its set', (text) => {
    expect(() => resolveLabel(knowledge, text)).toThrow(/No label has the name or code/);
    expect(find(knowledge, `an ECG with ${text} in it`)).toEqual([]);
  });

  it('notes the classes that the Challenge scores as the same', () => {
    const same = knowledge.concepts.flatMap(({ sets }) =>
      sets.filter(({ sameAs }) => sameAs).map(({ key, sameAs }) => `${key}=${sameAs}`),
    );
    expect(same.sort()).toEqual(['LBBB=CLBBB', 'RBBB=CRBBB', 'SVPB=PAC', 'VPB=PVC']);
  });
});

describe('negatedForms', () => {
  it('makes phrases in both languages that a reader takes as a denial', () => {
    for (const concept of knowledge.concepts) {
      const { en, de } = negatedForms(concept);
      const byRule = [...en.slice(0, 3), ...de.slice(0, 4)];
      expect(byRule).toHaveLength(7);
      for (const form of byRule) {
        const match = find(knowledge, form).find((one) => one.concept === concept);
        expect([form, match?.assertion]).toEqual([form, 'negated']);
      }
    }
  });

  it('adds what the rule cannot make', () => {
    const { en, de } = negatedForms(knowledge.byKey.get('LNGQT')!);
    expect(en).toContain('normal QT interval');
    expect(de).toEqual(expect.arrayContaining(['keine QT-Verlängerung', 'QT-Zeit normal']));
  });
});

describe('abbreviations', () => {
  it('are read in capitals within a text and in any case where they are the text', () => {
    const keys = (text: string) => find(knowledge, text).map(({ concept }) => concept.key);
    expect(keys('runs of VT at night')).toEqual(['VT']);
    expect(keys('runs of vt at night')).toEqual([]);
    expect(keys('vt')).toEqual(['VT']);
    expect(keys('seen in the ER for PE')).toEqual([]);
  });
});
