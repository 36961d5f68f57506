/**
 * ISHNE Holter files of up to the length limit: the whole recording becomes one record.
 *
 * Source: Badilini, "The ISHNE Holter Standard Output File Format", Ann. Noninvasive Electrocardiol. 1998.
 * Offsets are from the start of the file. Annotation files (`ANN  1.0`) are not read. Names and birth
 * dates are not taken over.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord } from './channels.js';
import { crcCcitt } from './crc-ccitt.js';
import { isoOf, patientOf, type RecordFacts, yearsBetween } from './facts.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { decodeText } from './text.js';
import { warning } from './warnings.js';

const HEADER_BYTES = 522;
const MAX_LEADS = 12;
const AT = Object.freeze({
  checksum: 8,
  checked: 10,
  variableBytes: 10,
  sampleCount: 14,
  ecgOffset: 22,
  firstName: 28,
  lastName: 68,
  id: 108,
  sex: 128,
  birth: 132,
  recorded: 138,
  startTime: 150,
  leadCount: 156,
  leads: 158,
  resolutions: 206,
  recorder: 232,
  samplingRate: 272,
});

const LEADS: readonly string[] = [
  ...['', '', 'Vx', 'Vy', 'Vz', 'I', 'II', 'III', 'aVR', 'aVL', 'aVF'],
  ...['V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'ES', 'AS', 'AI'],
];
const SEX = [undefined, 'male', 'female'] as const;

/** Reads an ISHNE file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readIshne(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  checkLimit('fileBytes', source.byteLength, shown(file), limits);
  const head = await source.slice(0, HEADER_BYTES);
  if (head.length < HEADER_BYTES) throw truncated(file, source.byteLength, HEADER_BYTES);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const leadCount = view.getInt16(AT.leadCount, true);
  const samplingRateHz = view.getInt16(AT.samplingRate, true);
  const ecgOffset = view.getInt32(AT.ecgOffset, true);
  if (leadCount < 1 || leadCount > MAX_LEADS || samplingRateHz < 1 || ecgOffset < HEADER_BYTES) {
    throw new PqrError(
      'format.header',
      `${shown(file)} announces ${leadCount} leads at ${samplingRateHz} Hz from byte ${ecgOffset}.`,
    );
  }
  const warnings: EcgWarning[] = [warning('format.experimental', EXPERIMENTAL_MESSAGE)];
  const sampleCount = countSamples(view, source, { leadCount, ecgOffset }, warnings);
  checkSize({ leadCount, sampleCount, samplingRateHz }, limits);
  const end = ecgOffset + 2 * leadCount * sampleCount;
  await warnOfChecksum(source, head, view, warnings);
  const channels = readChannels(await source.slice(ecgOffset, end), view, {
    leadCount,
    sampleCount,
  });
  return makeChannelRecord(
    { ...readFacts(head, view), format: 'ishne', file, samplingRateHz, channels, warnings },
    options,
  );
}

const EXPERIMENTAL_MESSAGE =
  'ISHNE files are read experimentally: the reader was checked on files that other software wrote, not on a recorder.';

function truncated(file: string, got: number, needed: number): PqrError {
  return new PqrError(
    'format.truncated',
    `${shown(file)} has ${got} bytes, its header needs ${needed}.`,
    { hint: 'Copy the file again.' },
  );
}

interface Extent {
  readonly leadCount: number;
  readonly ecgOffset: number;
}

/**
 * The header's number is that of all leads together in some recorders' files and of each lead in others';
 * the file's length decides. @throws `format.truncated`
 */
function countSamples(
  view: DataView,
  source: ByteSource,
  { leadCount, ecgOffset }: Extent,
  warnings: EcgWarning[],
): number {
  const announced = view.getInt32(AT.sampleCount, true);
  const available = Math.floor((source.byteLength - ecgOffset) / (2 * leadCount));
  if (available < 1 || (announced > available && announced > available * leadCount)) {
    throw truncated(source.name, source.byteLength, ecgOffset + 2 * Math.max(1, announced));
  }
  if (announced === available || announced === available * leadCount || announced <= 0) {
    return available;
  }
  const message = `${shown(source.name)} announces ${announced} samples and holds ${available} a lead; all of them were read.`;
  warnings.push(warning('format.longer', message));
  return available;
}

async function warnOfChecksum(
  source: ByteSource,
  head: Uint8Array,
  view: DataView,
  warnings: EcgWarning[],
): Promise<void> {
  const variableBytes = Math.max(0, view.getInt32(AT.variableBytes, true));
  if (variableBytes > DEFAULT_LIMITS.headerBytes) return;
  const block =
    variableBytes === 0
      ? head.subarray(AT.checked)
      : await source.slice(AT.checked, HEADER_BYTES + variableBytes);
  if (view.getUint16(AT.checksum, true) === crcCcitt(block)) return;
  const message = `The header of ${shown(source.name)} does not fit its checksum; it may be damaged.`;
  warnings.push(warning('format.checksum', message));
}

interface Shape {
  readonly leadCount: number;
  readonly sampleCount: number;
}

function readChannels(
  bytes: Uint8Array,
  head: DataView,
  { leadCount, sampleCount }: Shape,
): Channel[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: leadCount }, (_, lead) => {
    const values = new Int16Array(sampleCount);
    for (let sample = 0, at = 2 * lead; sample < sampleCount; sample++, at += 2 * leadCount) {
      values[sample] = view.getInt16(at, true);
    }
    const name = LEADS[head.getInt16(AT.leads + 2 * lead, true)] ?? '';
    const nanovolts = head.getInt16(AT.resolutions + 2 * lead, true);
    return { name, values, adcPerMillivolt: 1e6 / nanovolts };
  });
}

function readFacts(head: Uint8Array, view: DataView): RecordFacts {
  const text = (at: number, length: number) =>
    decodeText(head.subarray(at, at + length))
      .split('\0')[0]!
      .trim();
  const three = (at: number) => [0, 2, 4].map((more) => view.getInt16(at + more, true));
  const date = (at: number, time: number[] = []) => {
    const [day, month, year] = three(at) as [number, number, number];
    return isoOf({ year, month, day, hour: time[0], minute: time[1], second: time[2] });
  };
  const recordedAt = date(AT.recorded, three(AT.startTime));
  const recorder = text(AT.recorder, 40);
  return {
    patient: patientOf({
      id: text(AT.id, 20),
      sex: SEX[view.getInt16(AT.sex, true)],
      ageYears: yearsBetween(date(AT.birth), recordedAt),
    }),
    recordedAt,
    comments: recorder === '' ? [] : [`Device: ${recorder}`],
    identity: { names: [text(AT.firstName, 40), text(AT.lastName, 40)] },
  };
}
