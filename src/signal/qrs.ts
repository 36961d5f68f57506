/**
 * A classical QRS detector over all leads of a recording: one to sixteen leads, any polarity, gain and unit.
 *
 * After Pan and Tompkins (1985, doi 10.1109/TBME.1985.325532): band-pass, energy, moving-window integration,
 * adaptive threshold, search-back, refractory time and slope test against T waves; here over all leads at once
 * (qrs-activity.ts) and with the level of a QRS taken from both sides, as the whole recording is at hand
 * (qrs-decision.ts).
 *
 * The R peak is where the combined, band-passed magnitude of all leads is largest within the QRS complex: the
 * dominant deflection, which need not be an R wave in any one lead. Beats are not classified, and ventricular
 * fibrillation or pure noise gives peaks that mean nothing.
 */
import type { EcgRecord } from '../ecg/record.js';
import { type QrsActivity, qrsActivity } from './qrs-activity.js';
import { decideBeats } from './qrs-decision.js';

export interface QrsDetection {
  /** Rising sample indices of the recording, at its own rate; empty where no lead has a signal. */
  readonly rPeakSamples: Int32Array;
}

/** Shorter recordings have no room for a beat and its surroundings. */
const SHORTEST_SECONDS = 0.4;
/** How far from the middle of its energy a complex's R peak may lie. */
const PEAK_SEARCH_SECONDS = 0.08;

/** Finds the QRS complexes of a recording, in time linear in its length. */
export function detectQrs(record: EcgRecord): QrsDetection {
  const tooShort = record.sampleCount < SHORTEST_SECONDS * record.samplingRateHz;
  const activity = tooShort ? undefined : qrsActivity(record);
  if (!activity) return { rPeakSamples: new Int32Array(0) };
  const centres = decideBeats(activity);
  return {
    rPeakSamples: centres.map((centre) => peakSample(activity, centre, record.sampleCount)),
  };
}

/** The recording's sample at the largest magnitude around `centre`, between samples by a parabola. */
function peakSample(activity: QrsActivity, centre: number, sampleCount: number): number {
  const { magnitude, samplingRateHz, decimation } = activity;
  const reach = Math.round(PEAK_SEARCH_SECONDS * samplingRateHz);
  const last = Math.min(magnitude.length - 1, centre + reach);
  let peak = centre;
  for (let index = Math.max(0, centre - reach); index <= last; index += 1) {
    if (magnitude[index]! > magnitude[peak]!) peak = index;
  }
  const left = magnitude[peak - 1] ?? 0;
  const right = magnitude[peak + 1] ?? 0;
  const curvature = 2 * magnitude[peak]! - left - right;
  const shift = curvature > 0 ? Math.max(-0.5, Math.min(0.5, (right - left) / 2 / curvature)) : 0;
  // A working sample is the mean of `decimation` samples: its time is their middle.
  const sample = Math.round((peak + shift + 0.5) * decimation - 0.5);
  return Math.min(sampleCount - 1, Math.max(0, sample));
}
