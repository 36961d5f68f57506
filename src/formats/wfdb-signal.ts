/**
 * WFDB samples to millivolts: one signal out of the interleaved ADC values of its file.
 *
 * Source: PhysioNet's WFDB manual, signal(5). Samples lie frame after frame, each signal with its
 * samplesPerFrame in a frame; wfdb-packing.ts takes them out of their bytes. Nothing is allocated per
 * sample.
 */
import { type AdcValues, type DecodedFormat, missingCode } from './wfdb-packing.js';
import { scaleTable } from './wfdb-scale-table.js';

/** What the WFDB library gives for a missing sample in every format. */
const LIBRARY_MISSING = -32768;
/** No ADC value: formats without a code for "missing". */
const NO_CODE = Number.NaN;

/** Where one signal lies among the ADC values of its file. */
export interface SignalLayout {
  readonly adc: AdcValues;
  readonly format: DecodedFormat;
  /** Samples of all signals in one frame. */
  readonly frameSize: number;
  /** Samples before this signal in a frame. */
  readonly frameOffset: number;
  readonly samplesPerFrame: number;
}

export interface SignalScale {
  readonly baseline: number;
  readonly adcPerMillivolt: number;
}

/**
 * Format 8: differences to ADC values, in place. A signal begins at `initialValues[its index]`, to which
 * its first difference is added.
 */
export function addUpDifferences(
  adc: AdcValues,
  frameSize: number,
  signals: readonly {
    readonly frameOffset: number;
    readonly samplesPerFrame: number;
    readonly initialValue: number;
  }[],
): void {
  for (const { frameOffset, samplesPerFrame, initialValue } of signals) {
    let value = initialValue;
    for (let first = frameOffset; first < adc.length; first += frameSize) {
      const end = Math.min(first + samplesPerFrame, adc.length);
      for (let at = first; at < end; at++) {
        value += adc[at]!;
        adc[at] = value;
      }
    }
  }
}

/** Frames `[start, start + count)` of a signal as millivolts into `target` from `offset` on. */
export interface FrameRange {
  readonly start: number;
  readonly count: number;
  readonly target: Float32Array;
  readonly offset: number;
}

/**
 * Millivolts, (adc - baseline) / adcPerMillivolt in float64; missing samples become NaN, and 0 is never
 * negative. Returns the sum of the ADC values as stored; its low 16 bits are the header's checksum.
 */
export function decodeSignal(layout: SignalLayout, scale: SignalScale, range: FrameRange): number {
  const { adc, format, frameSize, frameOffset, samplesPerFrame } = layout;
  const { target, start, count } = range;
  const missing = missingCode(format) ?? NO_CODE;
  if (adc instanceof Int16Array) {
    const table = scaleTable(scale, missing, count * samplesPerFrame);
    if (table) return lookUpSignal(layout, table, range);
  }
  const { baseline, adcPerMillivolt } = scale;
  const end = (start + count) * frameSize;
  let sum = 0;
  for (let sample = 0; sample < samplesPerFrame; sample++) {
    let out = range.offset + sample;
    for (let at = start * frameSize + frameOffset + sample; at < end; at += frameSize) {
      const value = adc[at]!;
      sum = (sum + value) | 0;
      target[out] = value === missing ? Number.NaN : (value - baseline) / adcPerMillivolt + 0;
      out += samplesPerFrame;
    }
  }
  return sum;
}

/** As decodeSignal, for 16-bit ADC values whose millivolts are in a table (wfdb-scale-table.ts). */
function lookUpSignal(layout: SignalLayout, table: Float32Array, range: FrameRange): number {
  const { adc, frameSize, frameOffset, samplesPerFrame } = layout;
  const { target, start, count } = range;
  const bits = new Uint16Array(adc.buffer, adc.byteOffset, adc.length);
  const end = (start + count) * frameSize;
  let sum = 0;
  for (let sample = 0; sample < samplesPerFrame; sample++) {
    let out = range.offset + sample;
    for (let at = start * frameSize + frameOffset + sample; at < end; at += frameSize) {
      const value = bits[at]!;
      sum = (sum + value) | 0;
      target[out] = table[value]!;
      out += samplesPerFrame;
    }
  }
  return sum;
}

/**
 * True where the first `frameCount` frames of a signal add up to the header's 16-bit checksum. Missing
 * samples may count as stored (-2048 in format 212) or as the WFDB library gives them (-32768).
 */
export function checksumHolds(layout: SignalLayout, frameCount: number, checksum: number): boolean {
  const { adc, format, frameSize, frameOffset, samplesPerFrame } = layout;
  const missing = missingCode(format) ?? NO_CODE;
  let sum = 0;
  let missingCount = 0;
  let first = frameOffset;
  for (let frame = 0; frame < frameCount; frame++, first += frameSize) {
    for (let at = first; at < first + samplesPerFrame; at++) {
      const value = adc[at]!;
      if (value === missing) missingCount++;
      sum = (sum + value) | 0;
    }
  }
  const asLibrary =
    missingCount === 0 ? sum : sum + Math.imul(missingCount, LIBRARY_MISSING - missing);
  return ((sum - checksum) & 0xffff) === 0 || ((asLibrary - checksum) & 0xffff) === 0;
}

/**
 * Spreads `count` samples over `target[offset ...]` at `ratio` times their rate, by straight lines; the
 * last samples repeat. For frames that hold fewer samples of one lead than of another.
 */
export function stretchSamples(
  source: Float32Array,
  target: Float32Array,
  offset: number,
  ratio: number,
): void {
  const count = Math.round(source.length * ratio);
  const last = source.length - 1;
  for (let index = 0; index < count; index++) {
    const position = Math.min(index / ratio, last);
    const before = Math.floor(position);
    const fraction = position - before;
    const left = source[before]!;
    target[offset + index] = fraction === 0 ? left : left + fraction * (source[before + 1]! - left);
  }
}
