/** Every lead of a recording with all that is measured of its quality: inspection and features together. */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import type { LeadFeatures } from './lead-features.js';
import { featureRateHz, leadFeatures } from './lead-features.js';
import { detectQrs } from './qrs.js';
import { inspectSignal, type LeadQuality, type SignalInspection } from './quality.js';

export type MeasuredLead = LeadQuality & LeadFeatures;

export interface MeasuredLeads {
  readonly inspection: SignalInspection;
  readonly leads: readonly MeasuredLead[];
  readonly rPeaksSeconds: readonly number[];
  /** The rate of the leads' median beats. */
  readonly beatRateHz: number;
}

/** @param rPeaksSeconds where they are known; detected else */
export function measureLeads(
  record: EcgRecord,
  rPeaksSeconds: readonly number[] = rPeaksOf(record),
): MeasuredLeads {
  const inspection = inspectSignal(record);
  const leads = inspection.leads.map((lead, index) => ({
    ...lead,
    ...leadFeatures(leadSamples(record, index), record.samplingRateHz, rPeaksSeconds),
  }));
  return { inspection, leads, rPeaksSeconds, beatRateHz: featureRateHz(record.samplingRateHz) };
}

function rPeaksOf(record: EcgRecord): number[] {
  return Array.from(detectQrs(record).rPeakSamples, (peak) => peak / record.samplingRateHz);
}

/** The median beats by lead. */
export function beatsOf(leads: readonly MeasuredLead[]): Map<string, Float32Array> {
  return new Map(leads.flatMap(({ lead, beat }) => (beat ? [[lead, beat] as const] : [])));
}
