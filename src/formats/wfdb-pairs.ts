/**
 * Two neighbouring signals of one scale in one pass: 16-bit ADC values lie two in a word, so each word is
 * fetched once, and both millivolts come from one table. What it gives is what decodeSignal gives of each.
 */
import type { AdcValues } from './wfdb-packing.js';

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** ADC values as words of two; undefined where they do not lie so. */
export function wordsOf(adc: AdcValues, frameSize: number): Uint32Array | undefined {
  if (!(adc instanceof Int16Array) || !LITTLE_ENDIAN) return undefined;
  if (adc.byteOffset % 4 !== 0 || frameSize % 2 !== 0) return undefined;
  return new Uint32Array(adc.buffer, adc.byteOffset, adc.length >> 1);
}

export interface PairRange {
  readonly words: Uint32Array;
  /** Words a frame, and the word of the pair in it. */
  readonly frameWords: number;
  readonly wordOffset: number;
  readonly frameCount: number;
  /** Millivolts by the 16 bits of an ADC value (wfdb-scale-table.ts). */
  readonly table: Float32Array;
  readonly target: Float32Array;
  /** Where the two signals begin in `target`. */
  readonly offsets: readonly [number, number];
}

/** Decodes the pair; the sums of the ADC values, of whose low 16 bits the checksums are. */
export function decodePair(range: PairRange): readonly [number, number] {
  const { words, frameWords, wordOffset, frameCount, table, target } = range;
  let [firstOut, secondOut] = range.offsets;
  let firstSum = 0;
  let secondSum = 0;
  const end = frameCount * frameWords;
  for (let at = wordOffset; at < end; at += frameWords) {
    const word = words[at]!;
    const first = word & 0xffff;
    const second = word >>> 16;
    firstSum = (firstSum + first) | 0;
    secondSum = (secondSum + second) | 0;
    target[firstOut] = table[first]!;
    target[secondOut] = table[second]!;
    firstOut++;
    secondOut++;
  }
  return [firstSum, secondSum];
}
