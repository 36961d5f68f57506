/**
 * The first line of a WFDB header: name, number of segments and signals, rate, length, date and time.
 *
 * Source: PhysioNet's WFDB manual, header(5). The rate is 250 Hz where the line has none, as it says.
 */
import { type ErrorCode, PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';
import { parseCount, parseDecimal } from './text.js';
import type { WfdbHeader } from './wfdb-header.js';

const DEFAULT_SAMPLING_RATE_HZ = 250;

/** Throws an error about a header. */
export function fail(file: string, message: string, code: ErrorCode = 'format.header'): never {
  throw new PqrError(code, `${shown(file)}: ${message}`);
}

/** What the record line says. */
export type RecordLine = Omit<WfdbHeader, 'signals' | 'segments' | 'comments'> & {
  readonly segmentCount?: number;
};

/**
 * Parses a record line; what is no standard date goes to `comments`.
 * @throws `format.header`
 */
export function parseRecordLine(line: string, file: string, comments: string[]): RecordLine {
  const [nameField, signalField, rateField, sampleField, ...dateFields] = line.split(/\s+/);
  const [recordName, segmentField] = nameField!.split('/');
  const signalCount = parseCount(signalField ?? '');
  if (signalCount === undefined) {
    fail(file, `the number of signals is ${shown(signalField ?? 'missing')}; a count is needed.`);
  }
  const sampleCount = sampleField === undefined ? 0 : parseCount(sampleField);
  if (sampleCount === undefined) {
    fail(file, `the number of samples is ${shown(sampleField!)}; a count is needed.`);
  }
  const recordedAt = parseBaseTime(dateFields, comments);
  return {
    recordName: recordName!,
    signalCount,
    ...parseRates(rateField, file),
    ...(sampleCount > 0 && { sampleCount }),
    ...(recordedAt !== undefined && { recordedAt }),
    ...(segmentField !== undefined && { segmentCount: parseSegmentCount(segmentField, file) }),
  };
}

function parseSegmentCount(field: string, file: string): number {
  const count = parseCount(field);
  if (count === undefined || count === 0) {
    fail(file, `the number of segments is ${shown(field)}; a count above 0 is needed.`);
  }
  return count;
}

/** `fs`, `fs/counter`, `fs/counter(base)`. */
function parseRates(
  field: string | undefined,
  file: string,
): Pick<WfdbHeader, 'samplingRateHz' | 'counterRateHz' | 'counterBase'> {
  if (field === undefined) return { samplingRateHz: DEFAULT_SAMPLING_RATE_HZ };
  const [, rate, counter, base] = /^([^/]+)(?:\/([^(]+)(?:\(([^)]*)\))?)?$/.exec(field) ?? [];
  const samplingRateHz = parseDecimal(rate ?? '');
  if (samplingRateHz === undefined || samplingRateHz <= 0) {
    fail(file, `the sampling rate is ${shown(field)}; a number of Hz above 0 is needed.`);
  }
  const counterRateHz = parseDecimal(counter ?? '');
  const counterBase = parseDecimal(base ?? '');
  return {
    samplingRateHz,
    ...(counterRateHz !== undefined && { counterRateHz }),
    ...(counterBase !== undefined && { counterBase }),
  };
}

/**
 * The base date and time as ISO 8601. Only the standard's `DD/MM/YYYY` counts as a date: the PhysioNet
 * Challenge's `05-Feb-2020 11:39:16` is when the file was converted, and goes to the comments.
 */
function parseBaseTime(fields: readonly string[], comments: string[]): string | undefined {
  if (fields.length === 0) return undefined;
  const time = fields.map((field) => /^(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?$/.exec(field));
  const date = fields.map((field) => /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(field)).find(Boolean);
  if (!date) {
    comments.push(`Header date and time: ${fields.join(' ')}`);
    return undefined;
  }
  const two = (digits: string) => digits.padStart(2, '0');
  const day = `${date[3]}-${two(date[2]!)}-${two(date[1]!)}`;
  if (Number.isNaN(Date.parse(day))) return undefined;
  const clock = time.find(Boolean);
  if (!clock) return day;
  return `${day}T${two(clock[1]!)}:${two(clock[2]!)}:${two(clock[3]!)}${clock[4] ?? ''}`;
}
