/**
 * ECG records as WFDB: a header and one signal file in format 16.
 *
 * Source: PhysioNet's WFDB manual, header(5) and signal(5). Where the record remembers its ADC steps and
 * all samples are whole steps, the very same numbers are written (baseline 0 where they fit); otherwise
 * each lead gets the finest whole gain that fits 16 bits. Missing samples are -32768.
 */
import { PqrError } from '../ecg/errors.js';
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { shown } from './byte-source.js';

const MISSING = -32768;
const MAX_STEP = 32767;
/** Finer than any recorder: 10 nV a step. */
const MAX_GAIN = 100_000;
const DEFAULT_GAIN = 1000;
const MAX_BASELINE = 2 ** 30;
const LINE_LENGTH = 2000;

/** One lead as ADC values: adc = round(mV * gain) + baseline. */
export interface QuantisedLead {
  readonly adc: Int16Array;
  readonly gain: number;
  readonly baseline: number;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function rangeOf(samples: Float32Array): Range | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of samples) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}

/** True where every sample is exactly a whole number of steps. */
function isWholeSteps(samples: Float32Array, gain: number): boolean {
  for (const value of samples) {
    if (!Number.isNaN(value) && Math.fround(Math.round(value * gain) / gain) !== value)
      return false;
  }
  return true;
}

/** The offset that brings steps into 16 bits: 0 where they fit as they are; undefined where none does. */
function fitBaseline(lowest: number, highest: number): number | undefined {
  if (lowest >= -MAX_STEP && highest <= MAX_STEP) return 0;
  if (highest - lowest > 2 * MAX_STEP) return undefined;
  return -Math.round((lowest + highest) / 2);
}

function chooseScale(
  samples: Float32Array,
  adcPerMillivolt: number | undefined,
): { gain: number; baseline: number } {
  const range = rangeOf(samples);
  if (range === undefined) return { gain: adcPerMillivolt ?? DEFAULT_GAIN, baseline: 0 };
  for (const gain of [adcPerMillivolt, DEFAULT_GAIN]) {
    if (gain === undefined || !isWholeSteps(samples, gain)) continue;
    const baseline = fitBaseline(Math.round(range.min * gain), Math.round(range.max * gain));
    if (baseline !== undefined) return { gain, baseline };
  }
  const span = Math.max(range.max - range.min, 1e-6);
  const size = Math.max(Math.abs(range.min), Math.abs(range.max));
  const fitting = Math.min(MAX_GAIN, (2 * MAX_STEP - 2) / span, MAX_BASELINE / size);
  const gain = fitting >= 1 ? Math.floor(fitting) : Number(fitting.toPrecision(6)) * (1 - 1e-5);
  const baseline = fitBaseline(Math.round(range.min * gain), Math.round(range.max * gain));
  return { gain, baseline: baseline ?? 0 };
}

/** A lead's samples as 16-bit ADC values, without loss where that is possible. */
export function quantiseLead(
  samples: Float32Array,
  adcPerMillivolt: number | undefined,
): QuantisedLead {
  const { gain, baseline } = chooseScale(samples, adcPerMillivolt);
  const adc = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    const value = samples[index]!;
    adc[index] = Number.isNaN(value) ? MISSING : Math.round(value * gain) + baseline;
  }
  return { adc, gain, baseline };
}

export interface WfdbFiles {
  readonly header: string;
  readonly signals: Uint8Array;
}

/** The header's text and the signal file's bytes. @throws `format.unwritable` (record name) */
export function encodeWfdb(record: EcgRecord, recordName: string): WfdbFiles {
  if (!/^[A-Za-z0-9_-]+$/.test(recordName)) {
    throw new PqrError(
      'format.unwritable',
      `${shown(recordName)} is no WFDB record name: letters, digits, - and _ are allowed.`,
      { hint: 'Choose another file name.' },
    );
  }
  const { leads, sampleCount, samplingRateHz } = record;
  const quantised = leads.map((_, index) =>
    quantiseLead(leadSamples(record, index), record.adcPerMillivolt?.[index]),
  );
  const signals = new Uint8Array(2 * sampleCount * leads.length);
  const lines = quantised.map((lead, index) => {
    const checksum = interleave(lead.adc, signals, index, leads.length);
    const { gain, baseline, adc } = lead;
    return `${recordName}.dat 16 ${gain}(${baseline})/mV 16 0 ${adc[0]} ${checksum} 0 ${oneLine(leads[index]!)}`;
  });
  const date = baseTime(record.recordedAt);
  const first = `${recordName} ${leads.length} ${samplingRateHz} ${sampleCount}${date}`;
  const comments = headerComments(record).map((comment) => `# ${oneLine(comment)}`);
  return { header: `${[first, ...lines, ...comments].join('\n')}\n`, signals };
}

/** Puts a lead's values into its places; returns the 16-bit checksum. */
function interleave(
  adc: Int16Array,
  target: Uint8Array,
  leadIndex: number,
  leadCount: number,
): number {
  let sum = 0;
  let at = 2 * leadIndex;
  for (let index = 0; index < adc.length; index++, at += 2 * leadCount) {
    const value = adc[index]!;
    sum = (sum + value) | 0;
    target[at] = value & 0xff;
    target[at + 1] = (value >> 8) & 0xff;
  }
  return (sum << 16) >> 16;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, LINE_LENGTH);
}

/** ` HH:MM:SS DD/MM/YYYY`, or nothing where the record has no full date and time. */
function baseTime(recordedAt: string | undefined): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)/.exec(recordedAt ?? '');
  return match ? ` ${match[4]} ${match[3]}/${match[2]}/${match[1]}` : '';
}

/** A date without time has no place in the record line. */
function dateComment(recordedAt: string | undefined): string[] {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(recordedAt ?? '');
  return match ? [`ECG date: ${match[3]}/${match[2]}/${match[1]}`] : [];
}

function headerComments(record: EcgRecord): string[] {
  const { patient, codes, report, comments, recordedAt } = record;
  return [
    ...dateComment(recordedAt),
    ...(patient.ageYears === undefined ? [] : [`Age: ${patient.ageYears}`]),
    ...(patient.sex === undefined ? [] : [`Sex: ${patient.sex === 'male' ? 'Male' : 'Female'}`]),
    ...(codes.length === 0 ? [] : [`Dx: ${codes.join(',')}`]),
    ...(report ?? '')
      .split('\n')
      .flatMap((line) => (line.trim() === '' ? [] : [`Report: ${line}`])),
    ...comments,
  ];
}
