/**
 * Candidates of one level: the recordings whose best vector, or whose report, is nearest to the query.
 * Several vectors of a recording (windows, beats) count once, with the best one.
 */
import type { Archive, VectorHit } from '../archive/ports.js';
import type { Level, LevelVectors } from '../encoders/ports.js';
import type { Moment } from './late-interaction.js';

/** One recording found at one level. */
export interface Candidate {
  readonly ecgId: string;
  readonly score: number;
  /** Which vector it was; undefined at text and token level. */
  readonly vector?: VectorHit;
  /** At token level: where each piece of the question was found, which may be nowhere. */
  readonly moments?: readonly Moment[];
  /** The words of the report that matched; at text level only. */
  readonly snippet?: string;
}

export interface CandidateRequest {
  readonly count: number;
  readonly among?: ReadonlySet<string>;
  readonly without?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/** Vectors asked for per recording wanted: a ten-second ECG has about a dozen beats. */
const VECTORS_PER_RECORDING: Partial<Record<Level, number>> = { rhythm: 2, beat: 16 };
const MAX_VECTOR_COUNT = 50_000;

/**
 * The `count` recordings nearest to `query` at a level, best first. Asks for more vectors until enough
 * recordings are among them or the level has no more.
 */
export async function nearestRecordings(
  archive: Archive,
  level: Level,
  query: Float32Array,
  request: CandidateRequest,
): Promise<Candidate[]> {
  const perRecording = VECTORS_PER_RECORDING[level] ?? 8;
  const wanted = request.count + (request.without?.size ?? 0);
  for (let k = wanted * perRecording; ; k *= 4) {
    const limited = Math.min(k, MAX_VECTOR_COUNT);
    const hits = await archive.nearest(level, query, { ...request, k: limited });
    const candidates = bestPerRecording(hits, request.without);
    const exhausted = hits.length < limited || limited === MAX_VECTOR_COUNT;
    if (candidates.length >= request.count || exhausted) return candidates.slice(0, request.count);
  }
}

function bestPerRecording(hits: readonly VectorHit[], without?: ReadonlySet<string>): Candidate[] {
  const best = new Map<string, Candidate>();
  for (const hit of hits) {
    if (without?.has(hit.ecgId) || best.has(hit.ecgId)) continue; // hits come best first
    best.set(hit.ecgId, { ecgId: hit.ecgId, score: hit.score, vector: hit });
  }
  return [...best.values()];
}

/** The `count` recordings whose reports fit best: any word of a text, any phrase of a list. */
export function reportCandidates(
  archive: Archive,
  sought: string | readonly string[],
  request: CandidateRequest,
): Candidate[] {
  const { without, count, ...options } = request;
  const k = count + (without?.size ?? 0);
  return archive
    .fullText(sought, { ...options, k })
    .filter((hit) => !without?.has(hit.ecgId))
    .slice(0, count);
}

/**
 * The vector that stands for an ECG in a search: the mean of its rhythm windows; at beat level the beat
 * asked for, or the medoid, the beat most like all others.
 * @returns undefined where the ECG has no vector at this level, or no such beat
 */
export function representative(
  vectors: LevelVectors,
  beatIndex?: number,
): Float32Array | undefined {
  if (vectors.count === 0) return undefined;
  const mean = meanVector(vectors);
  if (vectors.level === 'rhythm') return mean;
  const row =
    beatIndex === undefined ? nearestRow(vectors, mean) : vectors.ordinals.indexOf(beatIndex);
  return row < 0 ? undefined : rowOf(vectors, row);
}

function rowOf({ vectors, dim }: LevelVectors, row: number): Float32Array {
  return vectors.slice(row * dim, (row + 1) * dim);
}

/** The normalised mean of all rows. */
function meanVector({ vectors, dim, count }: LevelVectors): Float32Array {
  const sum = new Float64Array(dim);
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < dim; column += 1) sum[column] += vectors[row * dim + column];
  }
  return normalised(sum);
}

/** The row with the largest inner product with `query`. */
function nearestRow({ vectors, dim, count }: LevelVectors, query: Float32Array): number {
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row += 1) {
    let score = 0;
    for (let column = 0; column < dim; column += 1)
      score += vectors[row * dim + column] * query[column];
    if (score > bestScore) {
      best = row;
      bestScore = score;
    }
  }
  return best;
}

/** A float32 copy of length 1; a zero vector stays zero. */
export function normalised(vector: ArrayLike<number>): Float32Array {
  const copy = Float32Array.from(vector);
  const norm = Math.sqrt(copy.reduce((sum, value) => sum + value * value, 0));
  return norm > 0 ? copy.map((value) => value / norm) : copy;
}
