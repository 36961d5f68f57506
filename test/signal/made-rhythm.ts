/** A rhythm laid out from one real heartbeat: the median beat of a recording, put where a test wants beats. */
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import { measure } from '../../src/signal/measure.js';
import type { MedianBeat } from '../../src/signal/median-beat.js';

export interface PlacedBeat {
  readonly seconds: number;
  /** Turned over and stretched to twice its length: a shape of its own. */
  readonly odd?: boolean;
}

export function medianBeatOf(record: EcgRecord): MedianBeat {
  return measure(record, delineateClassical(record)).medianBeat!;
}

/** Each beat is added to a flat line, faded out at both ends. */
export function layOut(
  beat: MedianBeat,
  placed: readonly PlacedBeat[],
  seconds: number,
): EcgRecord {
  const { samplingRateHz, leads } = beat;
  const sampleCount = Math.round(seconds * samplingRateHz);
  const samples = new Float32Array(leads.length * sampleCount);
  for (const one of placed) {
    leads.forEach((_, lead) => {
      addBeat(beat, lead, one, samples.subarray(lead * sampleCount, (lead + 1) * sampleCount));
    });
  }
  return makeRecord({ leads: [...leads], samplingRateHz, samples, format: 'made' });
}

function addBeat(
  beat: MedianBeat,
  lead: number,
  { seconds, odd = false }: PlacedBeat,
  row: Float32Array,
): void {
  const stretch = odd ? 2 : 1;
  const first = Math.round(seconds * beat.samplingRateHz) - beat.rSample * stretch;
  for (let index = 0; index < beat.sampleCount * stretch; index += 1) {
    if (first + index < 0 || first + index >= row.length) continue;
    const from = index / stretch;
    const value = beat.samples[lead * beat.sampleCount + Math.floor(from)]! * fade(from, beat);
    row[first + index]! += odd ? -value : value;
  }
}

function fade(index: number, { sampleCount, samplingRateHz }: MedianBeat): number {
  const edge = 0.04 * samplingRateHz;
  return Math.min(1, index / edge, (sampleCount - 1 - index) / edge);
}
