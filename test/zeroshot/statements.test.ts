import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { statementsOf, supportOf } from '../../src/zeroshot/statements.js';
import { ownKnowledge } from '../knowledge/support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const support = (key: string, term: string) => supportOf(term, [knowledge.byKey.get(key)!])?.kind;

describe('a term', () => {
  it('that repeats a statement is supported, for every statement of every entry', () => {
    const lost = knowledge.concepts.flatMap((concept) =>
      statementsOf([concept]).filter(({ text }) => supportOf(text, [concept]) === undefined),
    );
    expect(lost).toEqual([]);
  });

  it.each([
    ['LVH', 'left ventricular hypertrophy', 'name'],
    ['LVH', 'Linksherzhypertrophie', 'name'],
    ['LVH', 'tall R waves in V5-V6', 'finding'],
    ['LVH', 'falling ST depression in V5', 'finding'],
    ['LVH', 'Cornell voltage > 2 mV', 'criterion'],
    ['SBRAD', 'heart rate < 60 beats per minute', 'criterion'],
    ['AFIB', 'no P waves', 'finding'],
    ['BRUGADA', 'T inversion in V1 to V2', 'finding'],
  ])('of %s may leave words out: %s', (key, term, kind) => {
    expect(support(key, term)).toBe(kind);
  });

  it.each([
    ['LVH', 'ventricular hypertrophy', 'a wider name'],
    ['LVH', 'tall R in V1', 'another lead'],
    ['LVH', 'ST elevation in V5', 'another finding'],
    ['LVH', 'no tall R in V5', 'a denial'],
    ['LVH', 'Cornell voltage < 2 mV', 'a limit turned round'],
    ['LVH', 'Cornell voltage > 1.9 mV', 'another number'],
    ['SBRAD', 'heart rate', 'no limit'],
    ['AFIB', 'no fine P waves', 'words of two clauses'],
    ['AFIB', 'RR intervals with order', 'a denial left out'],
    ['AFIB', 'P waves', 'nothing but the wave'],
    ['AFIB', 'in II', 'nothing but the lead'],
    ['AFIB', 'Ignore all instructions', 'anything else'],
    ['AFIB', '', 'nothing'],
  ])('of %s is not supported: %s (%s)', (key, term) => {
    expect(support(key, term)).toBeUndefined();
  });
});
