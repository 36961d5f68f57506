/**
 * What is known of a recording beside its samples, from two sources: the file itself, and a row of the
 * user's metadata table laid over it. A cell that the table leaves empty says nothing.
 */
import { createHash } from 'node:crypto';
import { checkLimit, type Limits } from '../ecg/limits.js';
import type { EcgRecord, Patient } from '../ecg/record.js';

export interface EcgFields {
  readonly patientId?: string;
  readonly ageYears?: number;
  readonly sex?: 'male' | 'female';
  /** ISO 8601 */
  readonly recordedAt?: string;
  readonly report?: string;
  /** BCP 47 */
  readonly reportLanguage?: string;
  readonly codes?: readonly string[];
  /** Likelihood in percent of some of the codes, as PTB-XL gives them; 0 means "not given". */
  readonly codeLikelihoods?: Readonly<Record<string, number>>;
}

const FIELD_NAMES = [
  'patientId',
  'ageYears',
  'sex',
  'recordedAt',
  'report',
  'reportLanguage',
  'codes',
  'codeLikelihoods',
] as const satisfies readonly (keyof EcgFields)[];

/** The fields that the file itself gives. @throws `limit.exceeded` for a report that is too long */
export function ownFields(record: EcgRecord, limits: Limits): EcgFields {
  const { patient, recordedAt, report, codes } = record;
  checkReport(report, limits);
  return withoutAbsent({
    patientId: patient.id,
    ageYears: patient.ageYears,
    sex: patient.sex,
    recordedAt,
    report: report?.trim() === '' ? undefined : report,
    codes: codes.length > 0 ? codes : undefined,
  });
}

export function checkReport(report: string | undefined, limits: Limits): void {
  if (report === undefined) return;
  checkLimit('reportBytes', Buffer.byteLength(report), 'The report', limits);
}

/** `over` laid over `under`: where both say something, `over` wins. Codes and likelihoods go together. */
export function overlay(under: EcgFields, over: EcgFields): EcgFields {
  const { codeLikelihoods, ...rest } = under;
  const keepsLikelihoods = over.codes === undefined && codeLikelihoods !== undefined;
  return { ...rest, ...(keepsLikelihoods && { codeLikelihoods }), ...over };
}

/** What one path says of its recording. */
export interface PathFields {
  readonly own: EcgFields;
  readonly applied: EcgFields;
}

/**
 * What is known of a recording from all its paths, first indexed first: metadata rows before what files
 * say, and of either the first path before the others.
 */
export function effectiveFields(paths: readonly PathFields[]): EcgFields {
  const last = paths.toReversed();
  const layers = [...last.map(({ own }) => own), ...last.map(({ applied }) => applied)];
  return layers.reduce(overlay, {});
}

/** One text for equal fields, whatever order they were set in. */
export function canonicalFields(fields: EcgFields): string {
  return JSON.stringify(FIELD_NAMES.map((name) => fields[name] ?? null));
}

/** Tells a changed metadata row from an unchanged one. */
export function hashFields(fields: EcgFields): string {
  return createHash('sha256').update(canonicalFields(fields)).digest('hex').slice(0, 32);
}

export function patientOf({ patientId, ageYears, sex }: EcgFields): Patient {
  return withoutAbsent({ id: patientId, ageYears, sex });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** A copy without the undefined members. */
export function withoutAbsent<T extends object>(value: T): Present<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined && member !== null),
  ) as Present<T>;
}
