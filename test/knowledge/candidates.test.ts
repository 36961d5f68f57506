import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { lookup } from '../../src/knowledge/candidates.js';
import { conceptTerms } from '../../src/knowledge/concept.js';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { Spelling } from '../../src/knowledge/spelling.js';
import { ownKnowledge } from './support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const best = (text: string) => lookup(knowledge, text)[0];

describe('lookup', () => {
  it.each([
    ['atrial fibrillation', 'AFIB', 'exact'],
    ['LBBB', 'CLBBB', 'exact'],
    ['164889003', 'AFIB', 'exact'],
    ['Vorhofflimmern', 'AFIB', 'exact'],
    ['irbbb', 'IRBBB', 'exact'],
    ['atrail fibrilation', 'AFIB', 'spelling'],
    ['Vorhofflimern', 'AFIB', 'spelling'],
    ['Linkschenkelblock', 'CLBBB', 'spelling'],
    ['AFBI', 'AFIB', 'spelling'],
    ['Sinus Tachykardie', 'STACH', 'spelling'],
    ['brugda', 'BRUGADA', 'spelling'],
    ['block left bundle branch', 'CLBBB', 'words'],
    ['QT long', 'LNGQT', 'words'],
    ['voltage low limb', 'LVOLT-LIMB', 'words'],
  ])('takes "%s" for %s (%s)', (text, key, by) => {
    expect(best(text)).toMatchObject({ concept: { key }, by });
  });

  it('scores a name 1, a guess less, and the likelier guess more', () => {
    expect(best('atrial fibrillation')!.score).toBe(1);
    expect(best('atrail fibrillation')!.score).toBeLessThan(1);
    expect(best('atrail fibrillation')!.score).toBeGreaterThan(best('atrail fibrilation')!.score);
    const scores = lookup(knowledge, 'block left bundle branch').map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.length).toBeLessThanOrEqual(5);
  });

  it('says nothing of what is like nothing', () => {
    for (const text of ['', '   ', 'xylophone', 'car insurance', '🙂'])
      expect(lookup(knowledge, text)).toEqual([]);
  });

  it('finds each concept by each of its names', () => {
    for (const concept of knowledge.concepts) {
      for (const term of conceptTerms(concept))
        expect(lookup(knowledge, term).map((one) => one.concept)).toContain(concept);
    }
  });

  it('takes any text', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('LBBB', 'infarkt', '50', '. '),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        for (const { score } of lookup(knowledge, parts.join(' '))) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('Spelling', () => {
  const spelling = new Spelling([
    'inferior',
    'interior',
    'fibrillation',
    'keine',
    'linksbelastung',
  ]);

  it.each([
    ['inferor', 'inferior'],
    ['fibrilaton', 'fibrillation'],
    ['kleine', 'kleine'],
    ['abcde', 'abcde'],
    ['v1v2v', 'v1v2v'],
  ])('takes %s for %s', (written, meant) => {
    expect(spelling.correct(written)).toBe(meant);
  });

  it('leaves a word alone that is as near to two', () => {
    expect(spelling.correct('inerior')).toBe('inerior');
  });

  it('completes the one word that begins so', () => {
    expect(spelling.complete('linksbelas')).toBe('linksbelastung');
    expect(spelling.complete('in')).toBeUndefined();
    expect(spelling.complete('inferior')).toBeUndefined();
  });
});
