/** From waves at a delineator's working rate to the boundaries of a recording (delineation.ts). */
import type { EcgRecord } from '../ecg/record.js';
import type { BeatWaves, Delineation } from './delineation.js';

/** One wave, in samples at the working rate, fractions allowed. */
export interface Wave {
  readonly onset: number;
  readonly peak: number;
  readonly offset: number;
}

/** One kind of wave, an entry a beat: over all leads, and in each lead `[lead][beat]`. */
export interface FoundWaves<W extends Wave = Wave> {
  readonly merged: readonly (W | null)[];
  readonly byLead: readonly (readonly (W | null)[])[];
}

export interface AllWaves {
  readonly leads: readonly string[];
  /** The working rate of the positions. */
  readonly rateHz: number;
  readonly p: FoundWaves;
  readonly qrs: FoundWaves;
  readonly t: FoundWaves;
}

/** A lead has no wave in a beat where the recording has none. */
export function assembleDelineation(
  method: Delineation['method'],
  record: EcgRecord,
  rPeakSamples: Int32Array,
  waves: AllWaves,
): Delineation {
  const rPeaks = Array.from(rPeakSamples);
  const ofLead =
    (row: number): Choice =>
    ({ merged, byLead }, beat) =>
      merged[beat] ? byLead[row]![beat] : null;
  const beatsOf = (choose: Choice) =>
    rPeaks.map((rPeak, beat) =>
      beatWaves(record, waves, rPeak, (kind) => choose(waves[kind], beat)),
    );
  return {
    method,
    samplingRateHz: record.samplingRateHz,
    beats: beatsOf(({ merged }, beat) => merged[beat]),
    leads: waves.leads.map((lead, row) => ({ lead, beats: beatsOf(ofLead(row)) })),
  };
}

type Choice = (found: FoundWaves, beat: number) => Wave | null | undefined;

function beatWaves(
  { samplingRateHz, sampleCount }: EcgRecord,
  { rateHz }: AllWaves,
  rPeak: number,
  waveOf: (kind: 'p' | 'qrs' | 't') => Wave | null | undefined,
): BeatWaves {
  const place = (sample: number | undefined) =>
    sample === undefined
      ? null
      : Math.min(sampleCount - 1, Math.max(0, (sample * samplingRateHz) / rateHz));
  const [p, qrs, t] = [waveOf('p'), waveOf('qrs'), waveOf('t')];
  return {
    pOnset: place(p?.onset),
    pPeak: place(p?.peak),
    pOffset: place(p?.offset),
    qrsOnset: place(qrs?.onset),
    rPeak,
    qrsOffset: place(qrs?.offset),
    tOnset: place(t?.onset),
    tPeak: place(t?.peak),
    tOffset: place(t?.offset),
  };
}
