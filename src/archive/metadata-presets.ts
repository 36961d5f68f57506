/** The column layouts of metadata tables: ours, and those of published data sets. */
import { PqrError } from '../ecg/errors.js';
import { type EcgFields, withoutAbsent } from './fields.js';

/** One row as the table has it: cells by column name; absent and blank cells are undefined. */
export type Cells = (column: string) => string | undefined;

export interface PresetRow {
  /** Every record name that the row is about. */
  readonly records: readonly string[];
  readonly fields: EcgFields;
}

export interface Preset {
  /** One of these columns must be there. */
  readonly recordColumns: readonly string[];
  /** @throws Error whose message names the cell; the caller adds file and row. */
  read(cells: Cells): PresetRow;
}

const MAX_AGE_YEARS = 150;
const ISO_TIME =
  /^\d{4}(?:-\d{2}(?:-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?$/;
const LANGUAGE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;
const SEXES: Readonly<Record<string, 'male' | 'female'>> = {
  male: 'male',
  m: 'male',
  female: 'female',
  f: 'female',
};

/** Columns `record, patientId, recordedAt, age, sex, report, reportLanguage, codes`. */
const generic: Preset = {
  recordColumns: ['record'],
  read(cells) {
    const record = cells('record');
    return {
      records: record === undefined ? [] : [record],
      fields: withoutAbsent({
        patientId: cells('patientId'),
        recordedAt: readTime(cells('recordedAt'), 'recordedAt'),
        ageYears: readAge(cells('age')),
        sex: readSex(cells('sex')),
        report: cells('report'),
        reportLanguage: readLanguage(cells('reportLanguage')),
        codes: readCodes(cells('codes')),
      }),
    };
  },
};

/**
 * `ptbxl_database.csv` of PTB-XL 1.0.3 (doi 10.13026/kfzx-aw45). Age 300 stands for 90 or over; sex 0 is
 * male, 1 is female; ids come as floats; codes are the keys of `scp_codes`, whose value is a likelihood.
 */
const ptbxl: Preset = {
  recordColumns: ['filename_hr', 'filename_lr'],
  read(cells) {
    const records = ['filename_hr', 'filename_lr'].flatMap((column) => cells(column) ?? []);
    const age = readNumber(cells('age'), 'age');
    const likelihoods = readScpCodes(cells('scp_codes'));
    return {
      records,
      fields: withoutAbsent({
        patientId: cells('patient_id')?.replace(/\.0+$/, ''),
        recordedAt: readTime(cells('recording_date'), 'recording_date'),
        ageYears: age === 300 ? 90 : readAge(cells('age')),
        sex: readPtbxlSex(cells('sex')),
        report: cells('report'),
        codes: likelihoods && Object.keys(likelihoods),
        codeLikelihoods: likelihoods,
      }),
    };
  },
};

export const PRESETS: Readonly<Record<string, Preset>> = { generic, ptbxl };

/** @throws `usage.invalid` for an unknown name */
export function presetOf(name: string): Preset {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset) return preset;
  throw new PqrError(
    'usage.invalid',
    `There is no metadata preset '${name}'; there are ${Object.keys(PRESETS).join(', ')}.`,
  );
}

function readNumber(text: string | undefined, column: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new Error(`${column} is '${text}'; a number is needed`);
}

function readAge(text: string | undefined): number | undefined {
  const age = readNumber(text, 'age');
  if (age === undefined || (age >= 0 && age <= MAX_AGE_YEARS)) return age;
  throw new Error(`age is ${age}; 0 to ${MAX_AGE_YEARS} years is allowed`);
}

function readSex(text: string | undefined): 'male' | 'female' | undefined {
  if (text === undefined || /^(?:u|unknown|other)$/i.test(text)) return undefined;
  const sex = SEXES[text.toLowerCase()];
  if (sex) return sex;
  throw new Error(`sex is '${text}'; male, female or nothing is needed`);
}

function readPtbxlSex(text: string | undefined): 'male' | 'female' | undefined {
  const value = readNumber(text, 'sex');
  if (value === undefined) return undefined;
  if (value === 0) return 'male';
  if (value === 1) return 'female';
  throw new Error(`sex is '${text}'; 0 (male) or 1 (female) is needed`);
}

function readTime(text: string | undefined, column: string): string | undefined {
  if (text === undefined) return undefined;
  if (ISO_TIME.test(text)) return text.replace(' ', 'T');
  throw new Error(`${column} is '${text}'; a time as 2024-05-31 or 2024-05-31T14:30:00 is needed`);
}

function readLanguage(text: string | undefined): string | undefined {
  if (text === undefined || LANGUAGE.test(text)) return text;
  throw new Error(`reportLanguage is '${text}'; a language tag as en or de-DE is needed`);
}

/** Separated by semicolons, or else by commas or spaces. */
function readCodes(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const codes = text
    .split(text.includes(';') ? ';' : /[\s,]+/)
    .map((code) => code.trim())
    .filter((code) => code !== '');
  return codes.length === 0 ? undefined : [...new Set(codes)];
}

const SCP_ENTRY = /^\s*(['"])([^'"]+)\1\s*:\s*(-?\d+(?:\.\d+)?)\s*$/;

/** A Python dictionary of numbers: `{'NORM': 100.0, 'SR': 0.0}`. */
function readScpCodes(text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined;
  const inner = /^\{(.*)\}$/s.exec(text.trim())?.[1];
  if (inner === undefined)
    throw new Error(`scp_codes is '${shown(text)}'; {'KEY': number} is needed`);
  if (inner.trim() === '') return undefined;
  const likelihoods: Record<string, number> = {};
  for (const entry of inner.split(',')) {
    const match = SCP_ENTRY.exec(entry);
    if (!match) throw new Error(`scp_codes holds '${shown(entry)}'; 'KEY': number is needed`);
    likelihoods[match[2]!] = Number(match[3]);
  }
  return likelihoods;
}

const shown = (text: string) => text.trim().slice(0, 40);
