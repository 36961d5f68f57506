/**
 * What a percentile is taken to say. A score is `high` where the recording is among as many
 * best-scoring recordings of the archive as have the finding in their codes or report (rank-matched
 * threshold, as R-precision uses); where the archive does not tell, among the best 5 percent. It is
 * no probability.
 */

export type Decision = 'high' | 'possible' | 'low';

/** The part of the archive that is expected to score high, and how that is known. */
export interface ExpectedShare {
  readonly share: number;
  readonly basis: 'archive' | 'fixed';
}

const FIXED_SHARE = 0.05;
/** One recording of a hundred: a finding coded less often is not cut finer. */
const SMALLEST_SHARE = 0.01;
/** `possible` reaches this much further down than `high`. */
const POSSIBLE_REACH = 2;

export function expectedShare(carrierShare: number | null): ExpectedShare {
  if (carrierShare === null) return { share: FIXED_SHARE, basis: 'fixed' };
  return { share: Math.max(SMALLEST_SHARE, carrierShare), basis: 'archive' };
}

/** Where a score stands: the share of `count` other recordings that score lower, 0..100. */
export interface Rank {
  readonly percentile: number;
  readonly count: number;
}

/**
 * The recording's place from the top (itself counted, so that the best of few is not yet beyond all
 * measure), as a share of all, over the expected share; 1 and below is `high`.
 */
export function relativeRank({ percentile, count }: Rank, expected: ExpectedShare): number {
  const place = count * (1 - percentile / 100) + 1;
  return place / (count + 1) / expected.share;
}

export function decide(rank: Rank, expected: ExpectedShare): Decision {
  const relative = relativeRank(rank, expected);
  if (relative <= 1) return 'high';
  return relative <= POSSIBLE_REACH ? 'possible' : 'low';
}
