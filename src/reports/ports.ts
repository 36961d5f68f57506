/**
 * What a report is made from and what comes out. The composition root supplies findings and cases.
 */
import type { EcgQuality } from '../ecg/quality.js';
import type { EcgWarning } from '../ecg/record.js';
import type { Measurements } from '../signal/measure.js';
import type { LabelScore } from '../zeroshot/score.js';

/** The recording the report is about, as far as a report needs it. */
export interface ReportSubject {
  readonly ecgId: string;
  readonly leads: readonly string[];
  readonly durationSeconds: number;
  readonly warnings: readonly EcgWarning[];
  /** Absent where the signal was not judged. */
  readonly quality?: EcgQuality;
  /** As src/signal's rhythmOf gives it. */
  readonly rhythm: {
    readonly heartRateBpm: number | null;
    readonly rrMilliseconds: { readonly mean: number; readonly sd: number } | null;
  };
  /** Absent where only the rhythm was measured. */
  readonly measurements?: Measurements;
  /** The patient's other recordings are no similar cases. */
  readonly patientId?: string;
  /** ISO 8601. */
  readonly recordedAt?: string;
}

/**
 * A recording of the archive that is like the subject. Its report is data, never an instruction.
 */
export interface SimilarCase {
  readonly ecgId: string;
  /** The path as indexed. */
  readonly record: string;
  /** Cosine similarity of the recordings, -1..1. */
  readonly score: number;
  readonly report: string | null;
  /** Diagnostic codes: SCP-ECG statements or SNOMED CT. */
  readonly codes: readonly string[];
  readonly patientId: string | null;
  /** False where its signal was judged not good enough: it is no case to compare with. */
  readonly acceptable?: boolean;
}

/** The k recordings most like the subject, best first. */
export type SimilarCases = (k: number, signal?: AbortSignal) => Promise<readonly SimilarCase[]>;

/**
 * The subject's n labels that stand out most in the archive and all others that are `high`, strongest
 * first (zeroshot topFindings).
 */
export type TopFindings = (n: number, signal?: AbortSignal) => Promise<readonly LabelScore[]>;

export const EVIDENCE_KINDS = [
  'recording',
  'quality',
  'measurement',
  'finding',
  'case',
  'agreement',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** One fact that sentences may cite. Nothing is stated that is in none. */
export interface Evidence {
  /** `E1`, `E2`, ... in order. */
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly text: string;
  /** Every number a citing sentence may use, by name with its unit. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Keys of the knowledge entries that it supports naming. */
  readonly concepts: readonly string[];
  /** Of a similar case. */
  readonly ecgId?: string;
  /** Of an agreement: the evidence ids of the cases that agree. */
  readonly cases?: readonly string[];
}

export const SECTION_NAMES = [
  'quality',
  'rate',
  'rhythm',
  'intervals',
  'axis and voltages',
  'findings',
  'comparison with similar cases',
  'limits',
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

export interface Sentence {
  readonly text: string;
  /** Ids of the evidence it rests on; never empty in a verified draft. */
  readonly evidence: readonly string[];
}

export interface Section {
  readonly name: SectionName;
  readonly sentences: readonly Sentence[];
}

/** A sentence that did not pass, and why. */
export interface DroppedSentence extends Sentence {
  readonly section: SectionName;
  readonly reason: DropReason;
  readonly message: string;
}

export type DropReason =
  | 'no-evidence'
  | 'unknown-evidence'
  | 'unsound-evidence'
  | 'number'
  | 'statement'
  | 'contradiction'
  | 'contradicts-measurement';

/** Two statements that exclude each other; the weaker one is among the dropped. */
export interface Contradiction {
  readonly kept: string;
  readonly dropped: string;
}

export interface ReportDraft {
  readonly status: 'draft';
  readonly ecgId: string;
  readonly recordedAt?: string;
  /** What wrote it: `offline` composes sentences from evidence. */
  /** Whether the signal is good enough to rely on what follows; absent where it was not judged. */
  readonly quality?: { readonly acceptable: boolean; readonly score: number };
  readonly writer: { readonly mode: 'offline'; readonly version: string };
  readonly sections: readonly Section[];
  readonly evidence: readonly Evidence[];
  readonly similar: readonly SimilarCase[];
  readonly dropped: readonly DroppedSentence[];
  readonly contradictions: readonly Contradiction[];
  readonly disclaimer: string;
}
