/**
 * What a question asks for: the wording that is compared with the ECGs, the words looked for in reports.
 *
 * Rules and the knowledge base do it offline. A concept that the text names by an abbreviation or in
 * German is put into words the text encoder knows; reports are searched for all its names, since most
 * archives mix languages.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';

/** What the knowledge base says about a text; supplied by the composition root. */
export type ConceptLookup = (text: string) => readonly QueryConcept[];

export interface QueryConcept {
  readonly key: string;
  /** The plain English name. */
  readonly name: string;
  /** Name, synonyms and abbreviations in every language. */
  readonly terms: readonly string[];
  /** What part of the text named it. */
  readonly matched: string;
  /** True where the text is this concept and nothing else. */
  readonly whole: boolean;
}

export interface UnderstoodQuery {
  readonly text: string;
  /** Phrases to embed; the first is the text itself unless it is nothing but a known abbreviation. */
  readonly phrases: readonly string[];
  /** Words and phrases for the full-text search. */
  readonly reportTerms: readonly string[];
  readonly concepts: readonly QueryConcept[];
}

/** @throws `query.empty`, `limit.exceeded` */
export function understandQuery(text: string, lookup: ConceptLookup): UnderstoodQuery {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  checkLimit('queryBytes', Buffer.byteLength(trimmed), 'The query');
  if (!/[\p{L}\p{N}]/u.test(trimmed)) {
    throw new PqrError('query.empty', 'The query has no word in it.', {
      hint: 'Ask in plain words, for example: left bundle branch block.',
    });
  }
  const concepts = lookup(trimmed);
  const whole = concepts.find((concept) => concept.whole);
  const phrases = whole
    ? unique([whole.name, trimmed])
    : unique([trimmed, ...concepts.map((one) => one.name)]);
  return {
    text: trimmed,
    phrases: phrases.slice(0, 8),
    reportTerms: unique([trimmed, ...concepts.flatMap((concept) => concept.terms)]).slice(0, 64),
    concepts,
  };
}

function unique(texts: readonly string[]): string[] {
  const seen = new Set<string>();
  return texts.filter((text) => {
    const key = text.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
