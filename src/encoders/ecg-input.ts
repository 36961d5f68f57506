/**
 * From a recording to what the ECG graph takes: leads in the model's order, gaps filled, resampled,
 * band-passed where the manifest has a filter, cut into windows, padded, normalised, with the heartbeats that
 * fall into each window. A limb lead that was not recorded is derived; any other missing or flat one is zeros.
 *
 * Source of every step's parameters: the manifest. `models/training` does the same with SciPy;
 * test/reference/ holds the numbers both must give.
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord } from '../ecg/record.js';
import { butterworthBandpass, filterZeroPhase } from '../signal/filter.js';
import { fillGaps } from '../signal/gaps.js';
import { selectLeads } from '../signal/leads.js';
import { detectQrs } from '../signal/qrs.js';
import { resample } from '../signal/resample.js';
import { beatSpans } from '../signal/rhythm.js';
import { windowStarts } from '../signal/windows.js';
import type { BeatSpan, EcgInput } from './manifest.js';
import { normaliseWindow } from './normalise.js';

/** One window, ready for the graph; spans are in window samples, start and end by turns. */
export interface EcgWindow {
  /** `[leads x sampleCount]` at the model's rate. */
  readonly samples: Float32Array;
  /** First sample of the window, at the model's rate. */
  readonly startSample: number;
  /** The beats of this window: their number within the recording, and `[n x 2]` spans. */
  readonly beatOrdinals: readonly number[];
  readonly beatSpans: Float32Array;
}

export interface PreparedEcg {
  readonly windows: readonly EcgWindow[];
  /** 1 where the lead is recorded or can be derived, and is not flat; one a lead of the model. */
  readonly leadMask: Float32Array;
  /** Samples of the recording at the model's rate. */
  readonly sampleCount: number;
  /** In samples of the recording at its own rate. */
  readonly rPeakSamples: Int32Array;
  /** `[beats x 2]` start and end in samples of the recording at its own rate. */
  readonly beatSpans: Float32Array;
}

/** @throws `signal.unusable` where none of the model's leads has a signal. */
export function prepareEcg(
  record: EcgRecord,
  input: EcgInput,
  span: BeatSpan | undefined,
): PreparedEcg {
  const { samples: selected, present } = selectLeads(record, input.leads);
  const { sampleCount: ownCount } = record;
  for (const index of present.keys()) {
    if (isFlat(selected.subarray(index * ownCount, (index + 1) * ownCount))) present[index] = 0;
  }
  if (!present.includes(1)) throw noSignal(record, input);
  const leads = conditionLeads({ record, selected, present }, input);
  const sampleCount = leads.find((lead) => lead !== undefined)!.length;
  const { rPeakSamples } = detectQrs(record);
  const spans = span
    ? beatSpans(rPeakSamples, { samplingRateHz: record.samplingRateHz, ...span })
    : new Float32Array(0);
  const toModelRate = input.samplingRateHz / record.samplingRateHz;
  const windows = cutWindows(leads, sampleCount, input);
  const placed = placeBeats(windows, {
    rPeakSamples,
    spans,
    toModelRate,
    windowSampleCount: input.sampleCount,
  });
  return {
    windows: placed,
    leadMask: Float32Array.from(present),
    sampleCount,
    rPeakSamples,
    beatSpans: spans,
  };
}

/** True where every sample that is there has one value: nothing was recorded, the lead is left out. */
function isFlat(samples: Float32Array): boolean {
  let first = Number.NaN;
  for (const value of samples) {
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return false;
  }
  return true;
}

function noSignal(record: EcgRecord, input: EcgInput): PqrError {
  const read = record.leads.filter((lead) => input.leads.includes(lead));
  if (read.length > 0) {
    return new PqrError(
      'signal.unusable',
      `No lead has a signal: ${read.join(', ')} are flat or missing throughout.`,
    );
  }
  return new PqrError(
    'signal.unusable',
    `The recording has none of the leads the model reads: it has ${record.leads.join(', ')}; ${input.leads.join(', ')} are read.`,
    { hint: 'Name the leads in the header, or with --leads for CSV and NPY.' },
  );
}

/** Each lead that is there: gaps filled, at the model's rate, band-passed over the whole recording. */
function conditionLeads(
  given: { record: EcgRecord; selected: Float32Array; present: Uint8Array },
  { leads, samplingRateHz, filter }: EcgInput,
): (Float32Array | undefined)[] {
  const { record, selected, present } = given;
  const { sampleCount } = record;
  const sos = filter && butterworthBandpass({ ...filter, samplingRateHz });
  return leads.map((_, index) => {
    if (!present[index]) return undefined;
    const source = selected.subarray(index * sampleCount, (index + 1) * sampleCount);
    const resampled = resample(fillGaps(source), record.samplingRateHz, samplingRateHz);
    return sos ? filterZeroPhase(sos, resampled) : resampled;
  });
}

function cutWindows(
  leads: readonly (Float32Array | undefined)[],
  sampleCount: number,
  input: EcgInput,
): EcgWindow[] {
  const starts = windowStarts({
    sampleCount,
    windowSampleCount: input.sampleCount,
    hopSampleCount: input.hopSamples,
  });
  return Array.from(starts, (startSample) => {
    const samples = new Float32Array(leads.length * input.sampleCount);
    leads.forEach((lead, index) => {
      if (lead)
        samples.set(
          lead.subarray(startSample, startSample + input.sampleCount),
          index * input.sampleCount,
        );
    });
    normaliseWindow(samples, input.normalisation);
    return { samples, startSample, beatOrdinals: [], beatSpans: new Float32Array(0) };
  });
}

interface Beats {
  readonly rPeakSamples: Int32Array;
  readonly spans: Float32Array;
  readonly toModelRate: number;
  readonly windowSampleCount: number;
}

/** Gives each beat to the one window in which its R peak lies most central. */
function placeBeats(windows: readonly EcgWindow[], beats: Beats): EcgWindow[] {
  const ordinals: number[][] = windows.map(() => []);
  const beatCount = beats.spans.length / 2;
  for (let beat = 0; beat < beatCount; beat += 1) {
    const peak = beats.rPeakSamples[beat] * beats.toModelRate;
    const chosen = ordinals[mostCentral(windows, peak, beats.windowSampleCount)]!;
    if (chosen.length < DEFAULT_LIMITS.beatCountPerWindow) chosen.push(beat);
  }
  return windows.map((window, index) => {
    const spans = new Float32Array(ordinals[index]!.length * 2);
    ordinals[index]!.forEach((beat, row) => {
      spans[row * 2] = beats.spans[beat * 2] * beats.toModelRate - window.startSample;
      spans[row * 2 + 1] = beats.spans[beat * 2 + 1] * beats.toModelRate - window.startSample;
    });
    return { ...window, beatOrdinals: ordinals[index]!, beatSpans: spans };
  });
}

function mostCentral(
  windows: readonly EcgWindow[],
  sample: number,
  windowSampleCount: number,
): number {
  let best = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let index = 0; index < windows.length; index += 1) {
    const distance = Math.abs(windows[index]!.startSample + windowSampleCount / 2 - sample);
    if (distance < bestDistance) {
      best = index;
      bestDistance = distance;
    } else if (windows[index]!.startSample > sample) break;
  }
  return best;
}
