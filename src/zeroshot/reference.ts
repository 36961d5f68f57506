/**
 * What scores mean in an archive: the share of its recordings that score lower, and what is stated
 * of the recordings that score alike. Neither is a probability that the finding is there.
 */
import { createHash } from 'node:crypto';
import type { Archive, VectorHit } from '../archive/ports.js';
import type { ModelIdentity } from '../encoders/ports.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { type DescribedSample, readDescribedSample } from './described-sample.js';

/** Below this many other recordings a decision says nothing: 5 percent of 20 is one recording. */
export const SMALLEST_REFERENCE = 20;
/** So many described recordings on each side of a score are its neighbours. */
const NEIGHBOURS_A_SIDE = 10;
const CACHE_BYTES = 64 * 1024 * 1024;
/** A recording's own score, computed twice, may differ by rounding; it must not count as lower. */
const ROUNDING = 1e-6;

/** Of the described recordings whose scores are nearest: of how many the finding is stated. */
export interface Nearby {
  readonly carrierCount: number;
  readonly count: number;
}

/** Where one score stands among the others. */
export interface Standing {
  /** Share of the other recordings that score lower, 0 to 100; null where there are none. */
  readonly percentile: number | null;
  /** How many others there are. */
  readonly count: number;
  /** Null where no concept was asked for or nothing in the archive states it. */
  readonly nearby: Nearby | null;
  /** Share (0..1) of the described recordings that it is stated of; null as above. */
  readonly carrierShare: number | null;
}

export interface StandingQuestion {
  /** The label's text vector, L2-normalised. */
  readonly query: Float32Array;
  readonly score: number;
  readonly conceptKey?: string;
  /** This recording is not counted. */
  readonly ownEcgId?: string;
}

/** The archive as it was when it was asked for. */
export interface ScoreSnapshot {
  standing(question: StandingQuestion): Promise<Standing>;
}

export interface ScoreReference {
  readonly model: ModelIdentity;
  /** Looks once whether the archive has changed; ask all labels of one recording of one snapshot. */
  snapshot(): Promise<ScoreSnapshot>;
}

/** The scores of one label over the archive. */
interface Distribution {
  /** All recordings, ascending. */
  readonly scores: Float32Array;
  /** The described sample, ascending by score. */
  readonly described: readonly { readonly ecgId: string; readonly score: number }[];
}

/**
 * The reference that an archive's own recordings give, at rhythm level. Answers are kept until it
 * changes.
 */
export function archiveReference(archive: Archive, knowledge: Knowledge): ScoreReference {
  let stamp = '';
  let current: ScoreSnapshot | undefined;
  return {
    model: archive.model,
    async snapshot() {
      const { ecgCount, levels } = await archive.status();
      const now = JSON.stringify([ecgCount, levels]);
      if (current === undefined || now !== stamp) {
        current = snapshotOf(archive, readDescribedSample(archive, knowledge));
        stamp = now;
      }
      return current;
    },
  };
}

function snapshotOf(archive: Archive, sample: DescribedSample): ScoreSnapshot {
  const kept = new Map<string, Distribution>();

  async function distributionOf(query: Float32Array): Promise<Distribution> {
    const bytes = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
    const key = createHash('sha256').update(bytes).digest('hex');
    const known = kept.get(key);
    if (known) return known;
    const made = distribution(await archive.scoreAll('rhythm', query), sample);
    const room = Math.floor(CACHE_BYTES / Math.max(1, bytesOf(made)));
    while (kept.size >= room && kept.size > 0) kept.delete(kept.keys().next().value!);
    if (room > 0) kept.set(key, made);
    return made;
  }

  return {
    async standing({ query, score, conceptKey = '', ownEcgId }) {
      const { scores, described } = await distributionOf(query);
      const isOwnAmongThem = ownEcgId !== undefined && archive.get(ownEcgId) !== undefined;
      const count = Math.max(0, scores.length - (isOwnAmongThem ? 1 : 0));
      const lower = countBelow(scores.length, (at) => scores[at]! < score - ROUNDING);
      const carrierShare = sample.shares.get(conceptKey) ?? null;
      const others = described.filter(({ ecgId }) => ecgId !== ownEcgId);
      const carries = (one: { ecgId: string }) => sample.byEcg.get(one.ecgId)!.has(conceptKey);
      return {
        percentile: count > 0 ? (100 * Math.min(count, lower)) / count : null,
        count,
        nearby: carrierShare === null ? null : nearbyOf(others, score, carries),
        carrierShare,
      };
    },
  };
}

function distribution(hits: ReadonlyMap<string, VectorHit>, sample: DescribedSample): Distribution {
  const scores = Float32Array.from(hits.values(), (hit) => hit.score).sort();
  const described = [...sample.byEcg.keys()]
    .map((ecgId) => ({ ecgId, score: hits.get(ecgId)?.score }))
    .filter((one): one is { ecgId: string; score: number } => one.score !== undefined)
    .sort((a, b) => a.score - b.score);
  return { scores, described };
}

/** About what a distribution holds in memory; ids are shared with the sample. */
function bytesOf({ scores, described }: Distribution): number {
  return scores.byteLength + 48 * described.length;
}

function nearbyOf<One extends { readonly score: number }>(
  ascending: readonly One[],
  score: number,
  carries: (one: One) => boolean,
): Nearby {
  const place = countBelow(ascending.length, (at) => ascending[at]!.score < score);
  const first = Math.max(0, place - NEIGHBOURS_A_SIDE);
  const neighbours = ascending.slice(first, place + NEIGHBOURS_A_SIDE);
  return { carrierCount: neighbours.filter(carries).length, count: neighbours.length };
}

/** How many leading places of an ascending list of `length` are below a limit. */
function countBelow(length: number, isBelow: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
