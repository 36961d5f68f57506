/** What is looked for at a level as one vector: a question's phrases, an ECG's own vector, or both. */
import { PqrError } from '../ecg/errors.js';
import type { EncodeOptions, Level, TextEncoder } from '../encoders/ports.js';
import { normalised, representative } from './candidates.js';
import { DENIED_WEIGHT } from './late-interaction.js';
import type { LikeEcg } from './ports.js';
import type { UnderstoodQuery } from './query.js';

/**
 * The mean of the phrases' vectors less that of the denied ones, normalised `[dim]`. The beat-query level is
 * compared with sentences where the model has them (MELP was trained so), each phrase being one.
 */
export async function embedQuestion(
  textEncoder: TextEncoder,
  query: UnderstoodQuery,
  call: EncodeOptions & { readonly level: Level },
): Promise<Float32Array> {
  const isBySentence = call.level === 'beat-query' && textEncoder.encodeSentences !== undefined;
  const embed = isBySentence ? embedSentences : embedPhrases;
  const [sought, denied] = await Promise.all(
    [query.phrases, query.deniedPhrases].map((phrases) => embed(textEncoder, phrases, call)),
  );
  return normalised(sought!.map((value, at) => value - DENIED_WEIGHT * denied![at]!));
}

async function embedPhrases(
  textEncoder: TextEncoder,
  phrases: readonly string[],
  options: EncodeOptions,
): Promise<Float32Array> {
  return normalised(sumRows(await textEncoder.encode(phrases, options), textEncoder.dim));
}

/** A phrase is a sentence once it has its full stop; a tokenizer that knows none leaves the phrase whole. */
async function embedSentences(
  textEncoder: TextEncoder,
  phrases: readonly string[],
  options: EncodeOptions,
): Promise<Float32Array> {
  const sum = new Float64Array(textEncoder.dim);
  for (const phrase of phrases) {
    const text = phrase.endsWith('.') ? phrase : `${phrase}.`;
    const { count, vectors } = await textEncoder.encodeSentences!(text, options);
    const rows = count > 0 ? vectors : await textEncoder.encode([phrase], options);
    normalised(sumRows(rows, textEncoder.dim)).forEach((value, at) => {
      sum[at] += value;
    });
  }
  return normalised(sum);
}

/**
 * Text, ECG, or both with equal weight; undefined where the ECG has no vector at this level and there is no
 * text. @throws `usage.invalid` where the ECG has no such beat
 */
export function queryVector(
  level: Level,
  like: LikeEcg | undefined,
  text: Float32Array | undefined,
): Float32Array | undefined {
  const vectors = like?.embedding.levels.find((one) => one.level === level);
  const beatIndex = level === 'beat' ? like?.beatIndex : undefined;
  const ecg = vectors && representative(vectors, beatIndex);
  if (vectors && !ecg && beatIndex !== undefined) throw noSuchBeat(beatIndex, vectors.count);
  if (ecg && text) return normalised(sumRows(Float32Array.from([...ecg, ...text]), ecg.length));
  return ecg ?? text;
}

function noSuchBeat(beatIndex: number, beatCount: number): PqrError {
  return new PqrError(
    'usage.invalid',
    `Beat ${beatIndex} does not exist: the ECG has ${beatCount} beats, counted from 0.`,
  );
}

function sumRows(rows: Float32Array, dim: number): Float64Array {
  const sum = new Float64Array(dim);
  rows.forEach((value, index) => {
    sum[index % dim] += value;
  });
  return sum;
}
