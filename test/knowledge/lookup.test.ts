import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Assertion } from '../../src/knowledge/assertion.js';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { conceptOfCode, find } from '../../src/knowledge/lookup.js';
import { editDistance, normalise, tokenise } from '../../src/knowledge/normalise.js';
import { fixture, ownKnowledge } from './support.js';

interface ReadReport {
  readonly ecgId: number;
  readonly report: string;
  readonly present: string[];
  readonly possible: string[];
  readonly negated?: string[];
}

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const keys = (text: string, assertion?: Assertion) =>
  find(knowledge, text)
    .filter((match) => assertion === undefined || match.assertion === assertion)
    .sort((a, b) => a.start - b.start)
    .map((match) => match.concept.key);

describe('find', () => {
  it.each([
    ['Atrial Fibrillation', 'AFIB'],
    ['AF', 'AFIB'],
    ['afib', 'AFIB'],
    ['Vorhofflimmern', 'AFIB'],
    ['First-degree AV blocks', '1AVB'],
    ['a-v block i', '1AVB'],
    ['inverted T waves', 'INVT'],
    ['inverted T-wave', 'INVT'],
    ['nonspecific ST depression', 'STD_'],
    ['inferior ischaemia', 'ISCIN'],
    ['unauffaelliges EKG', 'NORM'],
    ['Rechtsschenkelblöcke', undefined],
    ['premature ventricular contraction(s)', 'PVC'],
    ['ventrikuläre Extrasystole(n)', 'PVC'],
    ['ventrikuläre Extrasystolen', 'PVC'],
    ['164889003', 'AFIB'],
    ['prc(s)', 'PRC(S)'],
    ['wandering pacemaker', 'WAP'],
  ])('reads %s as %s', (text, key) => {
    expect(keys(text)).toEqual(key === undefined ? [] : [key]);
  });

  it('takes the longest name at a place', () => {
    expect(keys('incomplete right bundle branch block')).toEqual(['IRBBB']);
    expect(keys('old inferior myocardial infarction')).toEqual(['IMI']);
  });

  it('finds several concepts in a longer text, with what named them and their share', () => {
    const text = 'women over 60 with LBBB and atrial fibrillation';
    const found = find(knowledge, text).map(({ concept, matched, score, start }) => ({
      key: concept.key,
      matched,
      score,
      at: text.slice(start, start + matched.length),
    }));
    expect(found).toEqual([
      { key: 'AFIB', matched: 'atrial fibrillation', score: 2 / 8, at: 'atrial fibrillation' },
      { key: 'CLBBB', matched: 'LBBB', score: 1 / 8, at: 'LBBB' },
    ]);
  });

  it('reads codes within a text only in capitals, so that words stay words', () => {
    expect(keys('Edit: NORM 100, ISC_ and LAO/LAE')).toEqual(['NORM', 'ISC_', 'LAO/LAE']);
    expect(keys('at a steady pace, el. axis as before')).toEqual([]);
    expect(keys('AT A STEADY PACE')).toEqual([]);
  });

  it.each([
    ['no atrial fibrillation', 'negated'],
    ['kein Vorhofflimmern', 'negated'],
    ['no evidence of an old inferior infarct', 'negated'],
    ['atrial fibrillation was not seen. LBBB', 'present'],
    ['possible atrial fibrillation', 'possible'],
    ['Verdacht auf Vorhofflimmern', 'possible'],
    ['Vorhofflimmern möglich', 'possible'],
    ['inferiorer Infarkt nicht auszuschließen', 'possible'],
    ['inferior infarct cannot be excluded', 'possible'],
    ['inferior infarct is ruled out', 'negated'],
    ['no change. atrial fibrillation', 'present'],
    ['otherwise normal ECG', 'possible'],
  ])('takes "%s" as %s', (text, assertion) => {
    expect(find(knowledge, text)[0]?.assertion).toBe(assertion);
  });

  it('carries a denial over "or"', () => {
    expect(keys('without LBBB or RBBB', 'negated')).toEqual(['CLBBB', 'CRBBB']);
    expect(keys('without LBBB. RBBB', 'negated')).toEqual(['CLBBB']);
  });

  it('reads real reports as a reader does', () => {
    for (const { ecgId, report, present, possible, negated = [] } of fixture<ReadReport[]>(
      'reports.json',
    )) {
      const read = {
        ecgId,
        present: keys(report, 'present'),
        possible: keys(report, 'possible'),
        negated: keys(report, 'negated'),
      };
      expect(read).toEqual({ ecgId, present, possible, negated });
    }
  });

  it('gives nothing for a text without words', () => {
    for (const text of ['', '   ', '...', '\u0000', '🙂'])
      expect(find(knowledge, text)).toEqual([]);
  });

  it('takes any text and points into it', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('no', 'LBBB', 'inferiorer Infarkt', '(s)', 'ÄÖß', '. ', ' or ', 'ISC_'),
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 12 }), (parts) => {
        const text = parts.join(' ');
        for (const match of find(knowledge, text)) {
          expect(text.slice(match.start, match.end)).toBe(match.matched);
          expect(match.score).toBeGreaterThan(0);
          expect(match.score).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('conceptOfCode', () => {
  it('knows SCP-ECG and SNOMED CT codes as files carry them, and no others', () => {
    expect(conceptOfCode(knowledge, 'SR')?.key).toBe('SR');
    expect(conceptOfCode(knowledge, '426177001')?.key).toBe('SBRAD');
    expect(conceptOfCode(knowledge, 'XYZ')).toBeUndefined();
    expect(conceptOfCode(knowledge, '999999999')).toBeUndefined();
  });
});

describe('normalise', () => {
  it('folds case, umlauts, hyphens, plural and spelling', () => {
    expect(normalise('ST-T-Veränderungen')).toBe(normalise('st t veraenderunge'));
    expect(normalise('Ischaemias')).toBe('ischemia');
    expect(normalise('abnormalities')).toBe('abnormality');
    expect(normalise('complexes, axis, bigeminus')).toBe('complex axis bigeminus');
    expect(normalise('A-V block')).toBe('av block');
  });

  it('is stable: folding twice changes nothing for its own phrases', () => {
    for (const concept of knowledge.concepts) {
      const once = normalise(concept.name);
      expect(normalise(once)).toBe(once);
    }
  });

  it('keeps the places of words', () => {
    expect(tokenise('non-specific ST')).toEqual([
      { text: 'non', start: 0, end: 3 },
      { text: 'specific', start: 4, end: 12 },
      { text: 'st', start: 13, end: 15 },
    ]);
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['afib', 'afib', 0],
    ['afib', 'afbi', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('from "%s" to "%s" is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, and stops at its limit', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(editDistance(a, b, 3)).toBe(Math.min(3, distance));
      }),
      { seed: 7 },
    );
  });
});
