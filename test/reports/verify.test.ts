import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { draftReport } from '../../src/reports/draft.js';
import { isRounded, numbersIn, rounded } from '../../src/reports/numbers.js';
import type { Evidence, ReportDraft, Section, SectionName } from '../../src/reports/ports.js';
import { verifyDraft } from '../../src/reports/verify.js';
import { ownKnowledge } from '../knowledge/support.js';
import { FIVE_CASES, finding, SUBJECT } from './support.js';

let knowledge: Knowledge;
let sound: ReportDraft;
beforeAll(async () => {
  knowledge = await ownKnowledge();
  const findings = [
    finding(knowledge, { key: 'AFIB' }),
    finding(knowledge, { key: 'LVH', nearby: 9 }),
    finding(knowledge, { key: 'CLBBB', decision: 'possible' }),
  ];
  sound = await draftReport(SUBJECT, {
    knowledge,
    topFindings: async () => findings,
    similarCases: async () => FIVE_CASES,
  });
});

const evidence = (id: string, more: Partial<Evidence> = {}): Evidence => ({
  id,
  kind: 'finding',
  text: 'a fact',
  numbers: {},
  concepts: [],
  ...more,
});
const verifyOne = (
  text: string,
  cited: readonly string[],
  known: readonly Evidence[],
  name: SectionName = 'findings',
) => verifyDraft(knowledge, [{ name, sentences: [{ text, evidence: cited }] }], known);
const reasons = (...args: Parameters<typeof verifyOne>) =>
  verifyOne(...args).dropped.map(({ reason }) => reason);

