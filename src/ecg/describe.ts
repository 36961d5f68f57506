/** A recording in words: the JSON of `pqrsearch info`. */
import type { EcgQuality } from './quality.js';
import type { ReconstructedLead } from './reconstructed.js';
import { amplitudeRange, durationSeconds, type EcgRecord, type EcgWarning } from './record.js';

export interface EcgDescription {
  readonly format: string;
  readonly leads: readonly string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly durationSeconds: number;
  /** Null where every sample is missing. */
  readonly amplitudeMillivolts: { readonly min: number | null; readonly max: number | null };
  readonly patient: {
    readonly id: string | null;
    readonly ageYears: number | null;
    readonly sex: string | null;
  };
  readonly recordedAt: string | null;
  readonly codes: readonly string[];
  readonly report: string | null;
  readonly warnings: readonly EcgWarning[];
  /** Null where the signal was not judged. */
  readonly quality: EcgQuality | null;
  /** Leads that were computed from others, not recorded. */
  readonly reconstructedLeads: readonly ReconstructedLead[];
}

export function describeEcg(record: EcgRecord): EcgDescription {
  const { min, max } = amplitudeRange(record);
  const { id, ageYears, sex } = record.patient;
  return {
    format: record.format,
    leads: record.leads,
    samplingRateHz: record.samplingRateHz,
    sampleCount: record.sampleCount,
    durationSeconds: durationSeconds(record),
    amplitudeMillivolts: { min: finiteOrNull(min), max: finiteOrNull(max) },
    patient: { id: id ?? null, ageYears: ageYears ?? null, sex: sex ?? null },
    recordedAt: record.recordedAt ?? null,
    codes: record.codes,
    report: record.report ?? null,
    warnings: record.warnings,
    quality: record.quality ?? null,
    reconstructedLeads: record.reconstructed ?? [],
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null;
}
