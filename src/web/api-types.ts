/** What the service answers, as the page reads it (`/v1`, JSON). Fields a service may leave out are optional. */

export type SearchLevel = 'fused' | 'rhythm' | 'beat' | 'beat-query' | 'token' | 'text';

export interface ArchiveInfo {
  readonly name?: string;
  readonly ecgCount: number;
  readonly model: {
    readonly name: string;
    readonly version: string;
    /** What it can do beyond vectors: `attention`, `captions`, ... */
    readonly features?: readonly string[];
    readonly lacking?: readonly { readonly feature: string; readonly serves: string }[];
  };
  readonly levels: readonly (string | { readonly level: string })[];
  readonly attribution?: string | null;
}

export interface HitEvidence {
  readonly level: SearchLevel;
  readonly phrase: string;
  readonly startSeconds?: number;
  readonly endSeconds?: number;
}

export interface HitMetadata {
  readonly patientId?: string | null;
  readonly age?: number | null;
  readonly sex?: string | null;
  readonly recordedAt?: string | null;
  readonly codes: readonly string[];
  readonly leads: readonly string[];
  readonly durationSeconds: number;
}

export interface SearchHit {
  readonly ecgId: string;
  readonly record: string;
  readonly score: number;
  readonly levels: Readonly<Partial<Record<string, number>>>;
  readonly metadata: HitMetadata;
  readonly report: string | null;
  readonly evidence: readonly HitEvidence[];
  readonly quality?: {
    readonly acceptable: boolean;
    readonly score: number;
    readonly reasons: readonly string[];
  } | null;
}

export interface SearchAnswer {
  readonly query: string;
  readonly level: SearchLevel;
  readonly confident: boolean;
  readonly notices: readonly string[];
  readonly milliseconds: number;
  readonly hits: readonly SearchHit[];
}

export interface EcgWarning {
  readonly code: string;
  readonly message: string;
  readonly leads?: readonly string[];
}

/** How good a signal is, and why it is no better. */
export interface Quality {
  readonly acceptable: boolean;
  /** 0 to 1. */
  readonly score: number;
  readonly reasons: readonly EcgWarning[];
}

export interface EcgAnswer {
  readonly ecgId: string;
  /** Null for an upload: it was never indexed under a path. */
  readonly record: string | null;
  readonly paths: readonly string[];
  readonly format: string;
  readonly leads: readonly string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly durationSeconds: number;
  readonly patient: {
    readonly id?: string | null;
    readonly ageYears?: number | null;
    readonly sex?: string | null;
  };
  readonly recordedAt?: string | null;
  readonly report?: string | null;
  readonly codes: readonly string[];
  readonly warnings: readonly EcgWarning[];
  readonly quality?: Quality | null;
  readonly reconstructedLeads?: readonly {
    readonly lead: string;
    readonly method: string;
    readonly from: readonly string[];
    readonly rmseMillivolts: number;
  }[];
  readonly heartRateBpm: number | null;
  readonly rPeaksSeconds: readonly number[];
}

/** Null where nothing was found. */
export interface Measurements {
  readonly heartRateBpm: number | null;
  readonly prMilliseconds: number | null;
  readonly qrsMilliseconds: number | null;
  readonly qtMilliseconds: number | null;
  readonly qtcMilliseconds: {
    readonly bazett: number | null;
    readonly fridericia: number | null;
    readonly framingham: number | null;
    readonly hodges: number | null;
  };
  readonly axisDegrees: {
    readonly p: number | null;
    readonly qrs: number | null;
    readonly t: number | null;
  };
  readonly voltages: { readonly sokolowLyon: number | null; readonly cornell: number | null };
  readonly beats: readonly { readonly rPeak: number }[];
  readonly ectopicBeats: readonly { readonly seconds: number; readonly origin: string }[];
  readonly amplitudes: readonly {
    readonly lead: string;
    readonly p: number | null;
    readonly q: number | null;
    readonly r: number | null;
    readonly s: number | null;
    readonly t: number | null;
  }[];
  readonly stLevels: readonly {
    readonly lead: string;
    readonly j: number | null;
    readonly j60: number | null;
  }[];
  /** What found the boundaries of the waves. */
  readonly method: string;
}

export interface InspectAnswer extends EcgAnswer {
  readonly uploadId: string;
}

export interface Label {
  readonly key: string;
  readonly name: string;
  readonly set: string;
  readonly code?: string | null;
  readonly synonyms?: readonly string[];
}

/** A label that a user defined in this archive. */
export interface OwnLabel extends Label {
  readonly set: 'own';
  readonly text: string;
  readonly version: number;
  readonly synonyms: readonly string[];
  readonly requires: readonly string[];
  readonly excludes: readonly string[];
  readonly prompts: readonly string[];
  readonly calibration: { readonly method: string } | null;
  readonly stale: {
    readonly build: string | null;
    readonly calibration: string | null;
    readonly scores: readonly { readonly out: string; readonly because: string }[];
  };
}

export interface LabelCheck {
  readonly by: string;
  readonly concept: string;
  readonly message: string;
}

export interface LabelHit {
  readonly ecgId: string;
  readonly record: string;
  readonly score: number | null;
  readonly percentile: number | null;
  readonly probability: number | null;
  readonly decision: Decision | null;
  readonly vetoed: readonly LabelCheck[];
  readonly supportedBy: readonly LabelCheck[];
  readonly report: string | null;
  readonly metadata: HitMetadata;
}

/** A label over the whole archive. */
export interface LabelScores {
  readonly key: string;
  readonly name: string;
  readonly prompts: readonly string[];
  readonly distribution: {
    readonly count: number;
    readonly min: number;
    readonly max: number;
    readonly percentiles: Readonly<Record<string, number>>;
    readonly bins: readonly {
      readonly from: number;
      readonly to: number;
      readonly count: number;
    }[];
  } | null;
  readonly hits: readonly LabelHit[];
}

export type Decision = 'high' | 'possible' | 'low';

export interface LabelScore {
  readonly key: string;
  readonly name: string;
  readonly set?: string;
  readonly score: number;
  readonly percentile: number | null;
  readonly decision: Decision | null;
  readonly prompt?: string | null;
  readonly prompts?: readonly string[];
  readonly vetoed?: readonly LabelCheck[];
  readonly supportedBy?: readonly LabelCheck[];
}

/** One window of a recording in the model's own words. */
export interface TimedCaption {
  readonly text: string;
  readonly window: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface CaptionAnswer {
  readonly captions: readonly TimedCaption[];
  readonly windowCount: number;
  readonly notice: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export interface ReportEvidence {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly ecgId?: string;
  readonly value?: number | string | null;
  readonly unit?: string | null;
}

export interface ReportSentence {
  readonly text: string;
  readonly evidence: readonly string[];
}

export interface ReportDraft {
  readonly status: string;
  readonly sections: readonly {
    readonly name: string;
    readonly sentences: readonly ReportSentence[];
  }[];
  readonly evidence: readonly ReportEvidence[];
  /** Sentences that the check of the draft took out, and why. */
  readonly dropped?: readonly { readonly text: string; readonly message: string }[];
  readonly disclaimer: string;
}

export interface ProblemBody {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string;
}
