/** The knowledge base as search asks for it: which concepts a question names. */

import { type Concept, conceptTerms } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { find, findTokens } from '../knowledge/lookup.js';
import { tokenise } from '../knowledge/normalise.js';
import type { ConceptLookup, QueryConcept } from '../search/query.js';

export function conceptLookup(knowledge: Knowledge): ConceptLookup {
  return (text) => {
    const named = find(knowledge, text).map(({ concept, matched, score, assertion }) =>
      queryConcept(concept, { matched, whole: score === 1, denied: assertion === 'negated' }),
    );
    return named.length > 0 ? named : misspelt(knowledge, text);
  };
}

/** The text itself is asked for beside the name: it may be right after all. */
function misspelt(knowledge: Knowledge, text: string): QueryConcept[] {
  const { tokens } = knowledge.spelling.correctAll(tokenise(text));
  return findTokens(knowledge, text, tokens).map(({ concept, matched, assertion }) =>
    queryConcept(concept, { matched, whole: false, denied: assertion === 'negated' }),
  );
}

function queryConcept(
  concept: Concept,
  rest: Pick<QueryConcept, 'matched' | 'whole' | 'denied'>,
): QueryConcept {
  return { key: concept.key, name: concept.name, terms: conceptTerms(concept), ...rest };
}
