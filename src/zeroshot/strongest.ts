/** Which of a recording's label scores say most, and which of them can stand side by side. */
import { areExclusive } from '../knowledge/knowledge.js';
import type { Decision } from './decision.js';
import type { LabelScore } from './score.js';

/** What a decision is worth where the archive does not tell (PTB-XL fold 9: one `high` in five). */
const UNTOLD_STRENGTH: Readonly<Record<Decision, number>> = { high: 0.2, possible: 0.1, low: 0 };
/** The archive-wide share counts as much as this many neighbours. */
const PRIOR_COUNT = 5;

/**
 * The share of the neighbours that state the finding, drawn to the archive's share where they are
 * few.
 */
function strengthOf({ nearby, expected, decision }: LabelScore): number {
  if (decision === null || expected === null) return 0;
  if (nearby === null) return UNTOLD_STRENGTH[decision];
  return (nearby.carrierCount + PRIOR_COUNT * expected.share) / (nearby.count + PRIOR_COUNT);
}

/** By what the archive says of such scores, then by percentile, then by cosine. */
function byStrength(a: LabelScore, b: LabelScore): number {
  return (
    strengthOf(b) - strengthOf(a) || (b.percentile ?? 0) - (a.percentile ?? 0) || b.score - a.score
  );
}

/**
 * The scores strongest first; of two that exclude each other only the stronger. Strong is what is
 * stated of most recordings of such a score; percentile, then cosine, where the archive describes
 * none.
 */
export function strongest(scores: readonly LabelScore[]): LabelScore[] {
  const taken: LabelScore[] = [];
  for (const finding of [...scores].sort(byStrength)) {
    const { concept } = finding;
    const clashes = taken.some(
      (other) => concept && other.concept && areExclusive(concept, other.concept),
    );
    if (!clashes) taken.push(finding);
  }
  return taken;
}
