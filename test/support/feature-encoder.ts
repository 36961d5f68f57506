/**
 * The ECG encoder of the archive's tests: a small honest adapter of the port, with no model file. Its
 * vectors are features really computed from the samples (differences of lead-wise bin means, normalised),
 * so equal recordings have equal vectors and similar ones similar vectors. It knows nothing of medicine.
 */
import { PqrError, throwIfAborted } from '../../src/ecg/errors.js';
import { type EcgRecord, leadSamples } from '../../src/ecg/record.js';
import type {
  EcgEmbedding,
  EcgEncoder,
  EncodeOptions,
  Level,
  LevelVectors,
  ModelIdentity,
} from '../../src/encoders/ports.js';

export interface FeatureEncoderOptions {
  /** Numbers a vector. */
  readonly dim?: number;
  readonly name?: string;
  readonly windowSeconds?: number;
  readonly beatSeconds?: number;
  /** Called before every batch; a throw here is the encoder failing. */
  readonly onEmbed?: (records: readonly EcgRecord[]) => void | Promise<void>;
}

export interface FeatureEncoder extends EcgEncoder {
  /** Recordings embedded so far. */
  readonly embeddedCount: number;
}

export function featureModel({ dim = 16, name = 'features' }: FeatureEncoderOptions = {}) {
  const model: ModelIdentity = {
    name,
    version: '1',
    hash: `${name}-${dim}`.padEnd(64, '0'),
    levels: { rhythm: { dim, sharedWithText: true }, beat: { dim, sharedWithText: true } },
  };
  return model;
}

export function makeFeatureEncoder(options: FeatureEncoderOptions = {}): FeatureEncoder {
  const { dim = 16, windowSeconds = 10, beatSeconds = 0.8, onEmbed } = options;
  let embeddedCount = 0;
  return {
    model: featureModel(options),
    get embeddedCount() {
      return embeddedCount;
    },
    async embed(records: readonly EcgRecord[], { signal }: EncodeOptions = {}) {
      throwIfAborted(signal);
      await onEmbed?.(records);
      const embeddings = records.map((record) =>
        embedOne(record, { dim, windowSeconds, beatSeconds }),
      );
      embeddedCount += records.length;
      return embeddings;
    },
    async close() {},
  };
}

interface Shape {
  readonly dim: number;
  readonly windowSeconds: number;
  readonly beatSeconds: number;
}

function embedOne(record: EcgRecord, shape: Shape): EcgEmbedding {
  if (!record.samples.some((value) => Number.isFinite(value) && value !== 0)) {
    throw new PqrError('signal.unusable', 'The recording has no sample that is not 0.');
  }
  const cut = (level: Level, seconds: number) =>
    levelOf(record, level, { dim: shape.dim, seconds });
  const levels = [cut('rhythm', shape.windowSeconds), cut('beat', shape.beatSeconds)];
  return { levels, rPeakSamples: levels[1]!.startSamples };
}

/** One vector for each stretch of `seconds`, the last one shorter. */
function levelOf(
  record: EcgRecord,
  level: Level,
  { dim, seconds }: { dim: number; seconds: number },
): LevelVectors {
  const length = Math.round(seconds * record.samplingRateHz);
  const count = Math.max(1, Math.floor(record.sampleCount / length));
  const ordinals = Int32Array.from({ length: count }, (_, at) => at);
  const startSamples = ordinals.map((at) => at * length);
  const endSamples = startSamples.map((start) => Math.min(start + length, record.sampleCount));
  const vectors = new Float32Array(count * dim);
  for (let row = 0; row < count; row++) {
    vectors.set(features(record, dim, startSamples[row]!, endSamples[row]!), row * dim);
  }
  const windows = level === 'rhythm' ? ordinals : new Int32Array(count);
  return { level, dim, count, vectors, windows, ordinals, startSamples, endSamples };
}

function features(record: EcgRecord, dim: number, start: number, end: number): Float64Array {
  const sums = new Float64Array(dim).fill(1e-6);
  for (let lead = 0; lead < record.leads.length; lead++) {
    const samples = leadSamples(record, lead);
    for (let at = start; at < end; at++) {
      const value = samples[at]!;
      if (!Number.isFinite(value)) continue;
      const bin = (Math.floor(((at - start) / (end - start)) * dim) + lead) % dim;
      sums[bin]! += value * (1 + (lead % 3));
    }
  }
  const norm = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
  return sums.map((value) => value / norm);
}
