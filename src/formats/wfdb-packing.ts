/**
 * How WFDB signal formats pack samples into bytes.
 *
 * Source: PhysioNet's WFDB manual, signal(5). One row a format: how many samples a block of bytes holds,
 * what a cut block still holds, the code that stands for a missing sample, and the unpacking. Format 8
 * gives differences (wfdb-signal.ts adds them up); 508, 516 and 524 are FLAC streams (flac.ts).
 */
export type AdcValues = Int16Array | Int32Array;

/** The formats that are packed sample by sample. */
export type PackedFormat = 8 | 16 | 24 | 32 | 61 | 80 | 160 | 212 | 310 | 311;
/** FLAC streams of 8, 16 and 24 bits. */
export type FlacFormat = 508 | 516 | 524;
/** The formats that are read. */
export type DecodedFormat = PackedFormat | FlacFormat;

interface Packing {
  readonly blockSamples: number;
  readonly blockBytes: number;
  /** Bytes that hold 1, 2, ... samples of a cut block. */
  readonly cutBytes: readonly number[];
  /** Bytes that writers add at the end: whole blocks, words. */
  readonly paddingBytes: number;
  /** Undefined where no code means "missing". */
  readonly missingCode: number | undefined;
  readonly unpack: (bytes: Uint8Array, adc: AdcValues) => void;
  readonly wide: boolean;
}

const FLAC_MISSING: Readonly<Record<FlacFormat, number>> = {
  508: -128,
  516: -32768,
  524: -(2 ** 23),
};

export const FLAC_BITS: Readonly<Record<FlacFormat, number>> = { 508: 8, 516: 16, 524: 24 };

function plain(
  blockBytes: number,
  missingCode: number | undefined,
  unpack: Packing['unpack'],
  wide = false,
): Packing {
  return { blockSamples: 1, blockBytes, cutBytes: [], paddingBytes: 0, missingCode, unpack, wide };
}

const PACKINGS: Readonly<Record<PackedFormat, Packing>> = {
  8: plain(1, undefined, unpack8, true),
  16: plain(2, -32768, unpack16),
  24: plain(3, -(2 ** 23), unpack24, true),
  32: plain(4, -(2 ** 31), unpack32, true),
  61: plain(2, -32768, unpack61),
  80: plain(1, -128, unpack80),
  160: plain(2, -32768, unpack160),
  212: packed(2, 3, [2], -2048, unpack212),
  310: packed(3, 4, [2, 4], -512, unpack310),
  311: packed(3, 4, [2, 3], -512, unpack311),
};

function packed(
  blockSamples: number,
  blockBytes: number,
  cutBytes: readonly number[],
  missingCode: number,
  unpack: Packing['unpack'],
): Packing {
  return {
    ...{ blockSamples, blockBytes, cutBytes, missingCode, unpack },
    ...{ paddingBytes: 3, wide: false },
  };
}

export function isFlacFormat(format: number): format is FlacFormat {
  return format in FLAC_BITS;
}

export function isDecodedFormat(format: number): format is DecodedFormat {
  return format in PACKINGS || isFlacFormat(format);
}

/** The formats that are read, in order. */
export const DECODED_FORMATS: readonly number[] = [
  ...Object.keys(PACKINGS),
  ...Object.keys(FLAC_BITS),
].map(Number);

/** The code that stands for a missing sample; undefined in format 8, which has none. */
export function missingCode(format: DecodedFormat): number | undefined {
  return isFlacFormat(format) ? FLAC_MISSING[format] : PACKINGS[format].missingCode;
}

/** Bytes that may follow the last sample. */
export function paddingBytes(format: PackedFormat): number {
  return PACKINGS[format].paddingBytes;
}

/** Bytes that hold `sampleCount` samples. */
export function bytesForSamples(format: PackedFormat, sampleCount: number): number {
  const { blockSamples, blockBytes, cutBytes } = PACKINGS[format];
  const rest = sampleCount % blockSamples;
  const whole = blockBytes * Math.floor(sampleCount / blockSamples);
  return whole + (rest === 0 ? 0 : cutBytes[rest - 1]!);
}

/** Whole samples in `byteCount` bytes. */
export function samplesInBytes(format: PackedFormat, byteCount: number): number {
  const { blockSamples, blockBytes, cutBytes } = PACKINGS[format];
  const rest = byteCount % blockBytes;
  const whole = blockSamples * Math.floor(byteCount / blockBytes);
  return whole + cutBytes.filter((needed) => needed <= rest).length;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The ADC values in signal bytes, all signals as they are interleaved (format 8: the differences). */
export function unpackSamples(bytes: Uint8Array, format: PackedFormat): AdcValues {
  if (format === 16 && LITTLE_ENDIAN && bytes.byteOffset % 2 === 0) {
    return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  }
  if (format === 32 && LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
    return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  }
  const { unpack, wide } = PACKINGS[format];
  const count = samplesInBytes(format, bytes.length);
  const adc = wide ? new Int32Array(count) : new Int16Array(count);
  unpack(bytes, adc);
  return adc;
}

function unpack8(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0; index < adc.length; index++) adc[index] = (bytes[index]! << 24) >> 24;
}

function unpack16(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index++, at += 2) {
    adc[index] = ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
  }
}

function unpack24(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index++, at += 3) {
    adc[index] = ((bytes[at]! << 8) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 24)) >> 8;
  }
}

function unpack32(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index++, at += 4) {
    adc[index] =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
}

/** As 16, high byte first. */
function unpack61(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index++, at += 2) {
    adc[index] = (((bytes[at]! << 8) | bytes[at + 1]!) << 16) >> 16;
  }
}

/** Offset binary: 0 is -128. */
function unpack80(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0; index < adc.length; index++) adc[index] = bytes[index]! - 128;
}

/** Offset binary: 0 is -32768. */
function unpack160(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index++, at += 2) {
    adc[index] = (bytes[at]! | (bytes[at + 1]! << 8)) - 32768;
  }
}

function unpack212(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index += 2, at += 3) {
    const middle = bytes[at + 1]!;
    adc[index] = ((bytes[at]! | ((middle & 0x0f) << 8)) << 20) >> 20;
    if (index + 1 < adc.length) {
      adc[index + 1] = ((bytes[at + 2]! | ((middle & 0xf0) << 4)) << 20) >> 20;
    }
  }
}

/** Bits 1 to 10 of two words are a sample each; bits 11 to 15 of both make the third. */
function unpack310(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index += 3, at += 4) {
    const first = bytes[at]! | (bytes[at + 1]! << 8);
    const second = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
    adc[index] = (first << 21) >> 22;
    if (index + 1 < adc.length) adc[index + 1] = (second << 21) >> 22;
    if (index + 2 < adc.length) {
      adc[index + 2] = (((first >> 11) | ((second >> 11) << 5)) << 22) >> 22;
    }
  }
}

/** Three times ten bits of a word, the lowest first. */
function unpack311(bytes: Uint8Array, adc: AdcValues): void {
  for (let index = 0, at = 0; index < adc.length; index += 3, at += 4) {
    const low = bytes[at]! | (bytes[at + 1]! << 8) | ((bytes[at + 2] ?? 0) << 16);
    const word = low | ((bytes[at + 3] ?? 0) << 24);
    adc[index] = (word << 22) >> 22;
    if (index + 1 < adc.length) adc[index + 1] = (word << 12) >> 22;
    if (index + 2 < adc.length) adc[index + 2] = (word << 2) >> 22;
  }
}
