/**
 * FLAC streams to integers, as WFDB formats 508, 516 and 524 store signals.
 *
 * Source: RFC 9639 (FLAC). Every frame's two checksums are verified; the MD5 sum of the whole is not, as
 * a record may be read in part. No seeking, no Ogg, no metadata but STREAMINFO.
 */
import { PqrError } from '../ecg/errors.js';
import { FlacBits, flacCrc8, flacCrc16, flacError } from './flac-bits.js';
import { decodeSubframe } from './flac-subframe.js';

/** Bytes that hold the marker and STREAMINFO. */
export const FLAC_HEAD_BYTES = 42;
const STREAMINFO_BYTES = 34;

export interface FlacInfo {
  readonly channelCount: number;
  readonly bitsPerSample: number;
  /** Samples a channel; 0 where the stream doesn't say. */
  readonly sampleCount: number;
}

/** Reads the head of a stream. @throws `format.header` */
export function parseFlacInfo(head: Uint8Array): FlacInfo {
  const marker = String.fromCharCode(...head.subarray(0, 4));
  if (head.length < FLAC_HEAD_BYTES || marker !== 'fLaC' || (head[4]! & 0x7f) !== 0) {
    throw new PqrError('format.header', 'The signal file does not begin as a FLAC stream.', {
      hint: 'WFDB formats 508, 516 and 524 need one.',
    });
  }
  const reader = new FlacBits(head, 4 + 4 + 10 + 2);
  reader.unsigned(4); // the rest of the audio sampling rate, which WFDB doesn't use
  const channelCount = reader.unsigned(3) + 1;
  const bitsPerSample = reader.unsigned(5) + 1;
  const sampleCount = reader.unsigned(4) * 2 ** 32 + reader.unsigned(32);
  return { channelCount, bitsPerSample, sampleCount };
}

/** The first byte behind the metadata blocks. */
function findFrames(bytes: Uint8Array): number {
  let at = 4;
  for (let last = false; !last; ) {
    if (at + 4 > bytes.length) flacError('it ends inside its metadata');
    last = (bytes[at]! & 0x80) !== 0;
    at += 4 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  if (at < 4 + 4 + STREAMINFO_BYTES) flacError('it has no stream information');
  return at;
}

/**
 * The first `sampleCount` samples of every channel; the arrays are allocated before decoding begins.
 * @throws `format.inconsistent` (damaged or too short), `format.header`
 */
export function decodeFlac(bytes: Uint8Array, sampleCount: number): Int32Array[] {
  const info = parseFlacInfo(bytes.subarray(0, FLAC_HEAD_BYTES));
  const channels = Array.from({ length: info.channelCount }, () => new Int32Array(sampleCount));
  let at = findFrames(bytes);
  let done = 0;
  while (done < sampleCount) {
    const frame = decodeFrame(bytes, at, info);
    const taken = Math.min(frame.blockSize, sampleCount - done);
    for (const [index, channel] of channels.entries()) {
      channel.set(frame.channels[index]!.subarray(0, taken), done);
    }
    done += taken;
    at = frame.end;
  }
  return channels;
}

interface Frame {
  readonly channels: readonly Int32Array[];
  readonly blockSize: number;
  readonly end: number;
}

interface FrameHead {
  readonly blockSize: number;
  readonly assignment: number;
}

const SAMPLE_BITS = [0, 8, 12, -1, 16, 20, 24, 32];

function decodeFrame(bytes: Uint8Array, start: number, info: FlacInfo): Frame {
  const reader = new FlacBits(bytes, start);
  const { blockSize, assignment } = readFrameHead(reader, bytes, start, info);
  const channels = Array.from({ length: info.channelCount }, (_, channel) => {
    const samples = new Int32Array(blockSize);
    const side = (assignment === 9 ? 0 : 1) === channel && assignment >= 8;
    decodeSubframe(reader, info.bitsPerSample + (side ? 1 : 0), samples);
    return samples;
  });
  reader.alignToByte();
  const end = reader.bytePosition;
  if (reader.unsigned(16) !== flacCrc16(bytes.subarray(start, end))) {
    flacError('a frame does not fit its checksum');
  }
  if (assignment >= 8) undoStereo(channels[0]!, channels[1]!, assignment);
  return { channels, blockSize, end: end + 2 };
}

function readFrameHead(
  reader: FlacBits,
  bytes: Uint8Array,
  start: number,
  info: FlacInfo,
): FrameHead {
  if (reader.unsigned(15) !== 0x7ffc) flacError('a frame does not begin where it should');
  reader.unsigned(1); // fixed or variable block size: only the coded number differs
  const sizeCode = reader.unsigned(4);
  const rateCode = reader.unsigned(4);
  const assignment = reader.unsigned(4);
  const bitsCode = reader.unsigned(3);
  reader.unsigned(1);
  skipCodedNumber(reader);
  const blockSize = readBlockSize(reader, sizeCode);
  if (rateCode >= 12) reader.unsigned(rateCode === 12 ? 8 : 16);
  const headEnd = reader.bytePosition;
  if (reader.unsigned(8) !== flacCrc8(bytes.subarray(start, headEnd))) {
    flacError('a frame header does not fit its checksum');
  }
  const channelCount = assignment < 8 ? assignment + 1 : 2;
  if (assignment > 10 || channelCount !== info.channelCount) {
    flacError('a frame has another number of channels');
  }
  if (bitsCode !== 0 && SAMPLE_BITS[bitsCode] !== info.bitsPerSample) {
    flacError('a frame has other bits a sample');
  }
  return { blockSize, assignment };
}

/** The number of the frame or sample, in the way UTF-8 codes characters. */
function skipCodedNumber(reader: FlacBits): void {
  const first = reader.unsigned(8);
  const ones = Math.clz32(~(first << 24));
  if (ones === 1 || ones > 7) flacError('a frame number is not coded as it should be');
  for (let more = 1; more < ones; more++) reader.unsigned(8);
}

function readBlockSize(reader: FlacBits, code: number): number {
  if (code === 0) flacError('a frame has a reserved block size');
  if (code === 1) return 192;
  if (code <= 5) return 144 * 2 ** code;
  if (code === 6) return reader.unsigned(8) + 1;
  if (code === 7) return reader.unsigned(16) + 1;
  return 2 ** code;
}

/** Left-side (8), side-right (9) and mid-side (10) back to two channels. */
function undoStereo(first: Int32Array, second: Int32Array, assignment: number): void {
  for (let index = 0; index < first.length; index++) {
    const a = first[index]!;
    const b = second[index]!;
    if (assignment === 8) second[index] = a - b;
    else if (assignment === 9) first[index] = a + b;
    else {
      const middle = 2 * a + (b & 1);
      first[index] = (middle + b) >> 1;
      second[index] = (middle - b) >> 1;
    }
  }
}
