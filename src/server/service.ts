/** The port of the service: what the HTTP layer asks of the rest. src/app.ts supplies it. */
import type { ArchiveStatus, StoredEcg } from '../archive/ports.js';
import type { Deidentification } from '../ecg/deidentify.js';
import type { EcgDescription } from '../ecg/describe.js';
import type { EcgRecord } from '../ecg/record.js';
import type { Feature } from '../encoders/features.js';
import type { ReadOptions } from '../formats/read-options.js';
import type { PlotHighlight } from '../plot/options.js';
import type { SearchLevel, SearchResult } from '../search/ports.js';
import type { FusionWeights } from '../search/weights.js';
import type { Measurements } from '../signal/measure.js';
import type { LabelText } from '../zeroshot/own-label.js';
import type { LabelChange } from '../zeroshot/own-labels.js';
import type { AttentionWindow } from './attention.js';
import type { CaptionAnswer, CaptionCall } from './captions.js';
import type { ListedLabel, ListedOwnLabel, ScoredLabel } from './label-book.js';
import type { LabelView } from './label-view.js';

/** An ECG of the archive by id, or a recording given by the user. */
export type Subject = string | EcgRecord;

export interface InspectOptions extends ReadOptions {
  /** Compute the standard leads that are missing, and mark them. */
  readonly repairLeads?: boolean;
}

export interface SearchCall {
  readonly text?: string;
  readonly like?: Subject;
  readonly beatIndex?: number;
  readonly k: number;
  readonly level: SearchLevel;
  readonly where?: string;
  /** Leaves out what was not judged acceptable, or not judged. */
  readonly acceptableOnly?: boolean;
  readonly keepPatientRepeats?: boolean;
  /** For measurements only (src/search/weights.ts). */
  readonly fusion?: Partial<FusionWeights>;
  readonly signal?: AbortSignal;
}

export interface PlotCall {
  readonly layout: string;
  readonly startSeconds: number;
  readonly seconds: number;
  readonly speedMmPerSecond: number;
  readonly gainMmPerMillivolt: number;
  readonly highlights: readonly PlotHighlight[];
  /** Shade where the model looked. */
  readonly attention?: boolean;
  /** Draw where P, QRS and T begin and end. */
  readonly fiducials?: boolean;
}

export interface ClassifyCall {
  readonly labels: 'default' | readonly string[];
  /** `name`, `ckepe`, `compose-2`, `llm`, or (on the command line) the path of a prompts file. */
  readonly prompts: string;
  readonly signal?: AbortSignal;
}

export interface LabelViewCall {
  /** How many of the recordings that score highest. */
  readonly k: number;
  readonly prompts: string;
  readonly signal?: AbortSignal;
}

export interface ChangedLabel extends ListedOwnLabel {
  readonly change: LabelChange['change'];
}

export interface ReportCall {
  readonly format: 'json' | 'text' | 'fhir';
  readonly signal?: AbortSignal;
}

/** One archive with its model, ready to answer. */
export interface EcgService {
  /** Where the recordings come from, to be shown beside them; null where nobody said. */
  readonly attribution: string | null;
  /** What the model can do beyond vectors, and what it lacks. */
  readonly features: readonly Feature[];
  readonly lacking: readonly { readonly feature: Feature; readonly serves: string }[];
  status(): Promise<ArchiveStatus>;
  /** @throws `ecg.missing` */
  stored(ecgId: string): StoredEcg;
  record(subject: Subject): EcgRecord;
  describe(subject: Subject): EcgDescription & {
    readonly heartRateBpm: number | null;
    readonly rPeaksSeconds: readonly number[];
  };
  /** Rate, intervals, axes, levels and every beat's boundaries. */
  measurements(subject: Subject): Promise<Measurements>;
  search(call: SearchCall): Promise<SearchResult>;
  /** @throws `model.feature` where attention is asked for and the model gives none */
  plotSvg(subject: Subject, call: PlotCall): Promise<string>;
  plotPng(subject: Subject, call: PlotCall): Promise<Uint8Array>;
  /** Where the rhythm vector looked. @throws `model.feature` */
  attention(subject: Subject): Promise<readonly AttentionWindow[]>;
  /** From stored vectors where the archive holds the recording. @throws `model.feature` */
  caption(subject: Subject, call: CaptionCall): Promise<CaptionAnswer>;
  /** The knowledge base's, then the user's own. */
  labels(): Promise<readonly (ListedLabel | ListedOwnLabel)[]>;
  /** @throws `label.unknown` */
  ownLabel(key: string): Promise<ListedOwnLabel>;
  /** @throws `label.invalid`, `label.exists`, `limit.exceeded` */
  addLabel(definition: LabelText, key?: string): Promise<ChangedLabel>;
  /** @throws `label.unknown`, `label.invalid` */
  changeLabel(key: string, change: Partial<LabelText>): Promise<ChangedLabel>;
  /** @throws `label.unknown` */
  removeLabel(key: string): Promise<void>;
  /** A label over the whole archive. @throws `label.unknown`, `label.ambiguous` */
  viewLabel(text: string, call: LabelViewCall): Promise<LabelView>;
  classify(subject: Subject, call: ClassifyCall): Promise<readonly ScoredLabel[]>;
  report(subject: Subject, call: ReportCall): Promise<unknown>;
  /** For one upload. @throws `deidentify.key` where the service has no site key */
  deidentification(): Deidentification;
  /** @param options what CSV and NPY files may not say themselves */
  inspectFiles(files: ReadonlyMap<string, Uint8Array>, options: InspectOptions): Promise<EcgRecord>;
}
