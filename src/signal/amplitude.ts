/**
 * Amplitudes that no surface ECG has: a unit or a gain read wrongly. Units themselves are read in src/formats;
 * this sees only the result, so it says what it looks like.
 */
import type { EcgWarning } from '../ecg/record.js';

const BLOCK_SECONDS = 2;
/**
 * From lowest to highest within two seconds a lead has 0.3 to 8 mV; microvolts taken for millivolts have a
 * thousand times that, volts taken for millivolts a thousandth.
 */
const LARGEST_MILLIVOLTS = 20;
const MICROVOLTS_FROM = 50;
const MICROVOLTS_TO = 10_000;
const SMALLEST_MILLIVOLTS = 0.03;
const VOLTS_TO = 0.01;

/** The median over blocks of two seconds of highest minus lowest sample; NaN where none is there. */
export function typicalRange(samples: Float32Array, samplingRateHz: number): number {
  const blockSampleCount = Math.min(samples.length, Math.round(BLOCK_SECONDS * samplingRateHz));
  const ranges: number[] = [];
  for (let start = 0; start + blockSampleCount <= samples.length; start += blockSampleCount) {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let index = start; index < start + blockSampleCount; index += 1) {
      const value = samples[index]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (max >= min) ranges.push(max - min);
  }
  return median(ranges);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export interface LeadRange {
  readonly lead: string;
  readonly rangeMillivolts: number;
}

/** `signal.amplitude` for the whole recording, or else for single leads out of bounds. */
export function amplitudeWarnings(leads: readonly LeadRange[]): EcgWarning[] {
  const typical = median(leads.map(({ rangeMillivolts }) => rangeMillivolts));
  if (Number.isNaN(typical)) return [];
  const guess = guessUnit(typical);
  if (guess) {
    return [
      { code: 'signal.amplitude', message: `The leads span ${short(typical)} mV: ${guess}.` },
    ];
  }
  return leads
    .filter(({ rangeMillivolts }) => guessUnit(rangeMillivolts) !== undefined)
    .map(({ lead, rangeMillivolts }) => ({
      code: 'signal.amplitude',
      message: `Lead ${lead} spans ${short(rangeMillivolts)} mV, the others ${short(typical)} mV: its gain may be wrong, or it holds no ECG.`,
      leads: [lead],
    }));
}

function guessUnit(rangeMillivolts: number): string | undefined {
  if (rangeMillivolts >= MICROVOLTS_FROM && rangeMillivolts <= MICROVOLTS_TO) {
    return 'it looks like microvolts taken for millivolts';
  }
  if (rangeMillivolts > LARGEST_MILLIVOLTS) return 'the gain or the unit is wrong';
  if (rangeMillivolts >= SMALLEST_MILLIVOLTS) return undefined;
  return rangeMillivolts <= VOLTS_TO
    ? 'it looks like volts taken for millivolts, or the gain is wrong'
    : 'too small for an ECG; the gain may be wrong';
}

function short(value: number): string {
  return String(Number(value.toPrecision(2)));
}
