/**
 * The two encoder ports: an ECG and a text each become vectors in one space. Everything outside
 * `src/encoders` knows a model only by these.
 */
import type { EcgRecord } from '../ecg/record.js';

/**
 * What a vector stands for. `beat-query` is one of MELP's learned queries: each looks at the whole window and
 * belongs to no heartbeat. `token` is a time cell, or (MELP) a learned query of the caption decoder.
 */
export const LEVELS = ['rhythm', 'beat', 'beat-query', 'token'] as const;
export type Level = (typeof LEVELS)[number];

export interface LevelInfo {
  readonly dim: number;
  /** True where text vectors live in the same space, so text can be compared with this level. */
  readonly sharedWithText: boolean;
}

/** Which model made a vector: `hash` covers every file and setting that changes a vector. */
export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly levels: Readonly<Partial<Record<Level, LevelInfo>>>;
  /**
   * Below this rhythm cosine even the best hit of a question in words is far from it; absent where it was not
   * measured for the model, since each has a scale of its own.
   */
  readonly farCosine?: number;
}

/** The vectors of one level of one recording, flat and L2-normalised; row i has ordinals[i], ... */
export interface LevelVectors {
  readonly level: Level;
  readonly dim: number;
  readonly count: number;
  /** `[count x dim]` */
  readonly vectors: Float32Array;
  /** Which window of the recording the row comes from, from 0. */
  readonly windows: Int32Array;
  /** Position within the level over the whole recording, from 0 (number of beat, window, cell, query). */
  readonly ordinals: Int32Array;
  /** What the row covers, in samples of the recording at its own rate; end is exclusive. */
  readonly startSamples: Int32Array;
  readonly endSamples: Int32Array;
}

/** Where the rhythm vector of each window looked: one row a time cell; the weights of a window sum to 1. */
export interface AttentionMap {
  readonly count: number;
  readonly windows: Int32Array;
  /** In samples of the recording at its own rate; end is exclusive. */
  readonly startSamples: Int32Array;
  readonly endSamples: Int32Array;
  readonly weights: Float32Array;
}

export interface EcgEmbedding {
  readonly levels: readonly LevelVectors[];
  /** Absent where the model gives none. */
  readonly attention?: AttentionMap;
  /** R peaks found on the way, in samples of the recording at its own rate. */
  readonly rPeakSamples: Int32Array;
}

export interface EncodeOptions {
  readonly signal?: AbortSignal;
}

export interface EcgEncoder {
  readonly model: ModelIdentity;
  /**
   * Embeds recordings, batched over their windows; result i belongs to record i.
   * @throws `signal.unusable` where a recording has no lead that the model knows; `model.input`.
   */
  embed(records: readonly EcgRecord[], options?: EncodeOptions): Promise<EcgEmbedding[]>;
  close(): Promise<void>;
}

export interface TextEncoder {
  readonly model: ModelIdentity;
  readonly dim: number;
  /** `[texts.length x dim]`, L2-normalised. */
  encode(texts: readonly string[], options?: EncodeOptions): Promise<Float32Array>;
  /** Only where the model has word vectors; another one throws `model.feature`. */
  encodeWords?(text: string, options?: EncodeOptions): Promise<WordVectors>;
  /** One vector a sentence, for the beat-query level; only where the model has them. */
  encodeSentences?(text: string, options?: EncodeOptions): Promise<TextVectors>;
  close(): Promise<void>;
}

/** `[count x dim]`, L2-normalised. */
export interface TextVectors {
  readonly count: number;
  readonly dim: number;
  readonly vectors: Float32Array;
}

/** One vector a word of a text, in the space of the token level. */
export interface WordVectors {
  readonly words: readonly string[];
  readonly dim: number;
  /** `[words.length x dim]`, L2-normalised. */
  readonly vectors: Float32Array;
}

/** A window in words. */
export interface Caption {
  readonly text: string;
  readonly window: number;
  /** Natural logarithm, summed over the tokens and the end. */
  readonly logLikelihood: number;
  readonly tokenCount: number;
}

export interface CaptionOptions extends EncodeOptions {
  /** 1 is greedy; up to 8 hypotheses side by side. */
  readonly beamWidth?: number;
}

/** Words for an ECG, and how likely given words are for it, from its rhythm and token vectors alone. */
export interface Captioner {
  readonly model: ModelIdentity;
  /** One caption a window. */
  caption(levels: readonly LevelVectors[], options?: CaptionOptions): Promise<Caption[]>;
  /** log p(text | ECG) of every text in the window where it is most likely; natural logarithm, end included. */
  logLikelihood(
    levels: readonly LevelVectors[],
    texts: readonly string[],
    options?: EncodeOptions,
  ): Promise<Float64Array>;
  close(): Promise<void>;
}
