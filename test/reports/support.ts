/** A recording with findings and similar cases to draft from. */
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import type { ReportSubject, SimilarCase } from '../../src/reports/ports.js';
import type { Decision } from '../../src/zeroshot/decision.js';
import { defineLabels } from '../../src/zeroshot/labels.js';
import type { LabelScore } from '../../src/zeroshot/score.js';

export const SUBJECT: ReportSubject = {
  ecgId: '0123456789abcdef0123456789abcdef',
  leads: ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'],
  durationSeconds: 10,
  warnings: [],
  rhythm: { heartRateBpm: 87.4, rrMilliseconds: { mean: 686.5, sd: 121.3 } },
  patientId: 'p0',
  recordedAt: '1992-03-04T10:20:30',
};

export interface FindingInput {
  readonly key: string;
  readonly percentile?: number | null;
  readonly decision?: Decision | null;
  readonly score?: number;
  /** Of 20 coded neighbours; absent in an archive without codes. */
  readonly nearby?: number;
}

export function finding(knowledge: Knowledge, input: FindingInput): LabelScore {
  const [label] = defineLabels(knowledge, [input.key], { mode: 'name' });
  const { key, set, name, concept, prompts, promptSource } = label!;
  return {
    key,
    set,
    name,
    concept: concept!,
    prompts,
    promptSource,
    score: input.score ?? 0.31,
    percentile: input.percentile === undefined ? 98.66 : input.percentile,
    comparedCount: 149,
    decision: input.decision === undefined ? 'high' : input.decision,
    expected:
      input.nearby === undefined
        ? { share: 0.05, basis: 'fixed' }
        : { share: 0.12, basis: 'archive' },
    nearby: input.nearby === undefined ? null : { carrierCount: input.nearby, count: 20 },
  };
}

export function similarCase(number: number, more: Partial<SimilarCase> = {}): SimilarCase {
  return {
    ecgId: `case${number}`,
    record: `records500/00000/0000${number}_hr`,
    score: 0.95 - number / 100,
    report: null,
    codes: [],
    patientId: `p${number}`,
    ...more,
  };
}

export const FIVE_CASES: readonly SimilarCase[] = [
  similarCase(1, {
    codes: ['AFIB', 'LVH'],
    report: 'Atrial fibrillation. Premature atrial complex.',
  }),
  similarCase(2, { report: 'vorhofflimmern/-flattern linkstyp linkshypertrophie mÖglich' }),
  similarCase(3, { codes: ['164889003'], report: 'kein Linksschenkelblock' }),
  similarCase(4, { codes: ['ASMI'], report: 'atrial fibrillation' }),
  similarCase(5, { codes: ['IMI', 'LMI'], report: 'sinus rhythm. no atrial fibrillation' }),
];
