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
}

/** @throws `model.missing` where the folder has no tokenizer. */
export async function loadTokenizer(folder: string): Promise<TextTokenizer> {
  const [tokenizerJson, config] = await Promise.all([
    readJson(join(folder, 'tokenizer.json')),
    readJson(join(folder, 'tokenizer_config.json')),
  ]);
  // The file may carry the padding and truncation its author trained with: both are ours to do.
  const tokenizer = new Tokenizer({ ...tokenizerJson, padding: null, truncation: null }, config);
  return {
    encode(text, maxTokens) {
      const { ids } = tokenizer.encode(text);
      if (ids.length <= maxTokens) return ids;
      return [...ids.slice(0, maxTokens - 1), ids[ids.length - 1]];
    },
  };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new PqrError('model.missing', `${path} cannot be read as JSON.`, { cause });
  }
}
