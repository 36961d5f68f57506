/** The port of the service: what the HTTP layer asks of the rest. src/app.ts supplies it. */
import type { ArchiveStatus, StoredEcg } from '../archive/ports.js';
import type { EcgDescription } from '../ecg/describe.js';
import type { EcgRecord } from '../ecg/record.js';
import type { ReadOptions } from '../formats/read-options.js';
import type { SearchLevel, SearchResult } from '../search/ports.js';
import type { ListedLabel, ScoredLabel } from './label-book.js';

/** An ECG of the archive by id, or a recording given by the user. */
export type Subject = string | EcgRecord;

export interface SearchCall {
  readonly text?: string;
  readonly like?: Subject;
  readonly beatIndex?: number;
  readonly k: number;
  readonly level: SearchLevel;
  readonly where?: string;
  readonly keepPatientRepeats?: boolean;
  readonly signal?: AbortSignal;
}

export interface PlotCall {
  readonly layout: string;
  readonly startSeconds: number;
  readonly seconds: number;
  readonly speedMmPerSecond: number;
  readonly gainMmPerMillivolt: number;
  readonly highlights: readonly { startSeconds: number; endSeconds: number }[];
}

export interface ClassifyCall {
  readonly labels: 'default' | readonly string[];
  /** `name`, `ckepe`, or (on the command line) the path of a prompts file. */
  readonly prompts: string;
  readonly signal?: AbortSignal;
}

export interface ReportCall {
  readonly format: 'json' | 'text' | 'fhir';
  readonly signal?: AbortSignal;
}

/** One archive with its model, ready to answer. */
export interface EcgService {
  /** Where the recordings come from, to be shown beside them; null where nobody said. */
  readonly attribution: string | null;
  status(): Promise<ArchiveStatus>;
  /** @throws `ecg.missing` */
  stored(ecgId: string): StoredEcg;
  record(subject: Subject): EcgRecord;
  describe(subject: Subject): EcgDescription & {
    readonly heartRateBpm: number | null;
    readonly rPeaksSeconds: readonly number[];
  };
  search(call: SearchCall): Promise<SearchResult>;
  plotSvg(subject: Subject, call: PlotCall): string;
  plotPng(subject: Subject, call: PlotCall): Promise<Uint8Array>;
  labels(): readonly ListedLabel[];
  classify(subject: Subject, call: ClassifyCall): Promise<readonly ScoredLabel[]>;
  report(subject: Subject, call: ReportCall): Promise<unknown>;
  /** @param options what CSV and NPY files may not say themselves */
  inspectFiles(files: ReadonlyMap<string, Uint8Array>, options: ReadOptions): Promise<EcgRecord>;
}
