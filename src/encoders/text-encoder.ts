/**
 * The text encoder: lower case, template, tokenizer, transformer with mean pooling, projection, L2.
 *
 * Each text runs alone, a few at a time: the int8 graph scales its activations over all it is given, so
 * in a batch a text's vector would depend on its neighbours (measured: cosine 0.992). The last vectors
 * are kept, so a repeated question is free.
 */
import { join } from 'node:path';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { TextInput } from './manifest.js';
import type { ModelFolder } from './model-folder.js';
import type { EncodeOptions, TextEncoder } from './ports.js';
import { type ModelSession, openSession } from './session.js';
import type { IntegerTensor } from './tensor.js';
import { loadTokenizer, type TextTokenizer } from './tokenizer.js';

const CONCURRENT_TEXT_COUNT = 4;
const CACHE_TEXT_COUNT = 4096;

/** @throws `model.missing`, `model.hash` from the folder's checks */
export async function openTextEncoder(model: ModelFolder): Promise<TextEncoder> {
  const { text, levels } = model.manifest;
  const [tokenizer, transformer, projection] = await Promise.all([
    loadTokenizer(join(model.folder, text.tokenizer)),
    openSession(join(model.folder, text.file)),
    openSession(join(model.folder, text.projection.file)),
  ]);
  return new OnnxTextEncoder({
    model,
    text,
    dim: levels.rhythm.dim,
    tokenizer,
    transformer,
    projection,
  });
}

interface Parts {
  readonly model: ModelFolder;
  readonly text: TextInput;
  readonly dim: number;
  readonly tokenizer: TextTokenizer;
  readonly transformer: ModelSession;
  readonly projection: ModelSession;
}

class OnnxTextEncoder implements TextEncoder {
  private readonly parts: Parts;
  private readonly cache = new Map<string, Float32Array>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get model() {
    return this.parts.model.identity;
  }

  get dim() {
    return this.parts.dim;
  }

  async encode(texts: readonly string[], options: EncodeOptions = {}): Promise<Float32Array> {
    const prepared = texts.map((text) => this.prepare(text));
    // Taken here, not read back from the cache: a long list may push its own start out of it.
    const found = new Map<string, Float32Array>();
    for (const text of prepared) {
      const vector = this.cache.get(text);
      if (vector) found.set(text, vector);
    }
    const unknown = [...new Set(prepared.filter((text) => !found.has(text)))];
    for (let start = 0; start < unknown.length; start += CONCURRENT_TEXT_COUNT) {
      throwIfAborted(options.signal);
      const some = unknown.slice(start, start + CONCURRENT_TEXT_COUNT);
      const encoded = await Promise.all(some.map((text) => this.encodeOne(text)));
      for (const [index, text] of some.entries()) found.set(text, encoded[index]!);
    }
    const vectors = new Float32Array(texts.length * this.dim);
    prepared.forEach((text, row) => {
      vectors.set(found.get(text)!, row * this.dim);
    });
    return vectors;
  }

  private prepare(text: string): string {
    const { lowerCase, template } = this.parts.text;
    const trimmed = text.trim().replace(/\s+/g, ' ');
    if (trimmed === '') throw new PqrError('query.empty', 'The text is empty.');
    const filled = template.replace('{text}', () => trimmed);
    return lowerCase ? filled.toLowerCase() : filled;
  }

  private async encodeOne(prepared: string): Promise<Float32Array> {
    const { text, transformer, projection, tokenizer } = this.parts;
    const ids = tokenizer.encode(prepared, text.maxTokens);
    const pooled = (await transformer.run(tokenTensors(ids), [text.output]))[text.output]!;
    const { input, output } = text.projection;
    const { values } = (await projection.run({ [input]: pooled }, [output]))[output]!;
    this.remember(prepared, values);
    return values;
  }

  private remember(text: string, vector: Float32Array): void {
    if (this.cache.size >= CACHE_TEXT_COUNT) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(text, vector);
  }

  async close(): Promise<void> {
    await Promise.all([this.parts.transformer.release(), this.parts.projection.release()]);
  }
}

/** The three int64 inputs of a BERT-type graph, each `[1 x tokens]`. */
function tokenTensors(ids: readonly number[]): Record<string, IntegerTensor> {
  const tensor = (values: BigInt64Array): IntegerTensor => ({
    type: 'int64',
    shape: [1, ids.length],
    values,
  });
  return {
    input_ids: tensor(BigInt64Array.from(ids, BigInt)),
    attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
    token_type_ids: tensor(new BigInt64Array(ids.length)),
  };
}
