/** What the rest of pqrsearch sees of an archive: reading, nearest neighbours, full text, scoring. */
import type { Deidentifier } from '../ecg/deidentify.js';
import type { EcgQuality } from '../ecg/quality.js';
import type { EcgRecord, EcgWarning, Patient } from '../ecg/record.js';
import type { EcgEncoder, Level, LevelVectors, ModelIdentity } from '../encoders/ports.js';

/** A recording as the archive knows it, without its samples. */
export interface StoredEcg {
  readonly ecgId: string;
  /** The path as first indexed, without extension for multi-file formats. */
  readonly record: string;
  /** Every path this content was indexed under. */
  readonly paths: readonly string[];
  readonly format: string;
  readonly leads: readonly string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly durationSeconds: number;
  readonly patient: Patient;
  readonly recordedAt?: string;
  readonly report?: string;
  readonly reportLanguage?: string;
  readonly codes: readonly string[];
  /** Percent, where the metadata gave some (PTB-XL); 0 means "not given", not "absent". */
  readonly codeLikelihoods?: Readonly<Record<string, number>>;
  readonly warnings: readonly EcgWarning[];
  /** The judge's verdict on the signal; absent in recordings indexed before there was one. */
  readonly quality?: EcgQuality;
  readonly rPeaksSeconds: readonly number[];
}

/** One vector near a query; cosine similarity in -1..1; samples are of the recording. */
export interface VectorHit {
  readonly ecgId: string;
  readonly level: Level;
  readonly window: number;
  readonly ordinal: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly score: number;
}

/** A full-text hit: higher is better (negated BM25 of SQLite's FTS5). */
export interface TextHit {
  readonly ecgId: string;
  readonly score: number;
  /** The report words that matched, around the match. */
  readonly snippet: string;
}

export const FILTER_FIELDS = [
  'age',
  'sex',
  'patientId',
  'recordedAt',
  'code',
  'format',
  'durationSeconds',
  'record',
  'heartRate',
  'quality',
  'acceptable',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];
export type FilterOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like';

/**
 * Conditions joined by AND. `code` and `record` hold where any code or path of the recording fits, with
 * `!=` where none is equal. What is not known fits no condition.
 */
export interface FilterCondition {
  readonly field: FilterField;
  readonly operator: FilterOperator;
  readonly value: string | number;
}

export interface NearestOptions {
  readonly k: number;
  /** Only these recordings; undefined means all. */
  readonly among?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

export interface ArchiveStatus {
  readonly folder: string;
  readonly ecgCount: number;
  readonly pathCount: number;
  readonly reportCount: number;
  readonly model: { readonly name: string; readonly version: string; readonly hash: string };
  readonly levels: readonly {
    readonly level: Level;
    readonly vectorCount: number;
    readonly indexedCount: number;
    readonly deltaCount: number;
    readonly generation: number | null;
  }[];
  readonly bytes: { readonly database: number; readonly index: number };
}

/** A label that a user defined, as it is stored: what the document says is its reader's business. */
export interface LabelRow {
  readonly key: string;
  /** Counts the changes of its definition, from 1. */
  readonly version: number;
  /** ISO 8601. */
  readonly changedAt: string;
  /** JSON. */
  readonly document: string;
}

/** Where users' labels are kept: in an archive, or in a file (src/zeroshot/label-file.ts). */
export interface LabelShelf {
  /** By key. */
  list(): Promise<LabelRow[]>;
  get(key: string): Promise<LabelRow | undefined>;
  /**
   * Stores a label in place of `before`, which stays as a past version where the version differs.
   * @throws `label.exists` where what is stored is not `before` (undefined: nothing): another process
   *   was faster
   */
  put(row: LabelRow, before: LabelRow | undefined): Promise<void>;
  /** With its past versions; false where there is none. */
  remove(key: string): Promise<boolean>;
  /** Earlier versions, oldest first. */
  past(key: string): Promise<LabelRow[]>;
}

export interface Archive {
  readonly folder: string;
  readonly model: ModelIdentity;
  /** Where a site key is at hand. */
  readonly deidentifier?: Deidentifier | undefined;
  status(): Promise<ArchiveStatus>;
  /** Undefined where the archive holds no such recording. */
  get(ecgId: string): StoredEcg | undefined;
  /** The id for a path as indexed, or undefined. */
  idOfPath(path: string): string | undefined;
  listIds(): string[];
  /** Ids that satisfy every condition. */
  select(conditions: readonly FilterCondition[]): Set<string>;
  /** The stored recording with its samples. @throws `ecg.missing` */
  waveform(ecgId: string): EcgRecord;
  /** @throws `ecg.missing` */
  vectors(ecgId: string, level: Level): LevelVectors;
  /** The k nearest vectors of a level (several of one recording possible), best first. */
  nearest(level: Level, query: Float32Array, options: NearestOptions): Promise<VectorHit[]>;
  /** The best cosine of every recording at a level, exactly, over all windows. */
  scoreAll(level: Level, query: Float32Array): Promise<Map<string, VectorHit>>;
  /**
   * BM25 over the reports: of a text any word may match, of a list any phrase as a whole. Nothing in
   * them is an operator.
   */
  fullText(sought: string | readonly string[], options: NearestOptions): TextHit[];
  close(): Promise<void>;
}

/** How far a long piece of work is; `total` and `secondsLeft` are undefined while they are not known. */
export interface Progress {
  readonly done: number;
  readonly total: number | undefined;
  readonly perSecond: number;
  readonly secondsLeft: number | undefined;
  readonly failedCount: number;
}

export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface IndexOptions extends WorkOptions {
  /** Levels with fewer vectors get no generation and are searched exactly. */
  readonly leastVectorCount?: number;
}

export interface FailedRecord {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface ReembedOptions extends WorkOptions {
  /** Recordings given to the encoder at once. */
  readonly batchSize?: number;
}

export interface ReembedResult {
  readonly embedded: number;
  /** Recordings that the new model cannot embed: kept, but found by their report only. */
  readonly failed: readonly FailedRecord[];
  readonly seconds: number;
}

export type VerifyOptions = WorkOptions;

export interface VerifyResult {
  readonly ok: boolean;
  /** One sentence a problem; empty where the archive is sound. */
  readonly problems: string[];
}

/** An archive that may be changed. Recordings come in through `ingest`. */
export interface ArchiveWriter extends Archive {
  /** Removes a recording with all its paths; false where there is none. */
  remove(ecgId: string): boolean;
  /** Builds index generations where enough came or went since the last; `ingest` calls it at its end. */
  maintain(options?: WorkOptions): Promise<void>;
  /** Builds every level's index anew. */
  rebuildIndex(options?: IndexOptions): Promise<void>;
  /**
   * Embeds every stored waveform with another model while the vectors of the present one serve, then
   * switches to it. Stopped half-way, it goes on from there when it is called again.
   */
  reembed(encoder: EcgEncoder, options?: ReembedOptions): Promise<ReembedResult>;
  /** Checks the database, every waveform, vector and report, and the index files. */
  verify(options?: VerifyOptions): Promise<VerifyResult>;
}
