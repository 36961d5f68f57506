/**
 * Whether a question is one the archive can know anything of. The model gives every text a vector, and the
 * cosines of "xylophone" are as high as those of a diagnosis (measured on PTB-XL fold 9: best 0.63 against
 * 0.49 to 0.74), so closeness cannot tell. The words can: a known concept, or a word of a report.
 */
import type { Archive } from '../archive/ports.js';
import type { UnderstoodQuery } from './query.js';

/** Shorter words are articles and prepositions, which every report has. */
const LEAST_WORD_LENGTH = 4;
const MAX_WORD_COUNT = 32;

export function isFamiliar(archive: Archive, query: UnderstoodQuery): boolean {
  return query.concepts.length > 0 || contentWords(query.text).some((word) => known(archive, word));
}

/** The words of a text that say something and that some report has, lower case, in their order. */
export function familiarWords(archive: Archive, text: string): string[] {
  return contentWords(text).filter((word) => known(archive, word));
}

/** Every word of a text, lower case. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

function contentWords(text: string): string[] {
  return wordsIn(text)
    .filter((word) => word.length >= LEAST_WORD_LENGTH && !COMMON_WORDS.has(word))
    .slice(0, MAX_WORD_COUNT);
}

function known(archive: Archive, word: string): boolean {
  return archive.fullText([word], { k: 1 }).length > 0;
}

/** Common words of four letters and more that say nothing about an ECG. */
const COMMON_WORDS = new Set(
  'with without from that this these those there here have been were what when where which while will would could should about into over under than then them they their some more most very show shows find like recording recordings patient patients eine einer eines einem einen oder nicht sind wird wurde ohne nach über unter beim sehr mehr alle'.split(
    ' ',
  ),
);
