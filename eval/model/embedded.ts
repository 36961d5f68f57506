/** Recordings of a test set with their vectors, embedded by one model without an archive. */
import { join } from 'node:path';
import type { App } from '../../src/app.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import type { EcgEmbedding, Level, LevelVectors } from '../../src/encoders/ports.js';

const TOGETHER = 32;

export interface Embedded {
  /** As the set's table names it: a path below its folder, without extension. */
  readonly record: string;
  readonly embedding: EcgEmbedding;
}

/** What is done to a recording before it is embedded. */
export type Change = (record: EcgRecord) => EcgRecord;

/**
 * @param folder holds the records' WFDB headers
 * @param change for example only some leads, or only the first seconds
 */
export async function embedAll(
  app: App,
  source: { folder: string; records: readonly string[]; change?: Change },
): Promise<Embedded[]> {
  const { ecgEncoder } = await app.model();
  const embedded: Embedded[] = [];
  for (let start = 0; start < source.records.length; start += TOGETHER) {
    const names = source.records.slice(start, start + TOGETHER);
    const read = await Promise.all(
      names.map((name) => app.readEcg(join(source.folder, `${name}.hea`))),
    );
    const embeddings = await ecgEncoder.embed(source.change ? read.map(source.change) : read);
    for (const [index, record] of names.entries())
      embedded.push({ record, embedding: embeddings[index]! });
  }
  return embedded;
}

/** Only these leads; what is left keeps its order. */
export function onlyLeads(names: readonly string[]): Change {
  return (record) => {
    const kept = record.leads.flatMap((lead, index) => (names.includes(lead) ? [index] : []));
    const { sampleCount } = record;
    const samples = new Float32Array(kept.length * sampleCount);
    kept.forEach((lead, row) => {
      samples.set(
        record.samples.subarray(lead * sampleCount, (lead + 1) * sampleCount),
        row * sampleCount,
      );
    });
    return { ...record, leads: kept.map((lead) => record.leads[lead]!), samples };
  };
}

/** Only the first seconds. */
export function onlyFirst(seconds: number): Change {
  return (record) => {
    const sampleCount = Math.min(record.sampleCount, Math.round(seconds * record.samplingRateHz));
    const samples = new Float32Array(record.leads.length * sampleCount);
    for (let lead = 0; lead < record.leads.length; lead += 1) {
      const start = lead * record.sampleCount;
      samples.set(record.samples.subarray(start, start + sampleCount), lead * sampleCount);
    }
    return { ...record, sampleCount, samples };
  };
}

/** The vectors of a level; empty where the model or the recording has none. */
export function levelOf(embedding: EcgEmbedding, level: Level): LevelVectors | undefined {
  return embedding.levels.find((one) => one.level === level);
}

/** The best cosine over a level's rows, and which row it is; -1 where there is none. */
export function bestRow(
  vectors: LevelVectors | undefined,
  query: Float32Array,
): { score: number; row: number } {
  let score = Number.NEGATIVE_INFINITY;
  let row = -1;
  for (let at = 0; vectors && at < vectors.count; at += 1) {
    const value = dot(vectors.vectors.subarray(at * vectors.dim, (at + 1) * vectors.dim), query);
    if (value > score) {
      score = value;
      row = at;
    }
  }
  return { score, row };
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index] * b[index];
  return sum;
}
