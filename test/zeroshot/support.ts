/**
 * A small world for scoring: a text encoder that hashes words into a space (deterministic,
 * computed), and an archive in memory whose recordings have the vector of what they show plus
 * seeded noise.
 */
import { createHash } from 'node:crypto';
import type { Archive, StoredEcg, VectorHit } from '../../src/archive/ports.js';
import { makeRecord } from '../../src/ecg/record.js';
import type {
  EcgEmbedding,
  LevelVectors,
  ModelIdentity,
  TextEncoder,
} from '../../src/encoders/ports.js';
import { tokenise } from '../../src/knowledge/normalise.js';

export const DIM = 64;
export const MODEL: ModelIdentity = {
  name: 'word-hash',
  version: '1',
  hash: 'word-hash-1',
  levels: { rhythm: { dim: DIM, sharedWithText: true } },
};

function scaled(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / length);
}

/** Each word is a fixed direction; a text is the sum of its words. */
export function textVector(text: string): Float32Array {
  const sum = new Float64Array(DIM);
  for (const { text: word } of tokenise(text)) {
    const digest = createHash('sha512').update(word).digest();
    for (let index = 0; index < DIM; index++) sum[index]! += digest[index]! - 127.5;
  }
  return scaled(sum);
}

export interface CountingEncoder extends TextEncoder {
  /** Texts encoded so far. */
  readonly encoded: string[];
}

export function wordHashEncoder(model: ModelIdentity = MODEL): CountingEncoder {
  const encoded: string[] = [];
  return {
    model,
    dim: DIM,
    encoded,
    async encode(texts) {
      encoded.push(...texts);
      const rows = new Float32Array(texts.length * DIM);
      for (const [row, text] of texts.entries()) rows.set(textVector(text), row * DIM);
      return rows;
    },
    close: async () => {},
  };
}

/** A seeded generator of numbers in 0..1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The vector of a text with noise of the given size. */
export function noisyVector(text: string, noise: number, random: () => number): Float32Array {
  const base = textVector(text);
  return scaled(Float64Array.from(base, (value) => value + noise * (random() - 0.5)));
}

export function rhythmLevel(rows: readonly Float32Array[]): LevelVectors {
  const count = rows.length;
  const dim = rows[0]?.length ?? DIM;
  const vectors = new Float32Array(count * dim);
  for (const [index, row] of rows.entries()) vectors.set(row, index * dim);
  const ordinals = Int32Array.from(rows, (_, index) => index);
  return {
    level: 'rhythm',
    dim,
    count,
    vectors,
    windows: ordinals,
    ordinals,
    startSamples: ordinals.map((index) => index * 5000),
    endSamples: ordinals.map((index) => (index + 1) * 5000),
  };
}

export const embeddingOf = (...rows: Float32Array[]): EcgEmbedding => ({
  levels: [rhythmLevel(rows)],
  rPeakSamples: new Int32Array(0),
});

export interface MemoryEcg {
  readonly ecgId: string;
  readonly rows: readonly Float32Array[];
  readonly codes?: readonly string[];
  readonly report?: string;
  readonly patientId?: string;
}

const dot = (rows: Float32Array, offset: number, query: Float32Array): number => {
  let sum = 0;
  for (let index = 0; index < query.length; index++) sum += rows[offset + index]! * query[index]!;
  return sum;
};

export interface MemoryArchive extends Archive {
  /** How often all recordings were scored. */
  scoreAllCount(): number;
  add(ecg: MemoryEcg): void;
}

export function memoryArchive(ecgs: readonly MemoryEcg[], model = MODEL): MemoryArchive {
  const byId = new Map(ecgs.map((ecg) => [ecg.ecgId, ecg]));
  let scored = 0;
  const level = (ecgId: string) => rhythmLevel(byId.get(ecgId)?.rows ?? []);
  const hitsOf = (ecgId: string, query: Float32Array): VectorHit[] => {
    const { vectors, count, dim, startSamples, endSamples } = level(ecgId);
    return Array.from({ length: count }, (_, row) => ({
      ecgId,
      level: 'rhythm',
      window: row,
      ordinal: row,
      startSample: startSamples[row]!,
      endSample: endSamples[row]!,
      score: dot(vectors, row * dim, query),
    }));
  };
  const stored = (ecg: MemoryEcg): StoredEcg => ({
    ecgId: ecg.ecgId,
    record: ecg.ecgId,
    paths: [ecg.ecgId],
    format: 'csv',
    leads: ['I'],
    samplingRateHz: 500,
    sampleCount: 5000,
    durationSeconds: 10,
    patient: ecg.patientId ? { id: ecg.patientId } : {},
    ...(ecg.report ? { report: ecg.report } : {}),
    codes: ecg.codes ?? [],
    warnings: [],
    rPeaksSeconds: [],
  });
  return {
    folder: 'memory',
    model,
    scoreAllCount: () => scored,
    add: (ecg) => {
      byId.set(ecg.ecgId, ecg);
    },
    status: async () => ({
      folder: 'memory',
      ecgCount: byId.size,
      pathCount: byId.size,
      reportCount: 0,
      model,
      levels: [],
      bytes: { database: 0, index: 0 },
    }),
    get: (ecgId) => {
      const ecg = byId.get(ecgId);
      return ecg && stored(ecg);
    },
    idOfPath: (path) => (byId.has(path) ? path : undefined),
    listIds: () => [...byId.keys()],
    select: () => new Set(byId.keys()),
    waveform: () =>
      makeRecord({
        leads: ['I'],
        samplingRateHz: 500,
        samples: new Float32Array(5000),
        format: 'csv',
      }),
    vectors: level,
    nearest: async (_, query, { k }) =>
      [...byId.keys()]
        .flatMap((ecgId) => hitsOf(ecgId, query))
        .sort((a, b) => b.score - a.score)
        .slice(0, k),
    scoreAll: async (_, query) => {
      scored++;
      const best = (hits: VectorHit[]) => hits.reduce((a, b) => (b.score > a.score ? b : a));
      return new Map([...byId.keys()].map((ecgId) => [ecgId, best(hitsOf(ecgId, query))]));
    },
    fullText: () => [],
    close: async () => {},
  };
}
