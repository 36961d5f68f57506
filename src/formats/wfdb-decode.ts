/**
 * Reading of opened WFDB signal files: bytes in, samples in millivolts out, and the remarks on the way.
 *
 * A checksum that doesn't fit and a file that is too long are warnings; a file that provably holds
 * another number of signals, or a MAT matrix of another shape, is an error, as every lead would be wrong.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import type { EcgWarning } from '../ecg/record.js';
import { shown } from './byte-source.js';
import { decodeFlac } from './flac.js';
import { checkMat4Header, MAT4_HEADER_BYTES, parseMat4Header } from './mat4.js';
import { warning } from './warnings.js';
import type { OpenGroup, OpenSignals, PickedSignal } from './wfdb-group.js';
import {
  type AdcValues,
  bytesForSamples,
  FLAC_BITS,
  type FlacFormat,
  isFlacFormat,
  type PackedFormat,
  paddingBytes,
  samplesInBytes,
  unpackSamples,
} from './wfdb-packing.js';
import {
  addUpDifferences,
  checksumHolds,
  decodeSignal,
  type SignalLayout,
  stretchSamples,
} from './wfdb-signal.js';

/** Where decoded samples go: `[rows x rowLength]`, from `startSample` of each row on. */
export interface DecodeTarget {
  readonly samples: Float32Array;
  readonly rowLength: number;
  readonly startSample: number;
  /** Samples a frame of the record; signals with fewer are stretched. */
  readonly samplesPerFrame: number;
}

const MAX_TRIED_SIGNALS = 64;

/**
 * Decodes every picked signal; what is wrong but readable goes to `warnings`.
 * @throws `format.inconsistent`, `format.unsupported`, `file.*`, `request.aborted`
 */
export async function decodeSignals(
  open: OpenSignals,
  target: DecodeTarget,
  warnings: EcgWarning[],
  signal?: AbortSignal,
): Promise<void> {
  const mismatched: string[] = [];
  for (const group of open.groups) {
    throwIfAborted(signal);
    const adc = await readGroup(group, open);
    const wrong = group.picks.filter((pick) => {
      const picked = { group, open, adc, pick };
      return !checksumFits(picked, decodePick(picked, target));
    });
    if (wrong.length === group.picks.length) await checkSignalCount(group, open);
    warnIfLonger(group, open, warnings);
    mismatched.push(...wrong.map((pick) => pick.lead));
  }
  if (mismatched.length === 0) return;
  const list = mismatched.map(shown).join(', ');
  const message = `${shown(open.headerFile)}: the samples of ${list} don't add up to the header's checksum; they may be damaged or belong to another header.`;
  warnings.push(warning('format.checksum', message, mismatched));
}

/** The ADC values from the first sample on, as far as they are needed, interleaved in frames. */
async function readGroup(group: OpenGroup, open: OpenSignals): Promise<AdcValues> {
  const { format, frameSize, maxSkewFrames } = group;
  const frames = Math.min(group.availableFrames, open.frameCount + maxSkewFrames);
  if (isFlacFormat(format)) return readFlac(group, format, frames);
  const adc = unpackSamples(await readBytes(group, open, format, frames * frameSize), format);
  if (format === 8) addUpDifferences(adc, frameSize, membersOf(group, open));
  return adc;
}

/** The bytes of the samples; checks a MAT header before them. */
async function readBytes(
  group: OpenGroup,
  open: OpenSignals,
  format: PackedFormat,
  sampleCount: number,
): Promise<Uint8Array> {
  const { source, byteOffset, frameSize } = group;
  const end = byteOffset + bytesForSamples(format, sampleCount);
  if (byteOffset !== MAT4_HEADER_BYTES) return source.slice(byteOffset, end);
  const bytes = await source.slice(0, end);
  const mat = parseMat4Header(bytes);
  const expected = { rowCount: frameSize, columnCount: open.frameCount };
  if (mat) checkMat4Header(mat, group.fileName, expected);
  return bytes.subarray(byteOffset);
}

/** Every signal of a group's file with its place and, for format 8, its first value. */
function membersOf(group: OpenGroup, open: OpenSignals) {
  return [...group.frameOffsets].map(([index, frameOffset]) => {
    const { samplesPerFrame, initialValue = 0 } = open.header.signals[index]!;
    return { frameOffset, samplesPerFrame, initialValue };
  });
}

