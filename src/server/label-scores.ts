/** Labels scored on one recording, with what speaks for and against each (src/zeroshot/checks.ts). */
import type { Patient } from '../ecg/record.js';
import type { EcgEmbedding } from '../encoders/ports.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { rhythmOf } from '../signal/rhythm.js';
import { checksOf, referencedConcepts } from '../zeroshot/checks.js';
import type { MeasuredPatient } from '../zeroshot/criteria.js';
import type { LabelDefinition } from '../zeroshot/labels.js';
import type { LabelScore, LabelScorer } from '../zeroshot/score.js';
import type { LabelBook, ScoredLabel } from './label-book.js';

export interface LabelScoringParts {
  readonly scorer: LabelScorer;
  readonly labelBook: LabelBook;
  readonly knowledge: Knowledge;
  readonly modelHash: string;
}

export interface LabelScoring {
  readonly labels: readonly LabelDefinition[];
  readonly embedding: EcgEmbedding;
  readonly patient: MeasuredPatient;
  readonly ownEcgId?: string;
  readonly signal?: AbortSignal;
}

/** What can be said from stored R peaks alone: the heart rate (measured-features.ts says more). */
export function measuredPatient(
  { sex, ageYears }: Patient,
  rPeakSamples: Int32Array,
  samplingRateHz: number,
): MeasuredPatient {
  const { heartRateBpm } = rhythmOf(rPeakSamples, samplingRateHz);
  return {
    ...(sex !== undefined && { sex }),
    ...(ageYears !== undefined && { ageYears }),
    measured: heartRateBpm === null ? {} : { heartRate: heartRateBpm },
  };
}

export async function scoreLabels(
  { scorer, labelBook, knowledge, modelHash }: LabelScoringParts,
  { labels, patient, ...request }: LabelScoring,
): Promise<ScoredLabel[]> {
  const referenced = [...referencedConcepts(labels)].flatMap(
    (key) => labelBook.conceptDefinition(key) ?? [],
  );
  const scores = await scorer.classify({ ...request, labels: [...labels, ...referenced] });
  const concepts = new Map<string, LabelScore>();
  for (const score of scores.slice(labels.length)) concepts.set(score.concept!.key, score);
  const standingOf = (key: string) => {
    const { decision, percentile } = concepts.get(key) ?? {};
    return decision && percentile != null ? { decision, percentile } : undefined;
  };
  return scores
    .slice(0, labels.length)
    .map((score) =>
      labelBook.shape(score, checksOf(score, patient, knowledge, standingOf), modelHash),
    );
}
