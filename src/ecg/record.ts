/**
 * The ECG record: what every reader makes and everything else takes.
 *
 * Samples are one Float32Array, lead-major `[leadCount x sampleCount]`, in millivolts; a missing sample is
 * NaN, a missing header value is undefined, and warnings travel with the record. A record is not changed
 * after it is made: what alters samples makes a new one.
 */
import { createHash } from 'node:crypto';
import { PqrError } from './errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from './limits.js';
import type { EcgQuality } from './quality.js';
import { type ReconstructedLead, reconstructedOf } from './reconstructed.js';

/** A remark that does not stop the work. Codes are stable, `signal.*` or `format.*`. */
export interface EcgWarning {
  readonly code: string;
  readonly message: string;
  readonly leads?: readonly string[];
}

export interface Patient {
  readonly id?: string;
  readonly ageYears?: number;
  readonly sex?: 'male' | 'female';
}

export interface EcgRecord {
  /** Lead names in our spelling (leads.ts), in the file's order; unknown names as they are. */
  readonly leads: readonly string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  /** `[leads.length x sampleCount]`, lead-major, millivolts, NaN where missing. */
  readonly samples: Float32Array;
  /** What it was read from: `wfdb`, `csv`, `npy`, ... */
  readonly format: string;
  readonly patient: Patient;
  /** ISO 8601, local time where the file has no zone. */
  readonly recordedAt?: string;
  /** Diagnostic codes as the file has them (SNOMED CT in Challenge headers). */
  readonly codes: readonly string[];
  readonly report?: string;
  /** Free header comments, in order. */
  readonly comments: readonly string[];
  readonly warnings: readonly EcgWarning[];
  /** ADC steps a millivolt, one a lead, where the file stored integers: lets the archive pack losslessly. */
  readonly adcPerMillivolt?: readonly number[];
  /** Leads that were computed from others, not recorded; absent where none was. */
  readonly reconstructed?: readonly ReconstructedLead[];
  /** The judge's verdict, where the signal was judged (src/signal/judge.ts). */
  readonly quality?: EcgQuality;
}

export type EcgRecordFields = Partial<Omit<EcgRecord, 'sampleCount'>> &
  Pick<EcgRecord, 'leads' | 'samplingRateHz' | 'samples' | 'format'>;

/**
 * Checks the fields and makes a record.
 * @throws `record.invalid` (no lead, duplicate lead, odd length, rate out of range), `limit.exceeded`.
 */
export function makeRecord(fields: EcgRecordFields, limits: Limits = DEFAULT_LIMITS): EcgRecord {
  const { leads, samplingRateHz, samples } = fields;
  if (leads.length === 0) throw new PqrError('record.invalid', 'The recording has no ECG lead.');
  checkLimit('leadCount', leads.length, 'The recording', limits);
  const repeated = leads.find((lead, index) => leads.indexOf(lead) !== index);
  if (repeated !== undefined) {
    throw new PqrError('record.invalid', `Lead ${repeated} occurs more than once.`, {
      details: { leads },
    });
  }
  checkSamplingRate(samplingRateHz, limits);
  const sampleCount = samples.length / leads.length;
  if (!Number.isInteger(sampleCount) || sampleCount === 0) {
    throw new PqrError(
      'record.invalid',
      `The recording has ${samples.length} samples for ${leads.length} leads; a whole number above 0 a lead is needed.`,
    );
  }
  checkLimit('sampleCount', samples.length, 'The recording', limits);
  checkLimit('durationSeconds', sampleCount / samplingRateHz, 'The recording', limits);
  const { comments = [], reconstructed = reconstructedOf(comments, leads) } = fields;
  return Object.freeze({
    patient: {},
    codes: [],
    warnings: [],
    ...fields,
    comments,
    ...(reconstructed.length > 0 && { reconstructed }),
    sampleCount,
  });
}

function checkSamplingRate(samplingRateHz: number, limits: Limits): void {
  const { samplingRateMinHz, samplingRateMaxHz } = limits;
  if (samplingRateHz >= samplingRateMinHz && samplingRateHz <= samplingRateMaxHz) return;
  throw new PqrError(
    'record.invalid',
    `The sampling rate is ${samplingRateHz} Hz; ${samplingRateMinHz} to ${samplingRateMaxHz} Hz is read.`,
    { hint: 'Check the rate in the header, or give it with --sampling-rate for CSV and NPY.' },
  );
}

/** The samples of one lead: a view, not a copy. */
export function leadSamples(record: EcgRecord, leadIndex: number): Float32Array {
  const { sampleCount } = record;
  return record.samples.subarray(leadIndex * sampleCount, (leadIndex + 1) * sampleCount);
}

export function durationSeconds(record: EcgRecord): number {
  return record.sampleCount / record.samplingRateHz;
}

/** A copy of the record with more warnings. */
export function withWarnings(record: EcgRecord, more: readonly EcgWarning[]): EcgRecord {
  return more.length === 0
    ? record
    : Object.freeze({ ...record, warnings: [...record.warnings, ...more] });
}

/**
 * Lowest and highest sample in millivolts; NaN for both where every sample is missing.
 */
export function amplitudeRange(record: EcgRecord): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of record.samples) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min > max ? { min: Number.NaN, max: Number.NaN } : { min, max };
}

const ECG_ID_LENGTH = 32;

/**
 * The id of an ECG: 32 hex digits of SHA-256 over rate, leads, length and the float32 samples, so the same
 * recording has the same id whatever file or folder it came in. NaN is hashed in one canonical form.
 * `models/training` computes the same hash for the records a model was trained on.
 */
export function ecgId(record: EcgRecord): string {
  const header = `pqr-ecg/1\n${record.samplingRateHz}\n${record.leads.join(',')}\n${record.sampleCount}\n`;
  const samples = canonicalNaN(record.samples);
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return createHash('sha256')
    .update(header, 'utf8')
    .update(bytes)
    .digest('hex')
    .slice(0, ECG_ID_LENGTH);
}

/** The samples with every NaN in one form; the same array where there is none. */
function canonicalNaN(samples: Float32Array): Float32Array {
  for (let index = 0; index < samples.length; index += 1) {
    if (Number.isNaN(samples[index]))
      return samples.map((value) => (Number.isNaN(value) ? Number.NaN : value));
  }
  return samples;
}
