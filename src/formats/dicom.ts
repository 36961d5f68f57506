/**
 * DICOM ECG waveforms: 12-lead, general and ambulatory ECG storage become one record.
 *
 * Source: DICOM PS3.3 A.34 and C.10.8 to C.10.10. The rhythm is read; median beats and other multiplex
 * groups are named in the comments. Interpretation text becomes the report, measurements become comments.
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { type ByteSource, shown } from './byte-source.js';
import { makeChannelRecord, readWhole } from './channels.js';
import { asciiOf, type DicomDataset, parseDicom } from './dicom-elements.js';
import { identityOfDicom } from './dicom-identity.js';
import { codeOf, textValueOf } from './dicom-values.js';
import {
  chooseRhythm,
  type MultiplexGroup,
  readChannels,
  readGroupHead,
} from './dicom-waveform.js';
import {
  deviceMeasurement,
  distinctLines,
  isoOfDigits,
  patientOf,
  type RecordFacts,
  yearsBetween,
} from './facts.js';
import { parseSex } from './header-comments.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';

const TAGS = Object.freeze({
  acquisition: 0x0008_002a,
  studyDate: 0x0008_0020,
  studyTime: 0x0008_0030,
  contentDate: 0x0008_0023,
  contentTime: 0x0008_0033,
  manufacturer: 0x0008_0070,
  model: 0x0008_1090,
  patientId: 0x0010_0020,
  birthDate: 0x0010_0030,
  sex: 0x0010_0040,
  age: 0x0010_1010,
  annotations: 0x0040_b020,
  conceptName: 0x0040_a043,
  conceptCode: 0x0040_a168,
  numericValue: 0x0040_a30a,
  unit: 0x0040_08ea,
  samplePositions: 0x0040_a132,
  timeOffsets: 0x0040_a138,
  text: 0x0070_0006,
  waveforms: 0x5400_0100,
});

const SOP_CLASS = new TextEncoder().encode('1.2.840.10008.5.1.4.1.1.');
const SOP_CLASS_TAG = [0x02, 0x00, 0x02, 0x00];

/** True unless the first bytes of a DICOM file say that it is no waveform (an image, a report). */
export function dicomMayBeEcg(start: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(start.subarray(0, 1024));
  const tag = text.indexOf(String.fromCharCode(...SOP_CLASS_TAG), 128);
  const prefix = new TextDecoder().decode(SOP_CLASS);
  const at = tag === -1 ? -1 : text.indexOf(prefix, tag);
  return at === -1 || at > tag + 16 || text.startsWith('9.', at + prefix.length);
}

/** Reads a DICOM file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readDicom(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const { dataset } = parseDicom(await readWhole(source, options), file, limits);
  const items = dataset.get(TAGS.waveforms)?.items ?? [];
  if (items.length === 0) {
    throw new PqrError('record.invalid', `${shown(file)} is a DICOM file without a waveform.`, {
      hint: 'ECGs are stored as 12-lead, general or ambulatory ECG waveforms; an image can not be read.',
    });
  }
  const groups = items.map((item) => readGroupHead(item, file));
  const rhythm = chooseRhythm(groups);
  const { channelCount: leadCount, sampleCount, samplingRateHz } = rhythm;
  checkSize({ leadCount, sampleCount, samplingRateHz }, limits);
  const channels = readChannels(rhythm, file);
  const warnings: EcgWarning[] = [];
  if (channels.length < leadCount) {
    const message = `${leadCount - channels.length} channels of ${shown(file)} are no voltage and were left out.`;
    warnings.push(warning('format.signal-dropped', message));
  }
  const leftOut = groups.filter((group) => group !== rhythm).map(describeGroup);
  const facts = readFacts(dataset, leftOut);
  return makeChannelRecord(
    { ...facts, format: 'dicom', file, samplingRateHz, channels, warnings },
    options,
  );
}

function describeGroup({ label, channelCount, sampleCount, samplingRateHz }: MultiplexGroup) {
  const seconds = Math.round((sampleCount / samplingRateHz) * 100) / 100;
  return `Not read: multiplex group ${label || 'without label'}, ${channelCount} channels, ${seconds} s`;
}

function readFacts(dataset: DicomDataset, leftOut: readonly string[]): RecordFacts {
  const text = (tag: number) => textValueOf(dataset, tag);
  const joined = (date: number, time: number) =>
    text(date) && isoOfDigits(`${text(date)}${text(time)?.slice(0, 6) ?? ''}`);
  const recordedAt =
    isoOfDigits(text(TAGS.acquisition)) ??
    joined(TAGS.contentDate, TAGS.contentTime) ??
    joined(TAGS.studyDate, TAGS.studyTime);
  const birth = isoOfDigits(text(TAGS.birthDate));
  const annotations = dataset.get(TAGS.annotations)?.items ?? [];
  const device = distinctLines([
    [text(TAGS.manufacturer), text(TAGS.model)].filter(Boolean).join(' '),
  ]);
  return {
    patient: patientOf({
      id: text(TAGS.patientId),
      ageYears: parseDicomAge(text(TAGS.age)) ?? yearsBetween(birth, recordedAt),
      sex: parseSex(text(TAGS.sex) ?? ''),
    }),
    recordedAt,
    report: distinctLines(annotations.map((item) => textValueOf(item, TAGS.text))).join('\n'),
    codes: annotations.flatMap(readStatement),
    comments: [
      ...device.map((name) => `Device: ${name}`),
      ...annotations.flatMap(readMeasurement),
      ...leftOut,
    ],
    identity: identityOfDicom(dataset),
  };
}

/** `042Y`, `010M`, `003W`, `012D`. */
function parseDicomAge(text: string | undefined): number | undefined {
  const [, count, unit] = /^(\d{1,3})([YMWD])$/.exec(text ?? '') ?? [];
  if (count === undefined) return undefined;
  const perYear = { Y: 1, M: 12, W: 52.18, D: 365.25 }[unit as 'Y' | 'M' | 'W' | 'D'];
  return Math.floor(Number(count) / perYear);
}

/** A coded statement of the device. */
function readStatement(item: DicomDataset): string[] {
  if (item.has(TAGS.numericValue)) return [];
  const code = codeOf(item, TAGS.conceptCode);
  return code?.value ? [code.value] : [];
}

/** A measurement of the whole recording: one number with a name and no place in it. */
function readMeasurement(item: DicomDataset): string[] {
  if (item.has(TAGS.samplePositions) || item.has(TAGS.timeOffsets)) return [];
  const name = codeOf(item, TAGS.conceptName)?.meaning;
  const value = asciiOf(item.get(TAGS.numericValue)?.bytes);
  if (!name || value === '' || Number(value) === 0) return [];
  return deviceMeasurement(name, value, codeOf(item, TAGS.unit)?.value ?? '');
}
