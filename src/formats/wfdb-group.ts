/**
 * The signal files of a WFDB header: which signals share a file, and whether it is long enough.
 *
 * Source: PhysioNet's WFDB manual, header(5) and signal(5). Unknown formats are refused by name.
 * Nothing is decoded here (wfdb-decode.ts).
 */
import { PqrError } from '../ecg/errors.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import { FLAC_HEAD_BYTES, parseFlacInfo } from './flac.js';
import type { WfdbHeader, WfdbSignal } from './wfdb-header.js';
import {
  bytesForSamples,
  DECODED_FORMATS,
  type DecodedFormat,
  FLAC_BITS,
  isDecodedFormat,
  isFlacFormat,
  samplesInBytes,
} from './wfdb-packing.js';
import type { SignalScale } from './wfdb-signal.js';

/** A signal to decode and the row of the record it becomes. */
export interface PickedSignal {
  readonly signalIndex: number;
  readonly row: number;
  readonly lead: string;
  readonly scale: SignalScale;
}

/** The signals of one file. */
export interface SignalGroup {
  readonly fileName: string;
  readonly format: DecodedFormat;
  /** Bytes before the first sample; in a FLAC stream, samples a channel before it. */
  readonly byteOffset: number;
  /** Samples of all signals in one frame. */
  readonly frameSize: number;
  /** By signal index, for all signals of the file. */
  readonly frameOffsets: ReadonlyMap<number, number>;
  readonly picks: readonly PickedSignal[];
  /** Frames by which the latest of the picked signals is shifted. */
  readonly maxSkewFrames: number;
}

export interface OpenGroup extends SignalGroup {
  readonly source: ByteSource;
  readonly availableFrames: number;
}

/** The opened signal files of one header. */
export interface OpenSignals {
  readonly header: WfdbHeader;
  readonly headerFile: string;
  readonly frameCount: number;
  readonly groups: readonly OpenGroup[];
}

function checkFormat(signal: WfdbSignal, headerFile: string): DecodedFormat {
  if (isDecodedFormat(signal.format)) return signal.format;
  throw new PqrError(
    'format.unsupported',
    `${shown(headerFile)}: ${shown(signal.fileName)} is in WFDB format ${signal.format}; formats ${DECODED_FORMATS.join(', ')} are read.`,
    {
      hint: 'Convert it with the WFDB tools: xform -O 16.',
      details: { wfdbFormat: signal.format },
    },
  );
}

interface Placement {
  readonly frameOffsets: ReadonlyMap<number, number>;
  readonly frameSize: number;
}

/** Where each signal of a file lies in a frame. @throws `format.header` */
function placeSignals(
  members: readonly (readonly [number, WfdbSignal])[],
  headerFile: string,
): Placement {
  const [, first] = members[0]!;
  const frameOffsets = new Map<number, number>();
  let frameSize = 0;
  for (const [index, signal] of members) {
    if (signal.format !== first.format || signal.byteOffset !== first.byteOffset) {
      throw new PqrError(
        'format.header',
        `${shown(headerFile)}: the signals in ${shown(first.fileName)} have different formats or offsets.`,
      );
    }
    if (isFlacFormat(first.format) && signal.samplesPerFrame !== first.samplesPerFrame) {
      throw new PqrError(
        'format.header',
        `${shown(headerFile)}: the signals in the FLAC stream ${shown(first.fileName)} have different numbers of samples a frame.`,
      );
    }
    frameOffsets.set(index, frameSize);
    frameSize += signal.samplesPerFrame;
  }
  return { frameOffsets, frameSize };
}

function groupPicks(
  signals: readonly WfdbSignal[],
  allPicks: readonly PickedSignal[],
  headerFile: string,
): SignalGroup[] {
  const fileNames = new Set(allPicks.map((pick) => signals[pick.signalIndex]!.fileName));
  return [...fileNames].map((fileName) => {
    const members = [...signals.entries()].filter(([, signal]) => signal.fileName === fileName);
    const [, first] = members[0]!;
    const format = checkFormat(first, headerFile);
    const placement = placeSignals(members, headerFile);
    const picks = allPicks.filter((pick) => placement.frameOffsets.has(pick.signalIndex));
    const skews = picks.map((pick) => signals[pick.signalIndex]!.skewFrames);
    const { byteOffset } = first;
    return { fileName, format, byteOffset, ...placement, picks, maxSkewFrames: Math.max(...skews) };
  });
}

async function openGroup(group: SignalGroup, folder: SourceFolder): Promise<OpenGroup> {
  const source = await folder.open(group.fileName);
  if (source.byteLength === 0) {
    throw new PqrError('format.empty', `${shown(group.fileName)} is empty (0 bytes).`);
  }
  const sampleCount = await countSamples(group, source);
  return { ...group, source, availableFrames: Math.floor(sampleCount / group.frameSize) };
}

/** Samples of all signals together that a file holds. @throws `format.inconsistent`, `format.header` */
async function countSamples(group: SignalGroup, source: ByteSource): Promise<number> {
  const { format, byteOffset, fileName, frameOffsets } = group;
  if (!isFlacFormat(format)) {
    return samplesInBytes(format, Math.max(0, source.byteLength - byteOffset));
  }
  const info = parseFlacInfo(await source.slice(0, FLAC_HEAD_BYTES));
  const bits = FLAC_BITS[format];
  if (info.channelCount !== frameOffsets.size || info.bitsPerSample > bits) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(fileName)} is a FLAC stream of ${info.channelCount} channels with ${info.bitsPerSample} bits; its header says ${frameOffsets.size} signals of at most ${bits} bits.`,
    );
  }
  return Math.max(0, info.sampleCount - byteOffset) * info.channelCount;
}

/**
 * Opens the files of the picked signals and settles how many frames the record has.
 * @throws `format.truncated`, `format.empty`, `format.unsupported`, `format.header`, `format.escape`, `file.*`
 */
export async function openSignals(
  header: WfdbHeader,
  headerFile: string,
  picks: readonly PickedSignal[],
  folder: SourceFolder,
): Promise<OpenSignals> {
  const groups: OpenGroup[] = [];
  for (const group of groupPicks(header.signals, picks, headerFile)) {
    groups.push(await openGroup(group, folder));
  }
  const available = groups.map((group) => group.availableFrames);
  const frameCount = header.sampleCount ?? Math.min(...available);
  for (const group of groups) checkLength(group, Math.max(1, frameCount), headerFile);
  return { header, headerFile, frameCount, groups };
}

function checkLength(group: OpenGroup, frameCount: number, headerFile: string): void {
  const { byteOffset, format, frameSize, availableFrames, fileName } = group;
  if (availableFrames >= frameCount) return;
  const gotBytes = group.source.byteLength;
  const neededBytes = isFlacFormat(format)
    ? undefined
    : byteOffset + bytesForSamples(format, frameSize * frameCount);
  const needs = neededBytes === undefined ? 'more' : `${neededBytes}`;
  throw new PqrError(
    'format.truncated',
    `${shown(fileName)} has ${gotBytes} bytes, but ${shown(headerFile)} needs ${needs}: ${availableFrames} of ${frameCount} samples a signal are there (${frameSize} in a frame).`,
    {
      hint: 'The file was cut off (copy it again), or its header gives a wrong number of samples or signals.',
      details: { file: fileName, gotBytes, ...(neededBytes !== undefined && { neededBytes }) },
    },
  );
}
