/** The knowledge base as search asks for it: which concepts a question names. */
import { conceptTerms } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { find } from '../knowledge/lookup.js';
import type { ConceptLookup } from '../search/query.js';

export function conceptLookup(knowledge: Knowledge): ConceptLookup {
  return (text) =>
    find(knowledge, text).map(({ concept, matched, score, assertion }) => ({
      key: concept.key,
      name: concept.name,
      terms: conceptTerms(concept),
      matched,
      whole: score === 1,
      denied: assertion === 'negated',
    }));
}
