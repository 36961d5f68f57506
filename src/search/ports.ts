/** The question and the answer of a search. */
import type { FilterCondition } from '../archive/ports.js';
import type { EcgEmbedding, Level } from '../encoders/ports.js';
import type { FusionWeights } from './weights.js';

export const SEARCH_LEVELS = ['fused', 'rhythm', 'beat', 'beat-query', 'token', 'text'] as const;
export type SearchLevel = (typeof SEARCH_LEVELS)[number];

/** An ECG to find others like: one of the archive, or any recording that was embedded. */
export interface LikeEcg {
  readonly embedding: EcgEmbedding;
  /** Left out of the hits. */
  readonly ecgId?: string;
  /** This patient's recordings are left out of the hits. */
  readonly patientId?: string;
  /** Which beat to compare at beat level, from 0; the most typical one where it is not given. */
  readonly beatIndex?: number;
}

export interface SearchRequest {
  readonly text?: string;
  readonly like?: LikeEcg;
  readonly k: number;
  readonly level: SearchLevel;
  readonly where?: readonly FilterCondition[];
  /** True keeps every recording of a patient; by default only the best one is shown. */
  readonly keepPatientRepeats?: boolean;
  /** For measurements: weights of a fused search in place of those in weights.ts. */
  readonly fusion?: Partial<FusionWeights>;
  readonly signal?: AbortSignal;
}

/** Why a hit was found, and where: seconds of the recording. */
export interface HitEvidence {
  readonly level: SearchLevel;
  readonly phrase: string;
  readonly startSeconds?: number;
  readonly endSeconds?: number;
  readonly score: number;
}

export interface SearchHit {
  readonly ecgId: string;
  /** The path as indexed. */
  readonly record: string;
  /** Ranks the hits of one search; comparable within it only. */
  readonly score: number;
  /** Cosine at rhythm, beat and beat-query level, a mean cosine (moments.ts) at token level, BM25 at text level. */
  readonly levels: Readonly<Partial<Record<Level | 'text', number>>>;
  readonly metadata: HitMetadata;
  readonly report: string | null;
  readonly evidence: readonly HitEvidence[];
  /** Null where the signal was not judged when it was indexed. */
  readonly quality: HitQuality | null;
}

export interface HitQuality {
  readonly acceptable: boolean;
  /** 0 to 1. */
  readonly score: number;
  /** What is wrong, in words. */
  readonly reasons: readonly string[];
}

export interface HitMetadata {
  readonly patientId: string | null;
  readonly age: number | null;
  readonly sex: string | null;
  readonly recordedAt: string | null;
  readonly codes: readonly string[];
  readonly leads: readonly string[];
  readonly samplingRateHz: number;
  readonly durationSeconds: number;
}

export interface SearchResult {
  readonly query: string;
  readonly level: SearchLevel;
  /** False where even the best hit is not clearly closer than the rest of the archive. */
  readonly confident: boolean;
  readonly notices: readonly string[];
  readonly milliseconds: number;
  readonly hits: readonly SearchHit[];
}
