/**
 * The pieces a caption is made of: WordPiece with a small vocabulary of its own (Wu et al. 2016; greedy,
 * longest piece first). Words come from the text tokenizer, so both sides cut text at the same places.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';

const fileSchema = z.object({ tokens: z.array(z.string().min(1)).min(8).max(100_000) });

/** The ids of the special pieces; they open the list of every vocabulary. */
export const PAD = 0;
export const BOS = 1;
export const EOS = 2;
export const UNKNOWN = 3;
const SPECIAL = ['[PAD]', '[BOS]', '[EOS]', '[UNK]'];

export interface CaptionVocabulary {
  readonly size: number;
  /** `[BOS]`, the pieces of the words, `[EOS]`; at most `maxTokens` in all. */
  encode(words: readonly string[], maxTokens: number): number[];
  /** Pieces joined to words, with the spacing of plain text. */
  decode(ids: readonly number[]): string;
}

/** @throws `model.manifest` where the file is not a vocabulary */
export async function loadCaptionVocabulary(path: string): Promise<CaptionVocabulary> {
  const parsed = fileSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  const opens = parsed.data && SPECIAL.every((token, id) => parsed.data.tokens[id] === token);
  if (!opens) {
    throw new PqrError(
      'model.manifest',
      `${path} is no caption vocabulary: ${SPECIAL.join(', ')} open one.`,
    );
  }
  return createCaptionVocabulary(parsed.data.tokens);
}

export function createCaptionVocabulary(tokens: readonly string[]): CaptionVocabulary {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return {
    size: tokens.length,
    encode(words, maxTokens) {
      const pieces = words.flatMap((word) => piecesOf(word, ids));
      return [BOS, ...pieces.slice(0, maxTokens - 2), EOS];
    },
    decode: (all) => joinWords(all.filter((id) => id > EOS).map((id) => tokens[id] ?? '')),
  };
}

function piecesOf(word: string, ids: ReadonlyMap<string, number>): number[] {
  const pieces: number[] = [];
  for (let start = 0; start < word.length; ) {
    let end = word.length;
    const piece = () => (start > 0 ? '##' : '') + word.slice(start, end);
    while (end > start && !ids.has(piece())) end -= 1;
    if (end === start) return [UNKNOWN];
    pieces.push(ids.get(piece())!);
    start = end;
  }
  return pieces;
}

/** "a , b - c" is written "a, b-c". */
function joinWords(pieces: readonly string[]): string {
  const words: string[] = [];
  for (const piece of pieces) {
    if (piece.startsWith('##') && words.length > 0) words[words.length - 1] += piece.slice(2);
    else words.push(piece);
  }
  return words
    .join(' ')
    .replace(/ ([.,;:)])/g, '$1')
    .replace(/([(]) /g, '$1')
    .replace(/ ([-/']) /g, '$1');
}
