/**
 * Words for an ECG from its stored vectors: the caption decoder reads the rhythm vector and the token
 * vectors of a window and says a report, greedily or with a beam; the same graph gives the likelihood of
 * any text (teacher forcing). The prefix is run anew for every word: the graph is small.
 */
import { join } from 'node:path';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import {
  BOS,
  type CaptionVocabulary,
  EOS,
  loadCaptionVocabulary,
  PAD,
  UNKNOWN,
} from './caption-vocabulary.js';
import type { DecoderInput } from './manifest.js';
import type { ModelFolder } from './model-folder.js';
import type { Caption, Captioner, CaptionOptions, EncodeOptions, LevelVectors } from './ports.js';
import { type ModelSession, openSession } from './session.js';
import { loadTokenizer, type TextTokenizer } from './tokenizer.js';

const MAX_BEAM_WIDTH = 8;
const MAX_TEXT_COUNT = 256;
const TEXTS_TOGETHER = 16;

/** @throws `model.feature` where the model has no decoder */
export async function openCaptioner(model: ModelFolder): Promise<Captioner> {
  const { decoder, text, levels, ecg } = model.manifest;
  const cellSamples = levels.token?.cellSamples;
  if (!decoder || !text || cellSamples === undefined) {
    throw new PqrError('model.feature', `${model.identity.name} has no caption decoder.`, {
      hint: 'Choose another model with --model; `pqrsearch models list` says what each can do.',
    });
  }
  const [vocabulary, tokenizer, session] = await Promise.all([
    loadCaptionVocabulary(join(model.folder, decoder.vocabulary)),
    loadTokenizer(join(model.folder, text.tokenizer)),
    openSession(join(model.folder, decoder.file)),
  ]);
  const cellCount = Math.ceil(ecg.sampleCount / cellSamples);
  return new OnnxCaptioner({ model, decoder, vocabulary, tokenizer, session, cellCount });
}

interface Parts {
  readonly model: ModelFolder;
  readonly decoder: DecoderInput;
  readonly vocabulary: CaptionVocabulary;
  readonly tokenizer: TextTokenizer;
  readonly session: ModelSession;
  readonly cellCount: number;
}

interface Hypothesis {
  readonly ids: readonly number[];
  readonly logLikelihood: number;
  readonly ended: boolean;
}

class OnnxCaptioner implements Captioner {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get model() {
    return this.parts.model.identity;
  }

  async caption(
    levels: readonly LevelVectors[],
    { beamWidth = 1, signal }: CaptionOptions = {},
  ): Promise<Caption[]> {
    if (!Number.isInteger(beamWidth) || beamWidth < 1 || beamWidth > MAX_BEAM_WIDTH) {
      throw new PqrError(
        'usage.invalid',
        `Beam width is ${beamWidth}; 1 to ${MAX_BEAM_WIDTH} are allowed.`,
      );
    }
    const captions: Caption[] = [];
    for (const [window, memory] of this.memories(levels).entries()) {
      const best = await this.decode(memory, beamWidth, signal);
      captions.push({
        text: this.parts.vocabulary.decode(best.ids),
        window,
        logLikelihood: best.logLikelihood,
        tokenCount: best.ids.length - 1,
      });
    }
    return captions;
  }

  async logLikelihood(
    levels: readonly LevelVectors[],
    texts: readonly string[],
    { signal }: EncodeOptions = {},
  ): Promise<Float64Array> {
    if (texts.length > MAX_TEXT_COUNT) {
      throw new PqrError(
        'usage.invalid',
        `${texts.length} texts; at most ${MAX_TEXT_COUNT} at once.`,
      );
    }
    for (const text of texts) checkLimit('queryBytes', Buffer.byteLength(text), 'The text');
    const { vocabulary, tokenizer, decoder } = this.parts;
    const best = new Float64Array(texts.length).fill(Number.NEGATIVE_INFINITY);
    const encoded = texts.map((text) => {
      const { words } = tokenizer.encodeWords(text.toLowerCase(), 512);
      return vocabulary.encode(
        words.map(({ word }) => word),
        decoder.maxTokens,
      );
    });
    for (const memory of this.memories(levels)) {
      for (let start = 0; start < encoded.length; start += TEXTS_TOGETHER) {
        throwIfAborted(signal);
        const some = encoded.slice(start, start + TEXTS_TOGETHER);
        const sums = await this.sumLogProbabilities(memory, some);
        for (const [index, sum] of sums.entries())
          best[start + index] = Math.max(best[start + index], sum);
      }
    }
    return best;
  }

  private async sumLogProbabilities(
    memory: Float32Array,
    texts: readonly number[][],
  ): Promise<number[]> {
    const { values, width } = await this.run(memory, texts);
    const { size } = this.parts.vocabulary;
    return texts.map((ids, row) => {
      let sum = 0;
      for (let step = 0; step + 1 < ids.length; step += 1) {
        const offset = (row * width + step) * size;
        const logits = values.subarray(offset, offset + size);
        sum += logits[ids[step + 1]!] - logSumExp(logits);
      }
      return sum;
    });
  }

