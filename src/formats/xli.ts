/**
 * XLI, the compression of waveforms in Philips Sierra XML: LZW of 10-bit codes over second differences.
 *
 * Source: the description in sierra-ecg-tools (Watford; MIT licence), which reverse-engineered it. A
 * chunk a lead: length (4 bytes), a number (2), the first sample's predecessor (2), then LZW bytes: the
 * high bytes of all differences, then the low bytes.
 */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

const CHUNK_HEAD_BYTES = 8;
const CODE_BITS = 10;
const MAX_CODE = 2 ** CODE_BITS - 2;
const FIRST_FREE_CODE = 256;
/** Added to every difference so that small ones are positive. */
const DIFFERENCE_OFFSET = 64;

function damaged(file: string, why: string): PqrError {
  return new PqrError('format.truncated', `${shown(file)}: the XLI waveform is damaged: ${why}.`, {
    hint: 'Export or copy the file again.',
  });
}

/** The leads of compressed bytes, each of `sampleCount` samples. @throws `format.truncated` */
export function decodeXli(bytes: Uint8Array, sampleCount: number, file: string): Int16Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const leads: Int16Array[] = [];
  for (let at = 0; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    const start = view.getInt16(at + 6, true);
    const begin = at + CHUNK_HEAD_BYTES;
    if (length === 0 || begin + length > bytes.length) {
      throw damaged(
        file,
        `lead ${leads.length + 1} needs ${length} bytes, ${bytes.length - begin} are there`,
      );
    }
    // One sample more than expected is room enough to notice that there are more.
    const unpacked = inflateLzw(bytes.subarray(begin, begin + length), 2 * sampleCount + 2);
    if (unpacked.length >> 1 !== sampleCount) {
      throw damaged(
        file,
        `lead ${leads.length + 1} holds ${unpacked.length >> 1} samples, ${sampleCount} are announced`,
      );
    }
    leads.push(addUp(unpacked, sampleCount, start));
    at = begin + length;
  }
  return leads;
}

/** LZW with codes of constant width; at most `maxLength` bytes. Each new string is an older one + a byte. */
function inflateLzw(bytes: Uint8Array, maxLength: number): Uint8Array {
  const output = new Uint8Array(maxLength);
  /** Where in the output each string of the table was written, and how long it is. */
  const starts = new Int32Array(MAX_CODE + 1);
  const lengths = new Int32Array(MAX_CODE + 1);
  let nextCode = FIRST_FREE_CODE;
  let written = 0;
  let previousStart = -1;
  let previousLength = 0;
  const codeCount = Math.floor((bytes.length * 8) / CODE_BITS);
  for (let index = 0; index < codeCount && written < maxLength; index++) {
    const code = codeAt(bytes, index * CODE_BITS);
    if (code > MAX_CODE || (code > nextCode && code >= FIRST_FREE_CODE)) break;
    if (previousStart !== -1 && nextCode <= MAX_CODE) {
      // The previous string and the byte that follows it, which is the next one written.
      starts[nextCode] = previousStart;
      lengths[nextCode] = previousLength + 1;
      nextCode++;
    }
    const literal = code < FIRST_FREE_CODE;
    const length = literal ? 1 : lengths[code]!;
    if (length === 0) break;
    const from = starts[code]!;
    const begin = written;
    for (let offset = 0; offset < length && written < maxLength; offset++) {
      output[written++] = literal ? code : output[from + offset]!;
    }
    previousStart = begin;
    previousLength = length;
  }
  return output.subarray(0, written);
}

function codeAt(bytes: Uint8Array, bit: number): number {
  const byte = bit >> 3;
  const word = (bytes[byte]! << 16) | (bytes[byte + 1]! << 8) | (bytes[byte + 2] ?? 0);
  return (word >> (24 - CODE_BITS - (bit & 7))) & (2 ** CODE_BITS - 1);
}

/** Second differences, high and low bytes apart, to samples; 16-bit arithmetic as the device does it. */
function addUp(unpacked: Uint8Array, sampleCount: number, start: number): Int16Array {
  const samples = new Int16Array(sampleCount);
  for (let index = 0; index < sampleCount; index++) {
    samples[index] = (unpacked[index]! << 8) | unpacked[sampleCount + index]!;
  }
  let last = start;
  for (let index = 2; index < sampleCount; index++) {
    const difference = samples[index]!;
    samples[index] = 2 * samples[index - 1]! - samples[index - 2]! - last;
    last = difference - DIFFERENCE_OFFSET;
  }
  return samples;
}
