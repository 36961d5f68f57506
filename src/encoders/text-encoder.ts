/**
 * The text encoder: lower case, template, tokenizer, transformer with its pooling, projection, L2.
 *
 * Texts of similar length run together where the manifest says that a vector does not depend on its
 * neighbours (`text.batch`). A graph that scales its activations over all it is given (dynamic int8;
 * measured: cosine 0.992) gets one text at a time, a few side by side. The last vectors are kept, so a
 * repeated question is free.
 */
import { join } from 'node:path';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { lacksText } from './features.js';
import type { TextInput } from './manifest.js';
import type { ModelFolder } from './model-folder.js';
import type { EncodeOptions, TextEncoder, TextVectors, WordVectors } from './ports.js';
import { type ModelSession, openSession } from './session.js';
import type { FloatTensor, IntegerTensor } from './tensor.js';
import { loadTokenizer, type TextTokenizer, type WordPieces } from './tokenizer.js';

const CONCURRENT_TEXT_COUNT = 4;
const BATCH_TEXT_COUNT = 32;
const CACHE_TEXT_COUNT = 4096;

/** @throws `model.feature` where the model has no text side; `model.missing`, `model.manifest` */
export async function openTextEncoder(model: ModelFolder): Promise<TextEncoder> {
  const { text, levels } = model.manifest;
  if (!text) throw lacksText(model.identity);
  const [tokenizer, transformer, projection, sentences] = await Promise.all([
    loadTokenizer(join(model.folder, text.tokenizer)),
    openSession(join(model.folder, text.file)),
    openSession(join(model.folder, text.projection.file)),
    text.sentences && openSession(join(model.folder, text.sentences.projection.file)),
  ]);
  return new OnnxTextEncoder({
    model,
    text,
    dim: levels.rhythm.dim,
    tokenizer,
    transformer,
    projection,
    ...(sentences && { sentences }),
  });
}

interface Parts {
  readonly model: ModelFolder;
  readonly text: TextInput;
  readonly dim: number;
  readonly tokenizer: TextTokenizer;
  readonly transformer: ModelSession;
  readonly projection: ModelSession;
  /** The projection of sentences, where the model has one. */
  readonly sentences?: ModelSession;
}

interface SentenceCall extends EncodeOptions {
  readonly rule: NonNullable<TextInput['sentences']>;
  readonly session: ModelSession;
}

class OnnxTextEncoder implements TextEncoder {
  readonly encodeSentences?: NonNullable<TextEncoder['encodeSentences']>;
  private readonly parts: Parts;
  private readonly cache = new Map<string, Float32Array>();

