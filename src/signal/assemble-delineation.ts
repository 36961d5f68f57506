/** From waves at a delineator's working rate to the boundaries of a recording (delineation.ts). */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
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

/**
 * A lead has no wave in a beat where the recording has none, and no wave touches what was not recorded. The complex
 * holds its R peak, and the other waves do not reach into it.
 */
export function assembleDelineation(
  method: Delineation['method'],
  record: EcgRecord,
  rPeakSamples: Int32Array,
  waves: AllWaves,
): Delineation {
  const everyLead = record.leads.map((_, row) => leadSamples(record, row));
  const toRecord = record.samplingRateHz / waves.rateHz;
  const beatsOf = (choose: Choice, leads: readonly Float32Array[]) =>
    Array.from(rPeakSamples, (rPeak, beat) => {
      const recorded = (found: FoundWaves) => {
        const wave = choose(found, beat);
        return wave ? placed(wave, toRecord, leads) : null;
      };
      return beatWaves(rPeak, recorded(waves.p), recorded(waves.qrs), recorded(waves.t));
    });
  return {
    method,
    samplingRateHz: record.samplingRateHz,
    beats: beatsOf(({ merged }, beat) => merged[beat], everyLead),
    leads: waves.leads.map((lead, row) => ({
      lead,
      beats: beatsOf(
        ({ merged, byLead }, beat) => merged[beat] && byLead[row]![beat],
        [everyLead[record.leads.indexOf(lead)]!],
      ),
    })),
  };
}

type Choice = (found: FoundWaves, beat: number) => Wave | null | undefined;

/** The wave in samples of the recording, held within it; null where none of the leads was recorded at its points. */
function placed(wave: Wave, toRecord: number, leads: readonly Float32Array[]): Wave | null {
  const last = leads[0]!.length - 1;
  const place = (sample: number) => Math.min(last, Math.max(0, sample * toRecord));
  const [onset, peak, offset] = [place(wave.onset), place(wave.peak), place(wave.offset)];
  const isRecorded = (sample: number) =>
    leads.some((samples) => Number.isFinite(samples[Math.round(sample)]));
  return [onset, peak, offset].every(isRecorded) ? { onset, peak, offset } : null;
}

function beatWaves(rPeak: number, p: Wave | null, qrs: Wave | null, t: Wave | null): BeatWaves {
  const qrsOnset = qrs && Math.min(qrs.onset, rPeak);
  const qrsOffset = qrs && Math.max(qrs.offset, rPeak);
  const before = (sample: number | undefined) =>
    sample === undefined ? null : Math.min(sample, qrsOnset ?? rPeak);
  const after = (sample: number | undefined) =>
    sample === undefined ? null : Math.max(sample, qrsOffset ?? rPeak);
  return {
    pOnset: before(p?.onset),
    pPeak: before(p?.peak),
    pOffset: before(p?.offset),
    qrsOnset,
    rPeak,
    qrsOffset,
    tOnset: after(t?.onset),
    tPeak: after(t?.peak),
    tOffset: after(t?.offset),
  };
}