/** A FLAC stream has a channel a signal, with samplesPerFrame samples in a frame. */
async function readFlac(group: OpenGroup, format: FlacFormat, frames: number): Promise<AdcValues> {
  const { source, byteOffset, frameSize, frameOffsets } = group;
  const samplesPerFrame = frameSize / frameOffsets.size;
  // A skew may ask for more than the record holds, and a stream may promise any length.
  checkLimit('sampleCount', (byteOffset + frames) * frameSize, shown(group.fileName));
  const bytes = await source.slice(0, source.byteLength);
  const channels = decodeFlac(bytes, byteOffset + frames * samplesPerFrame);
  const length = frames * frameSize;
  const adc = FLAC_BITS[format] <= 16 ? new Int16Array(length) : new Int32Array(length);
  for (let index = 0; index < channels.length; index++) {
    const channel = channels[index]!;
    let sample = byteOffset;
    for (let first = index * samplesPerFrame; first < length; first += frameSize) {
      for (let at = first; at < first + samplesPerFrame; at++) adc[at] = channel[sample++]!;
    }
  }
  return adc;
}

interface PickedValues {
  readonly group: OpenGroup;
  readonly open: OpenSignals;
  readonly adc: AdcValues;
  readonly pick: PickedSignal;
}

function layoutOf({ group, open, adc, pick }: PickedValues): SignalLayout {
  const { format, frameSize } = group;
  const { samplesPerFrame } = open.header.signals[pick.signalIndex]!;
  const frameOffset = group.frameOffsets.get(pick.signalIndex)!;
  return { adc, format, frameSize, frameOffset, samplesPerFrame };
}

/** Decodes a signal into its row; returns the sum of its ADC values. */
function decodePick(picked: PickedValues, target: DecodeTarget): number {
  const { group, open, pick } = picked;
  const layout = layoutOf(picked);
  const { samplesPerFrame } = layout;
  const { skewFrames: start } = open.header.signals[pick.signalIndex]!;
  const count = Math.max(0, Math.min(open.frameCount, group.availableFrames - start));
  const offset = pick.row * target.rowLength + target.startSample;
  const { samples } = target;
  if (samplesPerFrame === target.samplesPerFrame) {
    const sum = decodeSignal(layout, pick.scale, { start, count, target: samples, offset });
    const end = offset + open.frameCount * samplesPerFrame;
    samples.fill(Number.NaN, offset + count * samplesPerFrame, end);
    return sum;
  }
  const own = new Float32Array(open.frameCount * samplesPerFrame).fill(Number.NaN);
  const sum = decodeSignal(layout, pick.scale, { start, count, target: own, offset: 0 });
  stretchSamples(own, samples, offset, target.samplesPerFrame / samplesPerFrame);
  return sum;
}

/** The sum that decoding gave settles it, unless a skew moved the range or missing samples differ. */
function checksumFits(picked: PickedValues, sum: number): boolean {
  const { open, pick } = picked;
  const { checksum, skewFrames } = open.header.signals[pick.signalIndex]!;
  if (checksum === undefined) return true;
  if (skewFrames === 0 && ((sum - checksum) & 0xffff) === 0) return true;
  return checksumHolds(layoutOf(picked), open.frameCount, checksum);
}

/**
 * A header that names fewer signals than the file holds would scramble all of them. It is certain where
 * the file's length and most checksums fit another number of signals.
 */
async function checkSignalCount(group: OpenGroup, open: OpenSignals): Promise<void> {
  const { format, byteOffset, source } = group;
  const { frameCount, header } = open;
  if (isFlacFormat(format) || format === 8) return;
  const signalBytes = source.byteLength - byteOffset;
  const frameSize = Math.floor(samplesInBytes(format, signalBytes) / frameCount);
  if (frameSize <= group.frameSize || frameSize > MAX_TRIED_SIGNALS) return;
  if (signalBytes > bytesForSamples(format, frameSize * frameCount) + paddingBytes(format)) return;
  const adc = unpackSamples(await source.slice(byteOffset, source.byteLength), format);
  const fits = group.picks.filter((pick) => {
    const { checksum, samplesPerFrame } = header.signals[pick.signalIndex]!;
    for (let frameOffset = 0; frameOffset + samplesPerFrame <= frameSize; frameOffset++) {
      const layout = { adc, format, frameSize, frameOffset, samplesPerFrame };
      if (checksumHolds(layout, frameCount, checksum!)) return true;
    }
    return false;
  });
  if (fits.length <= group.picks.length / 2) return;
  throw new PqrError(
    'format.inconsistent',
    `${shown(group.fileName)} holds ${frameSize} signals by its length and checksums; ${shown(open.headerFile)} names ${group.frameSize}.`,
    { hint: 'Correct the header: it leaves signals out.' },
  );
}

function warnIfLonger(group: OpenGroup, open: OpenSignals, warnings: EcgWarning[]): void {
  if (open.header.sampleCount === undefined) return;
  const { byteOffset, format, frameSize, source, maxSkewFrames } = group;
  if (isFlacFormat(format)) return;
  const frames = open.frameCount + maxSkewFrames;
  const needed = byteOffset + bytesForSamples(format, frames * frameSize);
  if (source.byteLength <= needed + paddingBytes(format)) return;
  const message = `${shown(group.fileName)} has ${source.byteLength} bytes, its header needs ${needed}; the rest was not read.`;
  warnings.push(warning('format.longer', message));
}
