/** The leads that a measurement works on: those with a signal, gaps filled, limb leads not derived. */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { fillGaps, isMissing } from './gaps.js';

export interface LeadRows {
  readonly names: readonly string[];
  /** One array a name, millivolts, without NaN. */
  readonly rows: readonly Float32Array[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
}

/** The leads of a record that hold a signal, in its order: one that is missing or one straight line is left out. */
export function leadRows(record: EcgRecord): LeadRows {
  const names: string[] = [];
  const rows: Float32Array[] = [];
  record.leads.forEach((name, index) => {
    const samples = leadSamples(record, index);
    if (isMissing(samples)) return;
    const row = samples.every(Number.isFinite) ? samples : fillGaps(samples);
    if (isConstant(row)) return;
    names.push(name);
    rows.push(row);
  });
  const { samplingRateHz, sampleCount } = record;
  return { names, rows, samplingRateHz, sampleCount };
}

function isConstant(samples: Float32Array): boolean {
  const first = samples[0];
  for (const value of samples) if (value !== first) return false;
  return true;
}
