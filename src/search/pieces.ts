/**
 * A question in pieces that can each be found at a moment of the trace: the concepts it names, each as a
 * phrase, and its further words, each as a vector in the context of the question (`encodeWords`).
 *
 * A further word counts only where some report knows it, so that "show me" and typing errors find nothing.
 * A model without word vectors, or a question of no known word, is compared as a whole.
 */
import type { Archive } from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';
import type { EncodeOptions, TextEncoder, WordVectors } from '../encoders/ports.js';
import { familiarWords, wordsIn } from './familiar.js';
import type { UnderstoodQuery } from './query.js';

export interface Piece {
  readonly phrase: string;
  /** `[dim]`, L2-normalised. */
  readonly vector: Float32Array;
  /** How many words it stands for: a phrase of three words counts as three words would. */
  readonly weight: number;
}

export interface QuestionPieces {
  readonly sought: readonly Piece[];
  readonly denied: readonly Piece[];
}

const MAX_PIECE_COUNT = 16;

interface PieceParts {
  readonly archive: Archive;
  readonly textEncoder: TextEncoder;
}

export async function questionPieces(
  parts: PieceParts,
  query: UnderstoodQuery,
  options: EncodeOptions = {},
): Promise<QuestionPieces> {
  const named = query.concepts.filter(({ denied }) => !denied).map(({ name }) => name);
  const denies = query.deniedPhrases.length > 0;
  // The words of a question that denies may be those that deny: its concepts stand for it, as in query.ts.
  const words = denies ? [] : await wordPieces(parts, query, options);
  const phrases = named.length + words.length > 0 || denies ? named : query.phrases.slice(0, 1);
  const [sought, denied] = await Promise.all([
    phrasePieces(parts.textEncoder, phrases, options),
    phrasePieces(parts.textEncoder, query.deniedPhrases, options),
  ]);
  return { sought: [...sought, ...words].slice(0, MAX_PIECE_COUNT), denied };
}

async function phrasePieces(
  textEncoder: TextEncoder,
  phrases: readonly string[],
  options: EncodeOptions,
): Promise<Piece[]> {
  const different = [...new Set(phrases)];
  if (different.length === 0) return [];
  const { dim } = textEncoder;
  const vectors = await textEncoder.encode(different, options);
  return different.map((phrase, row) => ({
    phrase,
    vector: vectors.slice(row * dim, (row + 1) * dim),
    weight: Math.max(1, wordsIn(phrase).length),
  }));
}

/** The words that no concept took, each once; none where the model has no word vectors. */
async function wordPieces(
  { archive, textEncoder }: PieceParts,
  query: UnderstoodQuery,
  options: EncodeOptions,
): Promise<Piece[]> {
  const taken = new Set(query.concepts.flatMap(({ matched }) => wordsIn(matched).map(folded)));
  const words = familiarWords(archive, query.text).map(folded);
  const wanted = new Set(words.filter((word) => !taken.has(word)));
  const found = wanted.size === 0 ? undefined : await wordVectors(textEncoder, query.text, options);
  if (!found) return [];
  const { dim, vectors } = found;
  return found.words.flatMap((word, row) => {
    if (!wanted.delete(folded(word))) return [];
    return [{ phrase: word, vector: vectors.slice(row * dim, (row + 1) * dim), weight: 1 }];
  });
}

async function wordVectors(
  textEncoder: TextEncoder,
  text: string,
  options: EncodeOptions,
): Promise<WordVectors | undefined> {
  try {
    return await textEncoder.encodeWords?.(text, options);
  } catch (error) {
    if (PqrError.isInstance(error) && error.code === 'model.feature') return undefined;
    throw error;
  }
}

/** The tokenizer may take accents away, and case: a word is the same with and without. */
function folded(word: string): string {
  return word
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}
