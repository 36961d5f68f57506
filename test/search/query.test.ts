import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKnowledge } from '../../src/knowledge/load.js';
import { type ConceptLookup, understandQuery } from '../../src/search/query.js';
import { conceptLookup } from '../../src/server/concept-lookup.js';

let lookup: ConceptLookup;

beforeAll(async () => {
  lookup = conceptLookup(await loadKnowledge(join(import.meta.dirname, '../../knowledge')));
});

describe('understandQuery', () => {
  it('puts an abbreviation into words, and looks for every name in reports', () => {
    const query = understandQuery('  AFIB ', lookup);
    expect(query.phrases).toEqual(['atrial fibrillation', 'AFIB']);
    expect(query.inReports).toContain('Vorhofflimmern');
    expect(query.deniedPhrases).toEqual([]);
  });

  it('keeps the words of a longer question first', () => {
    const query = understandQuery('an old woman with left bundle branch block', lookup);
    expect(query.phrases[0]).toBe('an old woman with left bundle branch block');
    expect(query.concepts.map((concept) => concept.key)).toContain('CLBBB');
  });

  it('leaves a question without a known concept as it is', () => {
    const query = understandQuery('xylophone', lookup);
    expect(query).toMatchObject({ phrases: ['xylophone'], inReports: 'xylophone', concepts: [] });
  });

  it('asks for a misspelt name beside the text as it is, and keeps its denial', () => {
    const query = understandQuery('atrail fibrilation', lookup);
    expect(query.phrases).toEqual(['atrail fibrilation', 'atrial fibrillation']);
    const denied = understandQuery('without atrail fibrilation', lookup);
    expect(denied).toMatchObject({ phrases: [], deniedPhrases: ['atrial fibrillation'] });
  });

  it.each([
    ['atrial fibrillation without left ventricular hypertrophy', ['atrial fibrillation'], 1],
    ['no infarction', [], 1],
    ['kein Vorhofflimmern', [], 1],
    ['without pacing', [], 1],
    ['atrial fibrillation without pacing', ['atrial fibrillation'], 1],
    ['kein Infarkt', [], 1],
  ])('"%s" seeks %j and keeps away from what it denies', (text, sought, deniedCount) => {
    const query = understandQuery(text, lookup);
    expect(query.phrases).toEqual(sought);
    expect(query.deniedPhrases).toHaveLength(deniedCount);
    for (const term of query.deniedPhrases) expect(query.inReports).not.toContain(term);
  });

  it.each(['', '   ', '?!', '---'])('refuses %j', (text) => {
    expect(() => understandQuery(text, lookup)).toThrow(
      expect.objectContaining({ code: 'query.empty' }),
    );
  });

  it('refuses a question of more than 8 KiB', () => {
    expect(() => understandQuery('ä'.repeat(5000), lookup)).toThrow(
      expect.objectContaining({ code: 'limit.exceeded' }),
    );
  });
});
