import { beforeAll, describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import type { LabelSet } from '../../src/knowledge/concept.js';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { defaultLabels, resolveColumns, resolveLabel } from '../../src/knowledge/labels.js';
import { fixture, ownKnowledge } from './support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const resolved = (text: string) => {
  const { set, key, concept } = resolveLabel(knowledge, text);
  return `${set}:${key} ${concept.key}`;
};
const failure = (text: string): PqrError => {
  try {
    resolveLabel(knowledge, text);
  } catch (error) {
    if (PqrError.isInstance(error)) return error;
    throw error;
  }
  throw new Error(`${text} was resolved`);
};

describe('resolveLabel', () => {
  it('takes every SCP-ECG statement by its code and by its name', () => {
    for (const { key, concept } of defaultLabels(knowledge)) {
      expect(resolveLabel(knowledge, key)).toMatchObject({ set: 'ptbxl-scp', key });
      expect(resolveLabel(knowledge, concept.name)).toMatchObject({ set: 'ptbxl-scp', key });
    }
  });

  it.each([
    ['NORM', 'ptbxl-scp:NORM NORM'],
    [' afib ', 'ptbxl-scp:AFIB AFIB'],
    ['VPC', 'cpsc2018:VPC PVC'],
    ['Linksschenkelblock', 'ptbxl-scp:CLBBB CLBBB'],
    ['_AVB', 'ptbxl-sub:AVB AVB'],
    ['LAFB/LPFB', 'ptbxl-sub:LAFB/LPFB LAFB/LPFB'],
    ['HYP', 'ptbxl-super:HYP HYP'],
    ['164889003', 'ptbxl-scp:AFIB AFIB'],
    ['snomed:164889003', 'ptbxl-scp:AFIB AFIB'],
    ['aha:50', 'ptbxl-scp:AFIB AFIB'],
    ['scp:STE_', 'ptbxl-scp:STE_ STE_'],
    ['ptbxl:STTC', 'ptbxl-super:STTC STTC'],
    ['ptbxl-sub:STTC', 'ptbxl-sub:STTC SUB-STTC'],
    ['PTBXL-SUPER:sttc', 'ptbxl-super:STTC STTC'],
    ['ptbxl:STE', 'ptbxl-form:STE STE_'],
    ['cpsc2018:STE', 'cpsc2018:STE ST-ELEVATION'],
    ['ST elevation', 'cpsc2018:STE ST-ELEVATION'],
    ['ptbxl:left bundle branch block', 'ptbxl-scp:CLBBB CLBBB'],
  ])('reads %s as %s', (text, label) => {
    expect(resolved(text)).toBe(label);
  });

  it('prefers a statement to the group of the same letters, which its set still reaches', () => {
    expect(resolved('AMI')).toBe('ptbxl-scp:AMI AMI');
    expect(resolved('ptbxl-sub:AMI')).toBe('ptbxl-sub:AMI SUB-AMI');
    expect(resolved('ptbxl-sub:IMI')).toBe('ptbxl-sub:IMI SUB-IMI');
  });

  it.each([
    ['STTC', ['ptbxl-super:STTC', 'ptbxl-sub:STTC']],
    ['STE', ['ptbxl-form:STE', 'cpsc2018:STE']],
    ['std', ['ptbxl-form:STD', 'cpsc2018:STD']],
  ])('says that bare %s is ambiguous, and each choice it lists can be chosen', (text, choices) => {
    const error = failure(text);
    expect(error.code).toBe('label.ambiguous');
    expect(error.details['choices']).toEqual(choices);
    for (const choice of choices) {
      expect(error.message).toContain(choice);
      expect(resolveLabel(knowledge, choice).set).toBe(choice.split(':')[0]);
    }
  });

  it.each([
    ['atrial fibrilation', 'AFIB'],
    ['sinus bradicardia', 'SBRAD'],
    ['AFBI', 'AFIB'],
    ['some bundle of left bundle branch block', 'CLBBB'],
    ['ptbxl:AFIP', 'AFIB'],
  ])('offers the near spelling for %s', (text, near) => {
    const error = failure(text);
    expect(error.code).toBe('label.unknown');
    expect(error.hint).toContain(near);
  });

  it.each(['', '  ', 'broken heart', 'aha:999', 'cpsc2018:LVH', '__proto__', 'constructor:x'])(
    'refuses "%s" as unknown',
    (text) => {
      expect(failure(text).code).toBe('label.unknown');
    },
  );
});

describe('resolveColumns', () => {
  it.each(Object.entries(fixture<Record<LabelSet, string[]>>('label-columns.json')))(
    'reads the columns of %s within that set',
    (set, columns) => {
      const labels = resolveColumns(knowledge, columns);
      expect(labels.map((label) => `${label.set}:${label.key}`)).toEqual(
        columns.map((column) => `${set}:${column}`),
      );
    },
  );

  it('resolves each column by itself where no set holds them all', () => {
    const labels = resolveColumns(knowledge, ['AFIB', 'LVH', 'HYP']);
    expect(labels.map(({ concept }) => concept.key)).toEqual(['AFIB', 'LVH', 'HYP']);
    expect(() => resolveColumns(knowledge, ['STTC', 'AFLT'])).toThrow(/several labels/);
  });
});