  /**
   * The likeliest text that is found: by its whole log-likelihood, which `logLikelihood` gives of any text.
   * A beam can lose the greedy text on the way; it is never left for a less likely one.
   */
  private async decode(
    memory: Float32Array,
    beamWidth: number,
    signal?: AbortSignal,
  ): Promise<Hypothesis> {
    const greedy = await this.searchBeam(memory, 1, signal);
    if (beamWidth === 1) return greedy;
    const found = await this.searchBeam(memory, beamWidth, signal);
    return found.logLikelihood > greedy.logLikelihood ? found : greedy;
  }

  private async searchBeam(
    memory: Float32Array,
    beamWidth: number,
    signal?: AbortSignal,
  ): Promise<Hypothesis> {
    let beam: Hypothesis[] = [{ ids: [BOS], logLikelihood: 0, ended: false }];
    for (let step = 1; step < this.parts.decoder.maxTokens; step += 1) {
      throwIfAborted(signal);
      const open = beam.filter(({ ended }) => !ended);
      // A text gets less likely with every word: an ended one in front stays there.
      if (beam[0]!.ended || open.length === 0) break;
      const grown = await this.grow(memory, open, beamWidth);
      const all = [...beam.filter(({ ended }) => ended), ...grown];
      beam = all.sort((a, b) => b.logLikelihood - a.logLikelihood).slice(0, beamWidth);
    }
    return beam[0]!;
  }

  private async grow(
    memory: Float32Array,
    open: readonly Hypothesis[],
    beamWidth: number,
  ): Promise<Hypothesis[]> {
    const { values, width } = await this.run(
      memory,
      open.map(({ ids }) => ids),
    );
    const { size } = this.parts.vocabulary;
    return open.flatMap((hypothesis, row) => {
      const offset = (row * width + hypothesis.ids.length - 1) * size;
      const logits = values.subarray(offset, offset + size);
      const total = logSumExp(logits);
      return largest(logits, beamWidth).map((id) => ({
        ids: [...hypothesis.ids, id],
        logLikelihood: hypothesis.logLikelihood + logits[id] - total,
        ended: id === EOS,
      }));
    });
  }

  private async run(memory: Float32Array, texts: readonly (readonly number[])[]) {
    const { decoder, session, cellCount } = this.parts;
    const width = Math.max(...texts.map((ids) => ids.length));
    const ids = new BigInt64Array(texts.length * width).fill(BigInt(PAD));
    const memories = new Float32Array(texts.length * memory.length);
    texts.forEach((one, row) => {
      for (const [column, id] of one.entries()) ids[row * width + column] = BigInt(id);
      memories.set(memory, row * memory.length);
    });
    const rows = cellCount + 1;
    const outputs = await session.run(
      {
        [decoder.inputs.ids]: { type: 'int64', shape: [texts.length, width], values: ids },
        [decoder.inputs.memory]: {
          type: 'float32',
          shape: [texts.length, rows, memory.length / rows],
          values: memories,
        },
      },
      [decoder.output],
    );
    return { values: outputs[decoder.output]!.values, width };
  }

  /** What the decoder reads of each window: rhythm vector, then one row a time cell, zeros where absent. */
  private memories(levels: readonly LevelVectors[]): Float32Array[] {
    const rhythm = levels.find(({ level }) => level === 'rhythm');
    const token = levels.find(({ level }) => level === 'token');
    if (!rhythm || !token) {
      throw new PqrError(
        'model.feature',
        'Captions need rhythm and token vectors; the ECG has not both.',
        {
          hint: 'Embed the archive anew: pqrsearch archive rebuild DIR --model NAME.',
        },
      );
    }
    const { dim } = rhythm;
    const { cellCount } = this.parts;
    const memories = Array.from({ length: rhythm.count }, (_, window) => {
      const memory = new Float32Array((cellCount + 1) * dim);
      memory.set(rhythm.vectors.subarray(window * dim, (window + 1) * dim));
      return memory;
    });
    for (let row = 0; row < token.count; row += 1) {
      const cell = token.ordinals[row] % cellCount;
      memories[token.windows[row]]?.set(
        token.vectors.subarray(row * dim, (row + 1) * dim),
        (cell + 1) * dim,
      );
    }
    return memories;
  }

  close(): Promise<void> {
    return this.parts.session.release();
  }
}

function logSumExp(logits: Float32Array): number {
  let largestLogit = Number.NEGATIVE_INFINITY;
  for (const value of logits) largestLogit = Math.max(largestLogit, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - largestLogit);
  return largestLogit + Math.log(sum);
}

/** The ids of the `count` largest logits, best first; padding, start and unknown are never said. */
function largest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < logits.length; id += 1) {
    if (id === PAD || id === BOS || id === UNKNOWN) continue;
    if (best.length === count && logits[id] <= logits[best[count - 1]!]) continue;
    const place = best.findIndex((other) => logits[other] < logits[id]);
    best.splice(place < 0 ? best.length : place, 0, id);
    best.length = Math.min(best.length, count);
  }
  return best;
}
