/**
 * The best of a fused search re-scored by late interaction over their beat and token vectors. Off until it is
 * measured: see weights.ts.
 */
import type { Archive } from '../archive/ports.js';
import type { Level, ModelIdentity } from '../encoders/ports.js';
import { fuseRankings } from './fuse.js';
import type { Sought } from './late-interaction.js';
import { interactWith } from './moments.js';

export interface Ranked {
  readonly id: string;
  readonly score: number;
}

interface RescoreCall {
  readonly sought: Sought;
  readonly levels: readonly Level[];
  /** Of the new ranking, where the one before weighs 1. */
  readonly weight: number;
  readonly signal?: AbortSignal;
}

/** How many of the best meet the question piece by piece. */
const RESCORED_COUNT = 200;

/** The levels whose vectors take part, finest first; those shared with text where there is a text. */
export function rescoringLevels({ levels }: ModelIdentity, hasText: boolean): Level[] {
  return (['token', 'beat'] as const).filter((level) => {
    const info = levels[level];
    return info !== undefined && (!hasText || info.sharedWithText);
  });
}

/** The same recordings by the mean of both scores; what is not among the first 200 gains nothing. */
export function rescore(
  archive: Archive,
  ranked: readonly Ranked[],
  { weight, ...call }: RescoreCall,
): Ranked[] {
  const first = ranked.slice(0, RESCORED_COUNT);
  const ids = first.map(({ id }) => id);
  const late = [...interactWith(archive, ids, call)];
  late.sort(([, a], [, b]) => b.score - a.score);
  const positions = new Map(
    fuseRankings([{ weight: 1, ids: late.map(([id]) => id) }]).map(({ id, score }) => [id, score]),
  );
  const total = 1 + weight;
  return ranked
    .map(({ id, score }) => ({ id, score: (score + weight * (positions.get(id) ?? 0)) / total }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
