/**
 * From any text (name, abbreviation, code, German, misspelt, words in another order) to the concepts it may mean,
 * the likeliest first. `find` reads running text to the letter; this guesses, for what a person types.
 */
import type { Concept } from './concept.js';
import type { Knowledge } from './knowledge.js';
import { find, findTokens } from './lookup.js';
import { editDistance, tokenise } from './normalise.js';

export interface Candidate {
  readonly concept: Concept;
  /**
   * 1 where the text is a name or code of it and nothing else; less by the share of other words, by the letters
   * that had to be changed, and by the words of the name that are missing. No probability.
   */
  readonly score: number;
  readonly by: 'exact' | 'spelling' | 'words';
  /** The part of the text, or the name, that it was found by. */
  readonly matched: string;
}

const COUNT = 5;
/** Below this a shared word or two says nothing. */
const LOWEST_SCORE = 0.4;
/** A guess by words is never as sure as a name. */
const WORDS_WEIGHT = 0.95;
const SHORTEST_CODE = 4;
/** What a word that no name has weighs beside one that some have. */
const UNKNOWN_WEIGHT = 2;

/** @returns at most `count`, best first; none where nothing is like the text */
export function lookup(knowledge: Knowledge, text: string, count = COUNT): Candidate[] {
  const exact = find(knowledge, text).map(({ concept, score, matched }) =>
    candidate(concept, { score, by: 'exact', matched }),
  );
  const isWhole = exact.some(({ score }) => score === 1);
  const guessed = isWhole
    ? []
    : [...bySpelling(knowledge, text), ...byCode(knowledge, text), ...byWords(knowledge, text)];
  const best = new Map<Concept, Candidate>();
  for (const one of [...exact, ...guessed]) {
    if (one.by !== 'exact' && one.score < LOWEST_SCORE) continue;
    if (one.score > (best.get(one.concept)?.score ?? 0)) best.set(one.concept, one);
  }
  return [...best.values()].sort((a, b) => b.score - a.score).slice(0, count);
}

const candidate = (concept: Concept, rest: Omit<Candidate, 'concept'>): Candidate => ({
  concept,
  ...rest,
});

function bySpelling(knowledge: Knowledge, text: string): Candidate[] {
  const written = tokenise(text);
  const { tokens, likeness } = knowledge.spelling.correctAll(written);
  if (tokens.length === written.length && likeness.every((one) => one === 1)) return [];
  return findTokens(knowledge, text, tokens).map(({ concept, score, matched, start, end }) => {
    const within = likeness.filter((_, at) => tokens[at]!.start >= start && tokens[at]!.end <= end);
    const alike = within.reduce((sum, one) => sum + one, 0) / within.length;
    return candidate(concept, { score: score * alike, by: 'spelling', matched });
  });
}

/** A code with one slip; longer texts are no codes. */
function byCode(knowledge: Knowledge, text: string): Candidate[] {
  const code = text.trim().toUpperCase();
  if (code.length < SHORTEST_CODE || code.length > 8 || /\s/.test(code)) return [];
  return knowledge.concepts.flatMap((concept) => {
    const codes = [
      concept.key,
      ...(concept.abbreviations ?? []),
      ...concept.sets.map(({ key }) => key),
    ];
    const near = codes.find(
      (one) => one.length >= SHORTEST_CODE && editDistance(code, one.toUpperCase(), 2) < 2,
    );
    return near === undefined
      ? []
      : [candidate(concept, { score: 1 - 1 / code.length, by: 'spelling', matched: near })];
  });
}

/** By the words that text and name share, rare ones weighing more (Dice over inverse document frequency). */
function byWords(knowledge: Knowledge, text: string): Candidate[] {
  const { names } = knowledge;
  const { tokens, likeness } = knowledge.spelling.correctAll(tokenise(text));
  const words = new Set(tokens.map((token) => token.text));
  const alike = likeness.reduce((sum, one) => sum + one, 0) / likeness.length;
  let given = 0;
  const shared = new Map<number, number>();
  for (const word of words) {
    const weight = names.weightOf(word);
    given += weight ?? UNKNOWN_WEIGHT;
    for (const name of names.having(word)) shared.set(name, (shared.get(name) ?? 0) + weight!);
  }
  return [...shared].map(([at, both]) => {
    const name = names.all[at]!;
    const score = (WORDS_WEIGHT * alike * 2 * both) / (given + name.weight);
    return candidate(name.concept, { score, by: 'words', matched: name.text });
  });
}
