/**
 * De-identification of a recording: ids become keyed hashes, dates are shifted, ages are capped, comments
 * are cut down to what the device measured, and texts are scrubbed.
 *
 * Source: after DICOM PS3.15 annex E (Basic Profile with the options to retain longitudinal information
 * with modified dates, patient characteristics and device identity, and to clean descriptors); HMAC-SHA256 of RFC 2104; ages over 89
 * as one class after 45 CFR 164.514(b)(2)(i)(C). What it does not cover: docs/deidentify.md.
 */
import { createHmac } from 'node:crypto';
import { type Identity, IdentityNotes, identityOfComments } from './identity.js';
import { type EcgRecord, type EcgWarning, ecgId, type Patient } from './record.js';
import { scrubText } from './scrub.js';
import { checkSiteKey } from './site-key.js';

export const DEIDENTIFIED_COMMENT =
  'De-identified: ids are keyed hashes, dates are shifted, texts are scrubbed.';

const PSEUDONYM_LENGTH = 32;
const MAX_AGE_YEARS = 90;
/** Dates move into the past by this many days at least, and by five years at most. */
const MIN_SHIFT_DAYS = 30;
const SHIFT_RANGE_DAYS = 1796;
const DAY_MILLISECONDS = 86_400_000;
const CODE = /^[\w.:+-]{1,32}$/;
/** Comments that our readers make of numbers; every other one is free text. */
const KEPT_COMMENT =
  /^(?:Device: .{1,200}|Device [^:]{1,60}: -?\d+(?:\.\d+)? \S{0,16}|III, aVR, aVL and aVF were computed from I and II\.)$/;

/** Holds the site key; one for all recordings of a site. */
export class Deidentifier {
  private readonly key: string;

  /** @throws `deidentify.key` */
  constructor(key: string | undefined) {
    this.key = checkSiteKey(key);
  }

  /** Tells whether two runs have the same key, without telling the key. */
  get fingerprint(): string {
    return this.hash('fingerprint', '').slice(0, PSEUDONYM_LENGTH);
  }

  /** `p-` and 32 hex digits of HMAC-SHA256(key, "patient:" + id). */
  patientId(id: string): string {
    return `p-${this.hash('patient', id.trim()).slice(0, PSEUDONYM_LENGTH)}`;
  }

  /** `r-` and 32 hex digits of HMAC-SHA256(key, "record:" + path). */
  recordName(path: string): string {
    return `r-${this.hash('record', path).slice(0, PSEUDONYM_LENGTH)}`;
  }

  /** The days that dates of a subject (a patient's pseudonym, or an ECG's id) move; always negative. */
  shiftDays(subject: string): number {
    const number = Number.parseInt(this.hash('date', subject).slice(0, 12), 16);
    return -(MIN_SHIFT_DAYS + (number % SHIFT_RANGE_DAYS));
  }

  /** Tells a changed metadata row from an unchanged one, and tells nothing else. */
  rowHash(row: string): string {
    return this.hash('row', row).slice(0, PSEUDONYM_LENGTH);
  }

  /** For one recording. @param patientId whose it is, where the caller knows better than the file */
  recording(patientId?: string): Deidentification {
    return new Deidentification(this, patientId);
  }

  private hash(purpose: string, text: string): string {
    return createHmac('sha256', this.key).update(`${purpose}:${text}`, 'utf8').digest('hex');
  }
}

/** The de-identification of one recording: hears what its reader finds out, then cleans the record. */
export class Deidentification {
  readonly deidentifier: Deidentifier;
  private readonly givenPatientId: string | undefined;
  private readonly notes = new IdentityNotes();
  private subject: string | undefined;

  constructor(deidentifier: Deidentifier, patientId: string | undefined) {
    this.deidentifier = deidentifier;
    this.givenPatientId = patientId;
    this.notes.add({ others: [patientId] });
  }

  /** Called by readers with what tells who the patient is. */
  note(identity: Identity): void {
    this.notes.add(identity);
  }

  /** @param files names of the files it was read from, which warnings may quote */
  record(record: EcgRecord, files: readonly string[] = []): EcgRecord {
    const { patient, comments, report, recordedAt, warnings, codes, ...rest } = record;
    this.notes.add({ others: [patient.id] });
    this.notes.add(identityOfComments(comments));
    const id = this.givenPatientId ?? patient.id;
    this.subject = id === undefined ? ecgId(record) : this.deidentifier.patientId(id);
    const time = this.time(recordedAt);
    return Object.freeze({
      ...rest,
      patient: { ...this.patient(patient), ...(id !== undefined && { id: this.subject }) },
      codes: this.codes(codes),
      comments: [
        ...comments.filter((one) => KEPT_COMMENT.test(one)).map((one) => this.text(one)),
        DEIDENTIFIED_COMMENT,
      ],
      warnings: warnings.map((one) => this.warning(one, files)),
      ...(time !== undefined && { recordedAt: time }),
      ...(report !== undefined && { report: this.text(report) }),
    });
  }

  text(text: string): string {
    return scrubText(text, this.notes);
  }

  /** Age and sex. */
  patient({ ageYears, sex }: Patient): Patient {
    return {
      ...(ageYears !== undefined && { ageYears: Math.min(ageYears, MAX_AGE_YEARS) }),
      ...(sex !== undefined && { sex }),
    };
  }

  /** Codes are short and of few kinds of characters; what is not, or is an id of the patient, goes. */
  codes(codes: readonly string[]): string[] {
    return codes.filter((code) => CODE.test(code) && !this.notes.others.has(code));
  }

  /** A date, and its time of day where it has one, moved by the subject's shift; year alone: left out. */
  time(recordedAt: string | undefined): string | undefined {
    const [, date, rest] = /^(\d{4}-\d{2}-\d{2})(.*)$/s.exec(recordedAt ?? '') ?? [];
    const time = Date.parse(date ?? '');
    if (Number.isNaN(time) || this.subject === undefined) return undefined;
    const days = this.deidentifier.shiftDays(this.subject);
    return new Date(time + days * DAY_MILLISECONDS).toISOString().slice(0, 10) + rest;
  }

  private warning(warning: EcgWarning, files: readonly string[]): EcgWarning {
    let { message } = warning;
    for (const file of files) if (file !== '') message = message.replaceAll(file, '[file]');
    return { ...warning, message };
  }
}
