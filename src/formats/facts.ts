/**
 * What files say beside the samples: times, ages, sex, measurements, in one form for all formats.
 *
 * Names of people are never taken over into a record; a patient's id is, as the file has it.
 */
import type { Identity } from '../ecg/identity.js';
import type { Patient } from '../ecg/record.js';

/** The fields of a record that are no samples. */
export interface RecordFacts {
  readonly patient: Patient;
  readonly recordedAt?: string | undefined;
  readonly report?: string | undefined;
  readonly codes?: readonly string[];
  readonly comments?: readonly string[];
  /** Whose names and ids de-identification looks for in the texts; no part of the record. */
  readonly identity?: Identity;
}

const MAX_AGE_YEARS = 130;
const MAX_ID_LENGTH = 256;

/** A patient from what is known; empty strings and impossible ages are left out. */
export function patientOf(facts: {
  readonly id?: string | undefined;
  readonly ageYears?: number | undefined;
  readonly sex?: 'male' | 'female' | undefined;
}): Patient {
  const id = facts.id?.trim().slice(0, MAX_ID_LENGTH);
  const { ageYears, sex } = facts;
  const possible = ageYears !== undefined && ageYears >= 0 && ageYears <= MAX_AGE_YEARS;
  return {
    ...(id && { id }),
    ...(possible && { ageYears }),
    ...(sex !== undefined && { sex }),
  };
}

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour?: number | undefined;
  readonly minute?: number | undefined;
  readonly second?: number | undefined;
}

const pad = (value: number, width = 2) => `${value}`.padStart(width, '0');

/** ISO 8601 of a date, with its time where there is one; undefined where no such day exists. */
export function isoOf(parts: DateParts): string | undefined {
  const { year, month, day, hour, minute, second = 0 } = parts;
  if (![year, month, day].every(Number.isInteger) || year < 1850 || year > 9999) return undefined;
  const date = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  const time = Date.UTC(year, month - 1, day);
  if (Number.isNaN(time) || new Date(time).getUTCDate() !== day || month > 12) return undefined;
  if (hour === undefined || minute === undefined) return date;
  if (!(hour < 24 && minute < 60 && second < 61)) return date;
  return `${date}T${pad(hour)}:${pad(minute)}:${pad(Math.floor(second))}`;
}

const DIGITS = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?/;

/** ISO 8601 of `YYYYMMDD[HHMM[SS[.f]]][zone]`, as HL7 (TS) and DICOM (DA, DT) write it; no zone. */
export function isoOfDigits(text: string | undefined): string | undefined {
  const [whole, ...fields] = DIGITS.exec(text?.trim() ?? '') ?? [];
  if (whole === undefined) return undefined;
  const [year, month, day, hour, minute, second] = fields.map((field) =>
    field === undefined ? undefined : Number(field),
  );
  return isoOf({ year: year!, month: month!, day: day!, hour, minute, second });
}

/** Whole years between two ISO dates; undefined where one is missing or they are the wrong way round. */
export function yearsBetween(birth: string | undefined, then: string | undefined) {
  if (birth === undefined || then === undefined || then < birth) return undefined;
  const years = Number(then.slice(0, 4)) - Number(birth.slice(0, 4));
  const had = then.slice(5, 10) >= birth.slice(5, 10);
  return had ? years : years - 1;
}

/** A measurement of the device as a comment: `Device QRS duration: 96 ms`; empty where it has no value. */
export function deviceMeasurement(
  name: string,
  value: string | number | undefined,
  unit: string,
): string[] {
  return value === undefined || value === '' ? [] : [`Device ${name}: ${value} ${unit}`];
}

/** The lines that say something, trimmed, without repeats. */
export function distinctLines(lines: readonly (string | undefined)[]): string[] {
  return [...new Set(lines.map((line) => line?.replace(/\s+/g, ' ').trim() ?? ''))].filter(Boolean);
}
