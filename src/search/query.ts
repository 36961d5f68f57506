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
  /** True where the text denies it: "without pacing", "kein Infarkt". */
  readonly denied: boolean;
}

export interface UnderstoodQuery {
  readonly text: string;
  /** Phrases to come near to; empty where the text only denies. */
  readonly phrases: readonly string[];
  /** Phrases to keep away from. */
  readonly deniedPhrases: readonly string[];
  /** For the reports: every name of the concepts as phrases, or the text itself where none is known. */
  readonly inReports: string | readonly string[];
  readonly concepts: readonly QueryConcept[];
}

const MAX_PHRASE_COUNT = 8;
const MAX_REPORT_TERM_COUNT = 64;

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
  const sought = concepts.filter((concept) => !concept.denied);
  const denied = concepts.filter((concept) => concept.denied);
  return {
    text: trimmed,
    phrases: soughtPhrases(trimmed, sought, denied.length > 0).slice(0, MAX_PHRASE_COUNT),
    deniedPhrases: unique(denied.map((one) => one.name)).slice(0, MAX_PHRASE_COUNT),
    inReports: reportTerms(trimmed, sought, denied.length > 0),
    concepts,
  };
}

/** A text that denies something holds its name, so the concepts stand for it then. */
function soughtPhrases(text: string, sought: readonly QueryConcept[], denies: boolean): string[] {
  const names = sought.map((concept) => concept.name);
  if (denies) return unique(names);
  return sought.some((concept) => concept.whole)
    ? unique([...names, text])
    : unique([text, ...names]);
}

function reportTerms(
  text: string,
  sought: readonly QueryConcept[],
  denies: boolean,
): string | readonly string[] {
  const terms = sought.flatMap((concept) => concept.terms);
  if (denies) return unique(terms).slice(0, MAX_REPORT_TERM_COUNT);
  return terms.length === 0 ? text : unique([text, ...terms]).slice(0, MAX_REPORT_TERM_COUNT);
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
