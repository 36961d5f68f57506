/** The leads that a measurement works on: those with a sample, gaps filled, limb leads not derived. */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { fillGaps, isMissing } from './gaps.js';

export interface LeadRows {
  readonly names: readonly string[];
  /** One array a name, millivolts, without NaN. */
  readonly rows: readonly Float32Array[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
}

/** The leads of a record that hold a sample, in its order. */
export function leadRows(record: EcgRecord): LeadRows {
  const names: string[] = [];
  const rows: Float32Array[] = [];
  record.leads.forEach((name, index) => {
    const samples = leadSamples(record, index);
    if (isMissing(samples)) return;
    names.push(name);
    rows.push(samples.every(Number.isFinite) ? samples : fillGaps(samples));
  });
  const { samplingRateHz, sampleCount } = record;
  return { names, rows, samplingRateHz, sampleCount };
}
