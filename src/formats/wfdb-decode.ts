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
import { withBytes } from './file-source.js';
import { decodeFlac } from './flac.js';
import { checkMat4Header, MAT4_HEADER_BYTES, parseMat4Header } from './mat4.js';
import { warning } from './warnings.js';
import type { OpenGroup, OpenSignals } from './wfdb-group.js';
import {
  type AdcValues,
  bytesForSamples,
  FLAC_BITS,
  type FlacFormat,
  isFlacFormat,
  paddingBytes,
  samplesInBytes,
  unpackSamples,
} from './wfdb-packing.js';
import { type DecodeTarget, decodePicks } from './wfdb-picks.js';
import { addUpDifferences, checksumHolds } from './wfdb-signal.js';

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
    const wrong = await withGroup(group, open, (adc) => decodePicks({ group, open, adc }, target));
    if (wrong.length === group.picks.length) await checkSignalCount(group, open);
    warnIfLonger(group, open, warnings);
    mismatched.push(...wrong.map((pick) => pick.lead));
  }
  if (mismatched.length === 0) return;
  const list = mismatched.map(shown).join(', ');
  const message = `${shown(open.headerFile)}: the samples of ${list} don't add up to the header's checksum; they may be damaged or belong to another header.`;
  warnings.push(warning('format.checksum', message, mismatched));
}

/**
 * What `use` makes of the ADC values from the first sample on, as far as they are needed, interleaved in
 * frames. They are `use`'s until it returns.
 */
async function withGroup<T>(
  group: OpenGroup,
  open: OpenSignals,
  use: (adc: AdcValues) => T,
): Promise<T> {
  const { format, frameSize, maxSkewFrames, byteOffset, source } = group;
  const frames = Math.min(group.availableFrames, open.frameCount + maxSkewFrames);
  if (isFlacFormat(format)) return use(await readFlac(group, format, frames));
  await checkMatHeader(group, open);
  const end = byteOffset + bytesForSamples(format, frames * frameSize);
  return withBytes(source, byteOffset, end, (bytes) => {
    const adc = unpackSamples(bytes, format);
    if (format === 8) addUpDifferences(adc, frameSize, membersOf(group, open));
    return use(adc);
  });
}

/** Samples behind a MAT header are those of the matrix it describes. */
async function checkMatHeader(
  { source, byteOffset, frameSize, fileName }: OpenGroup,
  open: OpenSignals,
) {
  if (byteOffset !== MAT4_HEADER_BYTES) return;
  const mat = parseMat4Header(await source.slice(0, MAT4_HEADER_BYTES));
  const expected = { rowCount: frameSize, columnCount: open.frameCount };
  if (mat) checkMat4Header(mat, fileName, expected);
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
