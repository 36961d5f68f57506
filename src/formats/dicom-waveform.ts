/**
 * The multiplex groups of a DICOM waveform: which one is the rhythm, its channels and their scale.
 *
 * Source: DICOM PS3.3, C.10.9 (Waveform Module) and A.34 (12-lead, general and ambulatory ECG); PS3.16,
 * CID 3001. A sample is encoded * sensitivity * correction + baseline, in the channel's own unit. Skews
 * between channels, which are below one sample in practice, are not undone.
 */
import { PqrError } from '../ecg/errors.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { shown } from './byte-source.js';
import type { Channel } from './channels.js';
import type { DicomDataset } from './dicom-elements.js';
import { asciiOf } from './dicom-elements.js';
import { codeOf, decimalOf, textValueOf, unsignedOf } from './dicom-values.js';
import { scpLeadName } from './scp-leads.js';

const TAGS = Object.freeze({
  originality: 0x003a_0004,
  channelCount: 0x003a_0005,
  sampleCount: 0x003a_0010,
  samplingRate: 0x003a_001a,
  groupLabel: 0x003a_0020,
  channels: 0x003a_0200,
  channelLabel: 0x003a_0203,
  channelSource: 0x003a_0208,
  sensitivity: 0x003a_0210,
  sensitivityUnit: 0x003a_0211,
  correction: 0x003a_0212,
  baseline: 0x003a_0213,
  bitsStored: 0x003a_021a,
  bitsAllocated: 0x5400_1004,
  interpretation: 0x5400_1006,
  padding: 0x5400_100a,
  samples: 0x5400_1010,
});

export interface MultiplexGroup {
  readonly item: DicomDataset;
  readonly label: string;
  readonly original: boolean;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly samplingRateHz: number;
}

/** What a group says of itself. @throws `format.header` */
export function readGroupHead(item: DicomDataset, file: string): MultiplexGroup {
  const samplingRateHz = decimalOf(item, TAGS.samplingRate);
  const channelCount = unsignedOf(item, TAGS.channelCount);
  const sampleCount = unsignedOf(item, TAGS.sampleCount);
  if (samplingRateHz === undefined || !channelCount || !sampleCount) {
    throw new PqrError(
      'format.header',
      `${shown(file)}: a multiplex group has no sampling frequency, channels or samples (${samplingRateHz} Hz, ${channelCount} x ${sampleCount}).`,
    );
  }
  return {
    ...{ item, samplingRateHz, channelCount, sampleCount },
    label: textValueOf(item, TAGS.groupLabel) ?? '',
    original: !/^DERIVED/i.test(textValueOf(item, TAGS.originality) ?? ''),
  };
}

/** The rhythm among groups: original before derived, one called rhythm before others, then the longest. */
export function chooseRhythm(groups: readonly MultiplexGroup[]): MultiplexGroup {
  const rank = (group: MultiplexGroup): number[] => [
    group.original ? 1 : 0,
    /rhythm/i.test(group.label) ? 1 : 0,
    /median|average|beat/i.test(group.label) ? 0 : 1,
    group.channelCount * (group.sampleCount / group.samplingRateHz),
  ];
  return groups.reduce((best, group) => {
    const [a, b] = [rank(best), rank(group)];
    const differing = a.findIndex((value, index) => value !== b[index]);
    return differing !== -1 && b[differing]! > a[differing]! ? group : best;
  });
}

interface SampleCoding {
  readonly bytes: number;
  readonly signed: boolean;
}

const CODINGS: Readonly<Record<string, SampleCoding>> = {
  SB: { bytes: 1, signed: true },
  UB: { bytes: 1, signed: false },
  SS: { bytes: 2, signed: true },
  US: { bytes: 2, signed: false },
  SL: { bytes: 4, signed: true },
};