describe('verifyDraft', () => {
  it('keeps a sound draft as it is', () => {
    const verified = verifyDraft(knowledge, sound.sections, sound.evidence);
    expect(verified).toEqual({ sections: sound.sections, dropped: [], contradictions: [] });
  });

  it('drops a sentence without evidence and one whose evidence does not exist', () => {
    expect(reasons('All is well.', [], [])).toEqual(['no-evidence']);
    expect(reasons('All is well.', ['E1', 'E7'], [evidence('E1')])).toEqual(['unknown-evidence']);
  });

  it('drops a number that is not in the cited evidence, though another holds it', () => {
    const known = [
      evidence('E1', { numbers: { rate: 71.6 } }),
      evidence('E2', { numbers: { x: 90 } }),
    ];
    expect(reasons('The rate is 72.', ['E1'], known)).toEqual([]);
    expect(reasons('The rate is 71.6.', ['E1'], known)).toEqual([]);
    expect(reasons('The rate is 71.', ['E1'], known)).toEqual(['number']);
    expect(reasons('The rate is 90.', ['E1'], known)).toEqual(['number']);
    expect(reasons('The rate is 72bpm, 140bpm at most.', ['E1'], known)).toEqual(['number']);
  });

  it('drops a finding that the cited evidence does not speak of', () => {
    const known = [evidence('E1', { concepts: ['ASMI'] }), evidence('E2', { concepts: ['LVH'] })];
    expect(reasons('Anteroseptal infarction.', ['E1'], known)).toEqual([]);
    expect(reasons('A myocardial infarction.', ['E1'], known)).toEqual([]);
    expect(reasons('Inferior infarction.', ['E1'], known)).toEqual(['statement']);
    expect(reasons('Left ventricular hypertrophy.', ['E1'], known)).toEqual(['statement']);
    expect(reasons('Linkshypertrophie.', ['E2'], known)).toEqual([]);
  });

  it('drops what does not fit the measured rate, but not within its tolerance', () => {
    const fast = (heartRateBpm: number) => [
      evidence('E1', { concepts: ['STACH'] }),
      evidence('E2', { kind: 'measurement', numbers: { heartRateBpm } }),
    ];
    expect(reasons('Sinus tachycardia.', ['E1'], fast(80))).toEqual(['contradicts-measurement']);
    expect(reasons('Sinus tachycardia.', ['E1'], fast(96))).toEqual([]);
    expect(reasons('Sinus tachycardia.', ['E1'], fast(130))).toEqual([]);
    const similar = 'comparison with similar cases';
    expect(reasons('Sinus tachycardia.', ['E1'], fast(80), similar)).toEqual([]);
  });

  it('drops the weaker of two statements that exclude each other, across sections', () => {
    const known = [
      evidence('E1', { concepts: ['CLBBB'] }),
      evidence('E2', { concepts: ['SR'] }),
      evidence('E3', { concepts: ['AFIB', 'NORM'] }),
    ];
    const sections: Section[] = [
      { name: 'rhythm', sentences: [{ text: 'Atrial fibrillation.', evidence: ['E3'] }] },
      {
        name: 'findings',
        sentences: [
          { text: 'Sinus rhythm.', evidence: ['E2'] },
          { text: 'Left bundle branch block.', evidence: ['E1'] },
          { text: 'Normal ECG.', evidence: ['E3'] },
        ],
      },
    ];
    const { dropped, contradictions, sections: kept } = verifyDraft(knowledge, sections, known);
    expect(dropped.map(({ text, reason }) => [text, reason])).toEqual([
      ['Atrial fibrillation.', 'contradiction'],
      ['Normal ECG.', 'contradiction'],
    ]);
    expect(contradictions).toEqual([
      { kept: 'Sinus rhythm.', dropped: 'Atrial fibrillation.' },
      { kept: 'Left bundle branch block.', dropped: 'Normal ECG.' },
    ]);
    expect(kept.map(({ name }) => name)).toEqual(['findings']);
  });

  it('drops a sentence that contradicts itself, and lets a denial stand', () => {
    const known = [evidence('E1', { concepts: ['AFIB', 'SR'] })];
    expect(reasons('Sinus rhythm and atrial fibrillation.', ['E1'], known)).toEqual([
      'contradiction',
    ]);
    expect(reasons('Sinus rhythm, no atrial fibrillation.', ['E1'], known)).toEqual([]);
  });

  it('does not trust an agreement that miscounts its cases', () => {
    const cases = ['E1', 'E2', 'E3'].map((id) =>
      evidence(id, { kind: 'case', concepts: ['AFIB'] }),
    );
    const agreement = (more: Partial<Evidence>) =>
      evidence('E4', {
        kind: 'agreement',
        concepts: ['AFIB'],
        numbers: { caseCount: 2, similarCaseCount: 3 },
        cases: ['E1', 'E2'],
        ...more,
      });
    const check = (more: Partial<Evidence>) =>
      reasons('2 of 3 state atrial fibrillation.', ['E4'], [...cases, agreement(more)]);
    expect(check({})).toEqual([]);
    expect(check({ cases: ['E1'] })).toEqual(['unsound-evidence']);
    expect(check({ cases: ['E1', 'E1'] })).toEqual(['unsound-evidence']);
    expect(check({ cases: ['E1', 'E9'] })).toEqual(['unsound-evidence']);
    expect(check({ cases: ['E1', 'E4'] })).toEqual(['unsound-evidence']);
    expect(check({ numbers: { caseCount: 2, similarCaseCount: 5 } })).toEqual(['unsound-evidence']);
    expect(check({ concepts: ['LVH'] })).toEqual(['unsound-evidence']);
  });

  /** Changes one sentence of the sound draft; that sentence, and no other, must fall. */
  const dropsOnlyTheChanged = (
    sectionIndex: number,
    sentenceIndex: number,
    change: (text: string) => string,
    cited?: string[],
  ) => {
    const section = sound.sections[sectionIndex % sound.sections.length]!;
    const sentence = section.sentences[sentenceIndex % section.sentences.length]!;
    const changed = { text: change(sentence.text), evidence: cited ?? sentence.evidence };
    const sections = sound.sections.map((one) => ({
      ...one,
      sentences: one.sentences.map((other) => (other === sentence ? changed : other)),
    }));
    const { dropped } = verifyDraft(knowledge, sections, sound.evidence);
    expect(dropped.map(({ text }) => text)).toEqual([changed.text]);
  };

  it('catches any invented number, wherever it is put in', () => {
    const known = sound.evidence.flatMap(({ numbers }) => Object.values(numbers));
    const invented = fc
      .double({ min: -1000, max: 1000, noNaN: true })
      .map((value) => rounded(value, 2))
      .filter(
        (text) => !known.some((value) => numbersIn(text).some((one) => isRounded(one, value))),
      );
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(20),
        invented,
        fc.boolean(),
        (section, sentence, number, first) => {
          const change = (text: string) => (first ? `${number} ${text}` : `${text} ${number} ms`);
          dropsOnlyTheChanged(section, sentence, change);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  it('catches any invented evidence', () => {
    const unknown = fc
      .oneof(
        fc.integer({ min: 100, max: 999 }).map((value) => `E${value}`),
        fc.string(),
      )
      .filter((id) => !sound.evidence.some((one) => one.id === id));
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), unknown, (section, sentence, id) => {
        dropsOnlyTheChanged(section, sentence, (text) => text, ['E1', id]);
      }),
      { seed: 11 },
    );
  });

  it('catches any finding that no evidence supports, by any of its names', () => {
    const supported = new Set(
      sound.evidence.flatMap(({ concepts }) =>
        concepts.flatMap((key) => [key, ...knowledge.ancestors.get(key)!]),
      ),
    );
    const strange = knowledge.concepts.filter(({ key }) => !supported.has(key));
    const names = strange.flatMap(({ name, synonyms, synonymsDe }) => [
      name,
      ...synonyms,
      ...synonymsDe,
    ]);
    expect(names.length).toBeGreaterThan(200);
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.constantFrom(...names), (section, sentence, name) => {
        const change = (text: string) => `${text} Also ${name.replace(/\d/g, '')}.`;
        fc.pre(!/\d/.test(name));
        dropsOnlyTheChanged(section, sentence, change);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('numbersIn', () => {
  it.each([
    ['V1 to V6, E3 and aVR', []],
    ['72 per minute', [72]],
    ['(0.93)', [0.93]],
    ['an axis of -45 degrees', [-45]],
    ['60-100', [60, 100]],
    ['98.7 %, 2:1, 140bpm', [98.7, 2, 1, 140]],
    ['v1.2', []],
    ['', []],
  ])('reads %j as %j', (text, values) => {
    expect(numbersIn(text).map(({ value }) => value)).toEqual(values);
  });

  it('takes a number for rounded by the decimals it shows', () => {
    const one = (text: string) => numbersIn(text)[0]!;
    expect(isRounded(one('72'), 72.4)).toBe(true);
    expect(isRounded(one('72'), 72.6)).toBe(false);
    expect(isRounded(one('72.4'), 72.44)).toBe(true);
    expect(isRounded(one('72.4'), 72.5)).toBe(false);
    const number = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(number, fc.nat(4), (value, decimals) => {
        const written = numbersIn(`is ${rounded(value, decimals)}`)[0]!;
        expect(Math.abs(written.value - value)).toBeLessThanOrEqual(0.5 * 10 ** -decimals + 1e-9);
      }),
      { seed: 11 },
    );
  });
});
