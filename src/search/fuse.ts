/**
 * Several rankings into one: weighted reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009).
 * Ranks, not scores, because a cosine and a BM25 score have no common scale.
 */

/** The constant of the paper: how much the very first ranks count over the next. */
const RANK_CONSTANT = 60;

export interface Ranking {
  readonly weight: number;
  /** Best first, each id once. */
  readonly ids: readonly string[];
}

/** Ids with their fused score, best first; 1 would be first in every ranking. Ties by id. */
export function fuseRankings(rankings: readonly Ranking[]): { id: string; score: number }[] {
  const total = rankings.reduce((sum, ranking) => sum + ranking.weight, 0);
  const scores = new Map<string, number>();
  for (const { ids, weight } of rankings) {
    ids.forEach((id, rank) => {
      const share = (weight * (RANK_CONSTANT + 1)) / (RANK_CONSTANT + 1 + rank);
      scores.set(id, (scores.get(id) ?? 0) + share / total);
    });
  }
  return [...scores]
    .map(([id, score]) => ({ id, score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
