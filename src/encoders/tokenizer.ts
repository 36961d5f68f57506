/**
 * Text to token ids with the tokenizer library of Transformers.js; the only file that imports it.
 * No network: the two JSON files lie in the model folder.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { PqrError } from '../ecg/errors.js';

export interface TextTokenizer {
  /** Ids with the model's special tokens, cut to `maxTokens` with the last special token kept. */
  encode(text: string, maxTokens: number): number[];
  /** The same ids, and which of them each whole word is made of (special tokens are no words). */
  encodeWords(text: string, maxTokens: number): { ids: number[]; words: WordPieces[] };
}

/** A word, lower case as the tokenizer normalises it, and the positions of its pieces among the ids. */
export interface WordPieces {
  readonly word: string;
  readonly positions: readonly number[];
}

/** @throws `model.missing` where the folder has no tokenizer. */
export async function loadTokenizer(folder: string): Promise<TextTokenizer> {
  const [tokenizerJson, config] = await Promise.all([
    readJson(join(folder, 'tokenizer.json')),
    readJson(join(folder, 'tokenizer_config.json')),
  ]);
  // The file may carry the padding and truncation its author trained with: both are ours to do.
  const tokenizer = new Tokenizer({ ...tokenizerJson, padding: null, truncation: null }, config);
  const encode = (text: string, maxTokens: number) => {
    const { ids, tokens }: { ids: number[]; tokens: string[] } = tokenizer.encode(text);
    const cut = <T>(all: readonly T[]): T[] =>
      all.length <= maxTokens ? [...all] : [...all.slice(0, maxTokens - 1), all[all.length - 1]!];
    return { ids: cut(ids), tokens: cut(tokens) };
  };
  return {
    encode: (text, maxTokens) => encode(text, maxTokens).ids,
    encodeWords(text, maxTokens) {
      const { ids, tokens } = encode(text, maxTokens);
      return { ids, words: joinPieces(tokens.slice(1, -1), 1) };
    },
  };
}

/** WordPiece: a piece that begins with ## continues the word before it. */
function joinPieces(tokens: readonly string[], firstPosition: number): WordPieces[] {
  const words: { word: string; positions: number[] }[] = [];
  for (const [index, token] of tokens.entries()) {
    const last = words[words.length - 1];
    if (token.startsWith('##') && last) {
      last.word += token.slice(2);
      last.positions.push(firstPosition + index);
    } else words.push({ word: token, positions: [firstPosition + index] });
  }
  return words;
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new PqrError('model.missing', `${path} cannot be read as JSON.`, { cause });
  }
}
