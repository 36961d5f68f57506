/**
 * Headers of EDF and EDF+ files: fixed-width text about the recording and its signals.
 *
 * Source: Kemp et al. 1992 (EDF); Kemp and Olivan 2003 (EDF+), with its standard texts. BDF is not read.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';
import { isoOf } from './facts.js';
import { parseCount, parseDecimal } from './text.js';

export const EDF_ANNOTATIONS = 'EDF Annotations';
export const EDF_FIXED_BYTES = 256;
const SIGNAL_BYTES = 256;

export interface EdfSignal {
  readonly label: string;
  readonly unit: string;
  readonly physicalMin: number;
  readonly physicalMax: number;
  readonly digitalMin: number;
  readonly digitalMax: number;
  readonly samplesPerRecord: number;
  /** Bytes before it in a data record. */
  readonly recordOffset: number;
}

export interface EdfHeader {
  readonly plus: boolean;
  /** EDF+D: data records may have gaps between them. */
  readonly discontinuous: boolean;
  readonly patient: string;
  readonly recording: string;
  readonly recordedAt: string | undefined;
  readonly headerBytes: number;
  /** -1 where the recorder did not say. */
  readonly recordCount: number;
  readonly recordSeconds: number;
  readonly recordBytes: number;
  readonly signals: readonly EdfSignal[];
}

const latin1 = new TextDecoder('latin1');

function fail(file: string, why: string): never {
  throw new PqrError('format.header', `${shown(file)} is no valid EDF file: ${shown(why)}.`, {
    hint: 'Export or copy the file again.',
  });
}

/** Number of signals that the first 256 bytes announce. @throws `format.header`, `limit.exceeded` */
export function edfSignalCount(fixed: Uint8Array, file: string, limits: Limits): number {
  const count = parseCount(latin1.decode(fixed.subarray(252, 256)).trim());
  if (count === undefined || count === 0) fail(file, 'the number of signals is missing');
  checkLimit('signalCount', count, shown(file), limits);
  return count;
}

/** Bytes of the header of a file with this many signals. */
export const edfHeaderBytes = (signalCount: number) => EDF_FIXED_BYTES + SIGNAL_BYTES * signalCount;

/** Parses a whole header. @throws `format.header`, `format.truncated`, `limit.exceeded` */
export function parseEdfHeader(bytes: Uint8Array, file: string, limits: Limits): EdfHeader {
  const signalCount = edfSignalCount(bytes, file, limits);
  const headerBytes = edfHeaderBytes(signalCount);
  if (bytes.length < headerBytes) {
    throw new PqrError(
      'format.truncated',
      `${shown(file)} has ${bytes.length} bytes, its header of ${signalCount} signals needs ${headerBytes}.`,
    );
  }
  const field = (start: number, length: number) =>
    latin1.decode(bytes.subarray(start, start + length)).trim();
  const recordCount = parseDecimal(field(236, 8));
  const recordSeconds = parseDecimal(field(244, 8));
  if (recordCount === undefined || !Number.isInteger(recordCount) || recordCount < -1) {
    fail(file, `the number of data records is '${field(236, 8)}'`);
  }
  if (recordSeconds === undefined || recordSeconds < 0) {
    fail(file, `the duration of a data record is '${field(244, 8)}'`);
  }
  const reserved = field(192, 44);
  const signals = parseSignals(bytes, signalCount, file);
  const last = signals.at(-1)!;
  return {
    plus: /^EDF\+/.test(reserved),
    discontinuous: reserved.startsWith('EDF+D'),
    patient: field(8, 80),
    recording: field(88, 80),
    recordedAt: startOf(field(88, 80), field(168, 8), field(176, 8)),
    ...{ headerBytes, recordCount, recordSeconds, signals },
    recordBytes: last.recordOffset + 2 * last.samplesPerRecord,
  };
}

/** Fields of all signals lie field by field, each for all signals. */
const FIELD_WIDTHS = { label: 16, transducer: 80, unit: 8, physicalMin: 8, physicalMax: 8 };
const MORE_WIDTHS = { digitalMin: 8, digitalMax: 8, prefilter: 80, samplesPerRecord: 8 };

function parseSignals(bytes: Uint8Array, count: number, file: string): EdfSignal[] {
  const starts = new Map<string, readonly [number, number]>();
  let start = EDF_FIXED_BYTES;
  for (const [name, width] of Object.entries({ ...FIELD_WIDTHS, ...MORE_WIDTHS })) {
    starts.set(name, [start, width]);
    start += width * count;
  }
  let recordOffset = 0;
  return Array.from({ length: count }, (_, index) => {
    const text = (name: string) => {
      const [from, width] = starts.get(name)!;
      return latin1.decode(bytes.subarray(from + index * width, from + (index + 1) * width)).trim();
    };
    const number = (name: string) => {
      const value = parseDecimal(text(name).replace(',', '.'));
      return value ?? fail(file, `${name} of signal ${index + 1} is '${text(name)}'`);
    };
    const samplesPerRecord = parseCount(text('samplesPerRecord'));
    if (samplesPerRecord === undefined) fail(file, `signal ${index + 1} has no sample count`);
    const signal = {
      ...{ label: text('label'), unit: text('unit'), samplesPerRecord, recordOffset },
      ...{ physicalMin: number('physicalMin'), physicalMax: number('physicalMax') },
      ...{ digitalMin: number('digitalMin'), digitalMax: number('digitalMax') },
    };
    recordOffset += 2 * samplesPerRecord;
    return signal;
  });
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

/** `dd-MMM-yyyy` as EDF+ writes dates. */
export function edfPlusDate(text: string | undefined) {
  const [, day, month, year] = /^(\d{1,2})-([A-Z]{3})-(\d{4})$/i.exec(text ?? '') ?? [];
  if (day === undefined) return undefined;
  return {
    year: Number(year),
    month: MONTHS.indexOf(month!.toUpperCase()) + 1,
    day: Number(day),
  };
}

/** The start: `dd.mm.yy` where 85 to 99 are 1985 to 1999; EDF+'s `Startdate` has the whole year. */
function startOf(recording: string, date: string, time: string): string | undefined {
  const plus = edfPlusDate(/^Startdate (\S+)/.exec(recording)?.[1]);
  if (plus === undefined && /^Startdate X/.test(recording)) return undefined;
  const [day, month, year] = date.split('.').map(Number);
  const [hour, minute, second] = time.split('.').map(Number);
  const full = (year ?? Number.NaN) + ((year ?? 0) >= 85 ? 1900 : 2000);
  const parts = plus ?? { year: full, month: month ?? Number.NaN, day: day ?? Number.NaN };
  return isoOf({ ...parts, hour, minute, second });
}