  constructor(parts: Parts) {
    this.parts = parts;
    const { sentences: session } = parts;
    const { sentences: rule } = parts.text;
    if (rule && session) {
      this.encodeSentences = (text, options) =>
        this.sentencesOf(text, { ...options, rule, session });
    }
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
    for (const batch of this.batches(unknown)) {
      throwIfAborted(options.signal);
      const encoded = await this.encodeBatch(batch);
      for (const [index, text] of batch.entries()) found.set(text, encoded[index]!);
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

  /** Texts that go to the runtime together; of similar length where they share a tensor. */
  private batches(texts: readonly string[]): string[][] {
    const together = this.parts.text.batch === true;
    const ordered = together ? [...texts].sort((a, b) => a.length - b.length) : [...texts];
    const size = together ? BATCH_TEXT_COUNT : CONCURRENT_TEXT_COUNT;
    const batches: string[][] = [];
    while (ordered.length > 0) batches.push(ordered.splice(0, size));
    return batches;
  }

  private async encodeBatch(prepared: readonly string[]): Promise<Float32Array[]> {
    const { text, tokenizer } = this.parts;
    const ids = prepared.map((one) => tokenizer.encode(one, text.maxTokens));
    const vectors = text.batch
      ? await this.embed(ids)
      : (await Promise.all(ids.map((one) => this.embed([one])))).flat();
    for (const [index, one] of prepared.entries()) this.remember(one, vectors[index]!);
    return vectors;
  }

  private async embed(ids: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const { text, transformer } = this.parts;
    const pooled = (await transformer.run(tokenTensors(ids), [text.output]))[text.output]!;
    const values = await this.project(pooled);
    return ids.map((_, row) => values.slice(row * this.dim, (row + 1) * this.dim));
  }

  private async project(pooled: FloatTensor): Promise<Float32Array> {
    const { input, output } = this.parts.text.projection;
    return (await this.parts.projection.run({ [input]: pooled }, [output]))[output]!.values;
  }

  /**
   * One vector a whole word: the mean of its pieces in the context of the text, projected.
   * @throws `model.feature` where the model has no word vectors
   */
  async encodeWords(text: string, { signal }: EncodeOptions = {}): Promise<WordVectors> {
    const { transformer, tokenizer, text: input } = this.parts;
    if (input.wordOutput === undefined) {
      throw new PqrError('model.feature', `${this.model.name} has no word vectors.`);
    }
    throwIfAborted(signal);
    const { ids, words } = tokenizer.encodeWords(this.prepare(text), input.maxTokens);
    const outputs = await transformer.run(tokenTensors([ids]), [input.wordOutput]);
    const { values, shape } = outputs[input.wordOutput]!;
    const pooled = poolWords(values, shape[2]!, words);
    const vectors = await this.project(pooled);
    return { words: words.map(({ word }) => word), dim: this.dim, vectors };
  }

  /**
   * One vector a sentence. The graph cuts the text: a sentence ends with its full stop, and what follows the
   * last one belongs to none (arXiv 2506.21803, official code).
   */
  private async sentencesOf(text: string, call: SentenceCall): Promise<TextVectors> {
    const { transformer, tokenizer, text: input } = this.parts;
    throwIfAborted(call.signal);
    const { output, projection } = call.rule;
    const ids = tokenizer.encode(this.prepare(text), input.maxTokens);
    const pooled = leadingRows((await transformer.run(tokenTensors([ids]), [output]))[output]!);
    const count = pooled.shape[0]!;
    if (count === 0) return { count, dim: this.dim, vectors: new Float32Array(0) };
    const outputs = await call.session.run({ [projection.input]: pooled }, [projection.output]);
    return { count, dim: this.dim, vectors: outputs[projection.output]!.values };
  }

  private remember(text: string, vector: Float32Array): void {
    if (this.cache.size >= CACHE_TEXT_COUNT) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(text, vector);
  }

  async close(): Promise<void> {
    const { transformer, projection, sentences } = this.parts;
    await Promise.all([transformer, projection, sentences].map((session) => session?.release()));
  }
}

/** `[rows x width]` of `[1, S, width]`: the rows before the first that is all zeros. */
function leadingRows({ values, shape }: FloatTensor): FloatTensor {
  const width = shape[2]!;
  const isEmpty = (row: number) =>
    values.subarray(row * width, (row + 1) * width).every((value) => value === 0);
  let count = 0;
  while (count < shape[1]! && !isEmpty(count)) count += 1;
  return { type: 'float32', shape: [count, width], values: values.slice(0, count * width) };
}

/** The mean over the pieces of each word, `[words x width]`. */
function poolWords(values: Float32Array, width: number, words: readonly WordPieces[]): FloatTensor {
  const pooled = new Float32Array(words.length * width);
  words.forEach(({ positions }, row) => {
    for (const position of positions) {
      for (let column = 0; column < width; column += 1) {
        pooled[row * width + column] += values[position * width + column] / positions.length;
      }
    }
  });
  return { type: 'float32', shape: [words.length, width], values: pooled };
}

/** The three int64 inputs of a BERT-type graph, each `[texts x tokens]`, shorter texts padded and masked. */
function tokenTensors(texts: readonly (readonly number[])[]): Record<string, IntegerTensor> {
  const width = Math.max(...texts.map((ids) => ids.length));
  const tensor = (pick: (ids: readonly number[], column: number) => number): IntegerTensor => {
    const values = new BigInt64Array(texts.length * width);
    texts.forEach((ids, row) => {
      for (let column = 0; column < ids.length; column += 1) {
        values[row * width + column] = BigInt(pick(ids, column));
      }
    });
    return { type: 'int64', shape: [texts.length, width], values };
  };
  return {
    input_ids: tensor((ids, column) => ids[column]!),
    attention_mask: tensor(() => 1),
    token_type_ids: tensor(() => 0),
  };
}