/** The channels of a group that are voltages. @throws `format.*` */
export function readChannels(group: MultiplexGroup, file: string): Channel[] {
  const { item, channelCount, sampleCount } = group;
  const definitions = item.get(TAGS.channels)?.items ?? [];
  if (definitions.length !== channelCount) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(file)}: a multiplex group has ${channelCount} channels but describes ${definitions.length}.`,
    );
  }
  const coding = codingOf(item, file);
  const bytes = item.get(TAGS.samples)?.bytes ?? new Uint8Array();
  const needed = channelCount * sampleCount * coding.bytes;
  if (bytes.length < needed) {
    throw new PqrError(
      'format.truncated',
      `${shown(file)}: the waveform data has ${bytes.length} bytes, ${channelCount} channels of ${sampleCount} samples need ${needed}.`,
      { hint: 'Copy the file again.' },
    );
  }
  const missingCode = paddingOf(item, coding);
  return definitions.flatMap((definition, index) => {
    const scale = scaleOf(definition, index, file);
    if (scale === undefined) return [];
    const values = new Int32Array(sampleCount);
    fill(values, bytes, { coding, first: index, step: channelCount });
    if (coding.signed) extendSign(values, unsignedOf(definition, TAGS.bitsStored), missingCode);
    return [{ ...scale, name: nameOf(definition, index), values, missingCode }];
  });
}

function codingOf(item: DicomDataset, file: string): SampleCoding {
  const interpretation = asciiOf(item.get(TAGS.interpretation)?.bytes);
  const coding = CODINGS[interpretation];
  if (coding === undefined || unsignedOf(item, TAGS.bitsAllocated) !== 8 * coding.bytes) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)}: the samples are coded as '${shown(interpretation)}' in ${unsignedOf(item, TAGS.bitsAllocated)} bits; ${Object.keys(CODINGS).join(', ')} in 8, 16 or 32 bits are read.`,
    );
  }
  return coding;
}

interface Interleaving {
  readonly coding: SampleCoding;
  readonly first: number;
  readonly step: number;
}

function fill(values: Int32Array, bytes: Uint8Array, { coding, first, step }: Interleaving): void {
  const width = coding.bytes;
  const shift = coding.signed ? 32 - 8 * width : 0;
  for (let sample = 0, at = first * width; sample < values.length; sample++, at += step * width) {
    let value = bytes[at]!;
    for (let more = 1; more < width; more++) value |= bytes[at + more]! << (8 * more);
    values[sample] = (value << shift) >> shift;
  }
}

/** Some writers leave the bits above those stored at zero, also of negative samples. */
function extendSign(values: Int32Array, bitsStored: number | undefined, missing?: number): void {
  if (bitsStored === undefined || bitsStored < 2 || bitsStored >= 32) return;
  const full = 2 ** bitsStored;
  let beyond = false;
  for (const value of values) {
    if (value === missing) continue;
    if (value < 0 || value >= full) return;
    if (value >= full / 2) beyond = true;
  }
  if (!beyond) return;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value >= full / 2 && value !== missing) values[index] = value - full;
  }
}

function paddingOf(item: DicomDataset, coding: SampleCoding): number | undefined {
  const bytes = item.get(TAGS.padding)?.bytes;
  if (bytes === undefined || bytes.length < coding.bytes) return undefined;
  const value = new Int32Array(1);
  fill(value, bytes, { coding, first: 0, step: 1 });
  return value[0];
}

const MAX_NAME_LENGTH = 64;

/** The lead by its code, else by what the code means or the channel is called. */
function nameOf(definition: DicomDataset, index: number): string {
  const source = codeOf(definition, TAGS.channelSource);
  const number = /^(?:5\.6\.3-9-|2:)(\d{1,3})$/.exec(source?.value ?? '')?.[1];
  const scheme = source?.scheme ?? '';
  const coded = /^(?:SCPECG|MDC)$/i.test(scheme) ? scpLeadName(Number(number)) : undefined;
  if (coded !== undefined) return coded;
  const name = source?.meaning || textValueOf(definition, TAGS.channelLabel) || `ch${index + 1}`;
  return name.split('(')[0]!.trim() || name.slice(0, MAX_NAME_LENGTH);
}

type Scale = Pick<Channel, 'adcPerMillivolt' | 'baseline'>;

/** Steps a millivolt; undefined where the unit is no voltage. @throws `format.header` */
function scaleOf(definition: DicomDataset, index: number, file: string): Scale | undefined {
  const unit = codeOf(definition, TAGS.sensitivityUnit);
  const sensitivity = decimalOf(definition, TAGS.sensitivity);
  if (unit === undefined || sensitivity === undefined || sensitivity === 0) {
    throw new PqrError(
      'format.header',
      `${shown(file)}: channel ${index + 1} does not say what a step is worth (sensitivity ${sensitivity}, unit ${shown(unit?.value ?? 'none')}).`,
      { hint: 'The file must state the channel sensitivity and its unit.' },
    );
  }
  const millivolts = millivoltsPerUnit(unit.value);
  if (millivolts === undefined) return undefined;
  const perUnit = sensitivity * (decimalOf(definition, TAGS.correction) ?? 1);
  const unitsPerMillivolt = millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
  const offset = decimalOf(definition, TAGS.baseline) ?? 0;
  return {
    adcPerMillivolt: unitsPerMillivolt / perUnit,
    baseline: offset === 0 ? 0 : -offset / perUnit,
  };
}
