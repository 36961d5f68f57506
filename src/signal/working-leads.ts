/** The leads of a recording that hold a signal, as delineators look at them: gaps filled, at one rate. */
import type { EcgRecord } from '../ecg/record.js';
import { leadRows } from './lead-rows.js';
import { bridgeSpikes } from './pacing.js';
import { detectQrs } from './qrs.js';
import { resample } from './resample.js';

export interface WorkingLead {
  readonly lead: string;
  /** Without NaN, at the rate asked for, millivolts. */
  readonly samples: Float32Array;
}

export interface WorkingOptions {
  /** The rate to bring leads to; sample n there is at n / samplingRateHz seconds. */
  readonly samplingRateHz: number;
  /** True takes pacing spikes out (pacing.ts), and now and then a narrow complex of a single lead with them. */
  readonly bridgePacing: boolean;
}

/** A lead that is missing or one straight line is left out. */
export function workingLeads(
  record: EcgRecord,
  { samplingRateHz, bridgePacing }: WorkingOptions,
): WorkingLead[] {
  const { names, rows } = leadRows(record);
  return names.map((lead, index) => {
    const row = rows[index]!;
    const whole = bridgePacing ? bridgeSpikes(row, record.samplingRateHz) : row;
    return { lead, samples: resample(whole, record.samplingRateHz, samplingRateHz) };
  });
}

export interface WorkingBeats {
  readonly leads: readonly WorkingLead[];
  /** Samples of the recording. */
  readonly rPeakSamples: Int32Array;
  /** The same beats in samples at the working rate, fractions allowed. */
  readonly rPeaks: readonly number[];
}

/** The leads and the beats to delineate; no beats where no lead has a signal, and no leads where there is no beat. */
export function workingBeats(record: EcgRecord, options: WorkingOptions): WorkingBeats {
  const leads = workingLeads(record, options);
  const rPeakSamples = leads.length === 0 ? new Int32Array(0) : detectQrs(record).rPeakSamples;
  const rPeaks = Array.from(
    rPeakSamples,
    (sample) => (sample * options.samplingRateHz) / record.samplingRateHz,
  );
  return { leads: rPeaks.length === 0 ? [] : leads, rPeakSamples, rPeaks };
}
