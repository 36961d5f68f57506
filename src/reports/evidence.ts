/** Gathers the facts of a report, numbered, before a word of it is written. */
import { STANDARD_LEADS } from '../ecg/leads.js';
import type { EcgWarning } from '../ecg/record.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { find } from '../knowledge/lookup.js';
import type { LabelScore } from '../zeroshot/score.js';
import { measuredFacts } from './measured.js';
import { numbersIn, rounded } from './numbers.js';
import type { Evidence, ReportSubject, SimilarCase } from './ports.js';
import { agreements, type ReadCase, readCase } from './similar.js';

export const BRADYCARDIA_BELOW_BPM = 60;
export const TACHYCARDIA_ABOVE_BPM = 100;
const AGREEMENT_COUNT = 6;

export interface Gathered {
  readonly subject: ReportSubject;
  readonly similar: readonly SimilarCase[];
  readonly evidence: readonly Evidence[];
}

type Fact = Omit<Evidence, 'id'>;

/**
 * Numbers the facts: recording, quality, measurements, findings, cases, what the cases agree on.
 */
export function gatherEvidence(
  knowledge: Knowledge,
  subject: ReportSubject,
  findings: readonly LabelScore[],
  similar: readonly SimilarCase[],
): Gathered {
  const cases = similar.map((one) => readCase(knowledge, one));
  const before = [
    recordingFact(subject),
    ...subject.warnings.map((warning) => qualityFact(knowledge, warning)),
    rateFact(subject),
    rrFact(subject),
    ...measuredFacts(subject.measurements),
    ...findings.map(findingFact),
  ];
  const caseFacts = cases.map(caseFact);
  const caseIds = caseFacts.map((_, index) => `E${before.length + index + 1}`);
  const shared = agreements(knowledge, cases).slice(0, AGREEMENT_COUNT);
  const agreed = shared.map(({ concept, caseIndexes }): Fact => {
    const count = caseIndexes.length;
    return {
      kind: 'agreement',
      text: `${count} of ${cases.length} similar cases state ${concept.name}.`,
      numbers: { caseCount: count, similarCaseCount: cases.length },
      concepts: [concept.key],
      cases: caseIndexes.map((index) => caseIds[index]!),
    };
  });
  const evidence = [...before, ...caseFacts, ...agreed].map((fact, index) => ({
    id: `E${index + 1}`,
    ...fact,
  }));
  return { subject, similar, evidence };
}

function recordingFact({ leads, durationSeconds, warnings, quality }: ReportSubject): Fact {
  const seconds = rounded(durationSeconds, 1);
  return {
    kind: 'recording',
    text: `${leads.length} leads (${leads.join(', ')}), ${seconds} s, ${warnings.length} warnings.`,
    numbers: {
      leadCount: leads.length,
      standardLeadCount: STANDARD_LEADS.length,
      durationSeconds,
      warningCount: warnings.length,
      ...(quality && { qualityScore: quality.score }),
    },
    concepts: [],
  };
}

function qualityFact(knowledge: Knowledge, { code, message }: EcgWarning): Fact {
  const values = numbersIn(message).map(({ value }, index) => [`number${index + 1}`, value]);
  return {
    kind: 'quality',
    text: `${code}: ${message}`,
    numbers: Object.fromEntries(values),
    concepts: find(knowledge, message).map((match) => match.concept.key),
  };
}

function rateFact({ rhythm: { heartRateBpm } }: ReportSubject): Fact {
  const kind = 'measurement' as const;
  if (heartRateBpm === null) {
    return { kind, text: 'No heart rate: fewer than two beats found.', numbers: {}, concepts: [] };
  }
  const numbers = {
    heartRateBpm,
    bradycardiaBelowBpm: BRADYCARDIA_BELOW_BPM,
    tachycardiaAboveBpm: TACHYCARDIA_ABOVE_BPM,
  };
  const text = `Heart rate ${rounded(heartRateBpm, 1)} /min, from the R peaks.`;
  return { kind, text, numbers, concepts: rateConcepts(heartRateBpm) };
}

/** A rate states that it is slow or fast, never which rhythm it is. */
function rateConcepts(heartRateBpm: number): string[] {
  if (heartRateBpm < BRADYCARDIA_BELOW_BPM) return ['BRADY'];
  return heartRateBpm > TACHYCARDIA_ABOVE_BPM ? ['TACHY'] : [];
}

function rrFact({ rhythm: { rrMilliseconds } }: ReportSubject): Fact {
  const kind = 'measurement' as const;
  if (rrMilliseconds === null) {
    return { kind, text: 'No RR interval: fewer than two beats found.', numbers: {}, concepts: [] };
  }
  const { mean, sd } = rrMilliseconds;
  return {
    kind,
    text: `RR intervals ${rounded(mean, 1)} ms on average, s.d. ${rounded(sd, 1)} ms.`,
    numbers: { rrMeanMilliseconds: mean, rrSdMilliseconds: sd },
    concepts: [],
  };
}

function findingFact(finding: LabelScore): Fact {
  const { name, concept, score, percentile, decision, nearby } = finding;
  const cosine = `cosine ${rounded(score, 3)}`;
  const standing =
    percentile === null
      ? 'no archive to compare with'
      : `higher than ${rounded(percentile, 1)} % of the archive, ${decision ?? 'too few to judge'}`;
  const alike = nearby
    ? `; stated of ${nearby.carrierCount} of the ${nearby.count} described ones nearest in score`
    : '';
  return {
    kind: 'finding',
    text: `${name}: ${cosine}, ${standing}${alike}.`,
    numbers: {
      cosine: score,
      ...(percentile === null ? {} : { percentile }),
      ...(nearby && { nearbyCarrierCount: nearby.carrierCount, nearbyCount: nearby.count }),
    },
    concepts: concept ? [concept.key] : [],
  };
}

function caseFact({ ecgId, record, score, stated }: ReadCase, index: number): Fact {
  const says = stated.map((concept) => concept.name).join('; ') || 'no statement recognised';
  return {
    kind: 'case',
    text: `Similar case ${index + 1}, ${record}, similarity ${rounded(score, 3)}: ${says}.`,
    numbers: { caseNumber: index + 1, similarity: score },
    concepts: stated.map((concept) => concept.key),
    ecgId,
  };
}
