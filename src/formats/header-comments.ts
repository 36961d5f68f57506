/**
 * What header comments say about the patient and the diagnosis, in the forms that public sets use.
 *
 * - PhysioNet Challenge and PTB: `Age: 74`, `Sex: Male`, `Dx: 59118001,164889003`, `ECG date: 01/10/1990`
 * - LUDB: `<age>: 79`, `<sex>: F`, `<diagnoses>:` followed by one statement a line
 * - MIT-BIH: `69 M 1085 1629 x1` (age, sex, recorder data)
 * - our own writer: as the Challenge, and `Report: ...`, one line a line of the report
 *
 * Codes are given back as they stand (numbers or names); nothing is translated here.
 */
import type { Patient } from '../ecg/record.js';

export interface HeaderFacts {
  readonly patient: Patient;
  readonly codes: readonly string[];
  readonly report?: string;
  /** ISO 8601 date. */
  readonly recordedAt?: string;
  /** The comments that aren't said by the other fields. */
  readonly comments: readonly string[];
}

interface Collected {
  ageYears: number | undefined;
  sex: 'male' | 'female' | undefined;
  recordedAt: string | undefined;
  readonly codes: string[];
  readonly report: string[];
  readonly comments: string[];
  inDiagnoses: boolean;
}

const MAX_AGE_YEARS = 130;
/** PTB-XL writes 300 for 90 and over. */
const AGE_OVER_89 = 300;
const KEY_VALUE = /^<?([A-Za-z][A-Za-z ]{0,39}?)>?\s*:\s*(.*)$/;
const MIT_LINE = /^(\d{1,3}) ([MF])(?: |$)/;

/** Years from `74`, `74 years`, `>89`; undefined where it says none or is impossible. */
export function parseAge(text: string): number | undefined {
  const match = /^(>?)\s*(\d{1,3}(?:\.\d+)?)\s*(?:y|yrs?|years?)?$/i.exec(text.trim());
  if (!match) return undefined;
  const age = Number(match[2]);
  if (age === AGE_OVER_89) return 90;
  if (age > MAX_AGE_YEARS) return undefined;
  return match[1] === '>' ? age + 1 : age;
}

export function parseSex(text: string): 'male' | 'female' | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === 'm' || lower === 'male') return 'male';
  return lower === 'f' || lower === 'female' ? 'female' : undefined;
}

/** Reads the facts out of comment lines (without their `#`). */
export function readHeaderComments(comments: readonly string[]): HeaderFacts {
  const found: Collected = {
    ageYears: undefined,
    sex: undefined,
    recordedAt: undefined,
    codes: [],
    report: [],
    comments: [],
    inDiagnoses: false,
  };
  for (const comment of comments) takeComment(comment, found);
  return {
    patient: {
      ...(found.ageYears !== undefined && { ageYears: found.ageYears }),
      ...(found.sex !== undefined && { sex: found.sex }),
    },
    codes: found.codes,
    comments: found.comments,
    ...(found.report.length > 0 && { report: found.report.join('\n') }),
    ...(found.recordedAt !== undefined && { recordedAt: found.recordedAt }),
  };
}

function takeComment(comment: string, found: Collected): void {
  if (comment === '') return;
  if (takeFact(comment, found)) return;
  if (found.inDiagnoses) found.report.push(comment);
  else takeMitLine(comment, found);
  found.comments.push(comment);
}

/** True where the comment is a known `key: value` and needs no place among the free comments. */
function takeFact(comment: string, found: Collected): boolean {
  const [, key, value] = KEY_VALUE.exec(comment) ?? [];
  switch (key?.toLowerCase()) {
    case 'age':
      found.ageYears ??= parseAge(value!);
      return true;
    case 'sex':
      found.sex ??= parseSex(value!);
      return true;
    case 'dx':
      found.codes.push(...parseCodes(value!));
      return true;
    case 'diagnoses':
      found.inDiagnoses = true;
      if (value !== '') found.report.push(value!);
      return true;
    case 'report':
      found.report.push(value!);
      return true;
    case 'ecg date':
      return takeDate(value!, found);
    default:
      return false;
  }
}

function parseCodes(list: string): string[] {
  const codes = list.split(',').map((code) => code.trim());
  return codes.filter((code) => code !== '' && code.toLowerCase() !== 'unknown');
}

function takeDate(value: string, found: Collected): boolean {
  const match = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(value);
  const day = match ? `${match[3]}-${match[2]}-${match[1]}` : '';
  if (Number.isNaN(Date.parse(day))) return false;
  found.recordedAt ??= day;
  return true;
}

function takeMitLine(comment: string, found: Collected): void {
  const match = MIT_LINE.exec(comment);
  if (!match || found.ageYears !== undefined || found.sex !== undefined) return;
  found.ageYears = parseAge(match[1]!);
  found.sex = parseSex(match[2]!);
}
