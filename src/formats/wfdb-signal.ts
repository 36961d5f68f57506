/**
 * Decoding of WFDB signal bytes in formats 16 and 212 to millivolts.
 *
 * Source: PhysioNet's WFDB manual, signal(5). Format 16: little-endian two's complement, -32768 means
 * no sample. Format 212: two 12-bit samples in three bytes, -2048 means no sample. Samples lie frame
 * after frame, each signal with its samplesPerFrame in a frame. Nothing is allocated per sample.
 */

/** The formats that are read. */
export type DecodedFormat = 16 | 212;

/** The code that stands for a missing sample. */
const INVALID_16 = -32768;
const INVALID_212 = -2048;

/** Where one signal lies among the ADC values of its file. */
export interface SignalLayout {
  readonly adc: Int16Array;
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

/** Bytes that hold `sampleCount` samples. */
export function bytesForSamples(format: DecodedFormat, sampleCount: number): number {
  if (format === 16) return 2 * sampleCount;
  return 3 * Math.floor(sampleCount / 2) + (sampleCount % 2 === 1 ? 2 : 0);
}

/** Whole samples in `byteCount` bytes. */
export function samplesInBytes(format: DecodedFormat, byteCount: number): number {
  if (format === 16) return Math.floor(byteCount / 2);
  return 2 * Math.floor(byteCount / 3) + (byteCount % 3 === 2 ? 1 : 0);
}

/** The ADC values in signal bytes, all signals as they are interleaved. */
export function unpackSamples(bytes: Uint8Array, format: DecodedFormat): Int16Array {
  return format === 16 ? unpack16(bytes) : unpack212(bytes);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function unpack16(bytes: Uint8Array): Int16Array {
  const count = bytes.length >> 1;
  if (LITTLE_ENDIAN && bytes.byteOffset % 2 === 0) {
    return new Int16Array(bytes.buffer, bytes.byteOffset, count);
  }
  const adc = new Int16Array(count);
  for (let index = 0, at = 0; index < count; index++, at += 2) {
    adc[index] = bytes[at]! | (bytes[at + 1]! << 8);
  }
  return adc;
}

function unpack212(bytes: Uint8Array): Int16Array {
  const adc = new Int16Array(samplesInBytes(212, bytes.length));
  for (let index = 0, at = 0; index < adc.length; index += 2, at += 3) {
    const middle = bytes[at + 1]!;
    adc[index] = ((bytes[at]! | ((middle & 0x0f) << 8)) << 20) >> 20;
    if (index + 1 < adc.length) {
      adc[index + 1] = ((bytes[at + 2]! | ((middle & 0xf0) << 4)) << 20) >> 20;
    }
  }
  return adc;
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
  const { baseline, adcPerMillivolt } = scale;
  const { target, start, count } = range;
  const invalid = format === 16 ? INVALID_16 : INVALID_212;
  const end = (start + count) * frameSize;
  let sum = 0;
  for (let sample = 0; sample < samplesPerFrame; sample++) {
    let out = range.offset + sample;
    for (let at = start * frameSize + frameOffset + sample; at < end; at += frameSize) {
      const value = adc[at]!;
      sum = (sum + value) | 0;
      target[out] = value === invalid ? Number.NaN : (value - baseline) / adcPerMillivolt + 0;
      out += samplesPerFrame;
    }
  }
  return sum;
}

/**
 * True where the first `frameCount` frames of a signal add up to the header's 16-bit checksum. Missing
 * samples of format 212 may count as stored (-2048) or as the WFDB library gives them (-32768).
 */
export function checksumHolds(layout: SignalLayout, frameCount: number, checksum: number): boolean {
  const { adc, format, frameSize, frameOffset, samplesPerFrame } = layout;
  const invalid = format === 16 ? INVALID_16 : INVALID_212;
  let sum = 0;
  let missingCount = 0;
  let first = frameOffset;
  for (let frame = 0; frame < frameCount; frame++, first += frameSize) {
    for (let at = first; at < first + samplesPerFrame; at++) {
      const value = adc[at]!;
      if (value === invalid) missingCount++;
      sum = (sum + value) | 0;
    }
  }
  const asLibrary = sum + Math.imul(missingCount, INVALID_16 - invalid);
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
