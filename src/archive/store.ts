/**
 * Reading recordings from SQLite. One object a connection; every statement is prepared once.
 * Writing is in store-write.ts, vectors in vector-source.ts, filters in filter.ts.
 */
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import type { EcgQuality } from '../ecg/quality.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import type { ModelIdentity } from '../encoders/ports.js';
import type { SqliteDatabase } from './database.js';
import { withoutAbsent } from './fields.js';
import type { StoredEcg } from './ports.js';
import { unpackWaveform, type WaveformCodec } from './waveform-codec.js';

interface EcgRow {
  readonly key: number;
  readonly id: string;
  readonly format: string;
  readonly leads: string;
  readonly sampling_rate_hz: number;
  readonly sample_count: number;
  readonly patient_id: string | null;
  readonly age_years: number | null;
  readonly sex: 'male' | 'female' | null;
  readonly recorded_at: string | null;
  readonly r_peaks: Uint8Array;
  readonly warnings: string;
  readonly comments: string;
  readonly quality: string | null;
  readonly report: string | null;
  readonly language: string | null;
}

interface WaveformRow {
  readonly codec: WaveformCodec;
  readonly scale: Uint8Array;
  readonly samples: Uint8Array;
}

export interface PathRow {
  readonly path: string;
  readonly ecg_key: number;
  readonly bytes: number;
  readonly modified_milliseconds: number;
  readonly applied: string | null;
  readonly applied_hash: string | null;
}

export interface StoredModel {
  readonly key: number;
  readonly identity: ModelIdentity;
}

const ECG_COLUMNS = `SELECT key, id, format, leads, sampling_rate_hz, sample_count, patient_id, age_years,
  sex, recorded_at, r_peaks, warnings, comments, quality, report.text AS report, report.language AS language
  FROM ecg LEFT JOIN report ON report.ecg_key = ecg.key`;

export class Store {
  readonly database: SqliteDatabase;
  readonly limits: Limits;
  private readonly ecgById;
  private readonly pathsOf;
  private readonly codesOf;
  private readonly waveformOf;
  private readonly pathByName;
  private readonly keysAfter;
  private readonly keyExists;
  private readonly metaByName;
  private readonly modelByKey;
  private readonly dataVersion;

  constructor(database: SqliteDatabase, limits: Limits) {
    this.database = database;
    this.limits = limits;
    this.ecgById = database.prepare<[string], EcgRow>(`${ECG_COLUMNS} WHERE ecg.id = ?`);
    this.pathsOf = database
      .prepare<[number], string>('SELECT path FROM path WHERE ecg_key = ? ORDER BY key')
      .pluck();
    this.codesOf = database.prepare<[number], { code: string; likelihood: number | null }>(
      'SELECT code, likelihood FROM ecg_code WHERE ecg_key = ? ORDER BY position',
    );
    this.waveformOf = database.prepare<[number], WaveformRow>(
      'SELECT codec, scale, samples FROM waveform WHERE ecg_key = ?',
    );
    this.pathByName = database.prepare<[string], PathRow>('SELECT * FROM path WHERE path = ?');
    this.keysAfter = database.prepare<[number], { key: number; id: string }>(
      'SELECT key, id FROM ecg WHERE key > ? ORDER BY key',
    );
    this.keyExists = database.prepare<[number]>('SELECT 1 FROM ecg WHERE key = ?');
    this.metaByName = database
      .prepare<[string], string>('SELECT value FROM meta WHERE name = ?')
      .pluck();
    this.modelByKey = database.prepare<
      [number],
      { name: string; version: string; hash: string; levels: string }
    >('SELECT name, version, hash, levels FROM model WHERE key = ?');
    this.dataVersion = database.prepare<[], number>('PRAGMA data_version').pluck();
  }

  /** The integer key of a recording, or undefined. */
  keyOf(ecgId: string): number | undefined {
    return this.ecgById.get(ecgId)?.key;
  }

  count(table: 'ecg' | 'path' | 'report'): number {
    return this.database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;
  }

  hasKey(key: number): boolean {
    return this.keyExists.get(key) !== undefined;
  }

  /** @throws `ecg.missing` */
  requireKey(ecgId: string): number {
    return this.requireRow(ecgId).key;
  }

  get(ecgId: string): StoredEcg | undefined {
    const row = this.ecgById.get(ecgId);
    return row && this.toStored(row);
  }

  path(name: string): PathRow | undefined {
    return this.pathByName.get(name);
  }

  /** Keys and ids of the recordings with a key above `key`, in the order they came. */
  keysSince(key: number): { key: number; id: string }[] {
    return this.keysAfter.all(key);
  }

  /** The recording with its samples. @throws `ecg.missing`, and `archive.corrupt` where it does not unpack */
  waveform(ecgId: string): EcgRecord {
    const row = this.requireRow(ecgId);
    const stored = this.toStored(row);
    const { samples, adcPerMillivolt } = this.samplesOf(row, stored.leads.length);
    return makeRecord(
      {
        leads: stored.leads,
        samplingRateHz: stored.samplingRateHz,
        samples,
        format: stored.format,
        patient: stored.patient,
        codes: stored.codes,
        warnings: stored.warnings,
        comments: JSON.parse(row.comments) as string[],
        ...(stored.quality && { quality: stored.quality }),
        ...(stored.recordedAt !== undefined && { recordedAt: stored.recordedAt }),
        ...(stored.report !== undefined && { report: stored.report }),
        ...(adcPerMillivolt.length > 0 && { adcPerMillivolt }),
      },
      this.limits,
    );
  }

  meta(name: string): string | undefined {
    return this.metaByName.get(name);
  }

  /** The model that the archive's vectors are of; undefined in an archive that was just made. */
  model(): StoredModel | undefined {
    const key = Number(this.meta('model'));
    const row = this.modelByKey.get(Number.isNaN(key) ? -1 : key);
    if (!row) return undefined;
    const levels = JSON.parse(row.levels) as ModelIdentity['levels'];
    return { key, identity: { ...row, levels } };
  }

  /** Changes when another connection commits. */
  otherCommits(): number {
    return this.dataVersion.get()!;
  }

  /** How often a generation was swapped; changes with every swap, by any process. */
  generationSwaps(): number {
    return Number(this.meta('generationSwaps') ?? 0);
  }

  private requireRow(ecgId: string): EcgRow {
    const row = this.ecgById.get(ecgId);
    if (row) return row;
    throw new PqrError('ecg.missing', `The archive holds no ECG ${ecgId}.`, { details: { ecgId } });
  }

  private samplesOf(row: EcgRow, leadCount: number) {
    try {
      const packed = this.waveformOf.get(row.key);
      if (!packed) throw new Error('it has no waveform row');
      const scale = new Float64Array(
        packed.scale.buffer.slice(
          packed.scale.byteOffset,
          packed.scale.byteOffset + packed.scale.byteLength,
        ) as ArrayBuffer,
      );
      const shape = { leadCount, sampleCount: row.sample_count };
      const samples = unpackWaveform({ ...packed, scale }, shape);
      return { samples, adcPerMillivolt: Array.from(scale) };
    } catch (cause) {
      throw new PqrError('archive.corrupt', `The samples of ECG ${row.id} cannot be read.`, {
        hint: 'Run `pqrsearch archive verify` to see the damage; index the file anew.',
        details: { ecgId: row.id },
        cause,
      });
    }
  }

  private toStored(row: EcgRow): StoredEcg {
    const paths = this.pathsOf.all(row.key);
    const codes = this.codesOf.all(row.key);
    const given = codes.filter(({ likelihood }) => likelihood !== null);
    const peaks = new DataView(row.r_peaks.buffer, row.r_peaks.byteOffset, row.r_peaks.byteLength);
    return {
      ecgId: row.id,
      record: paths[0] ?? row.id,
      paths,
      format: row.format,
      leads: JSON.parse(row.leads) as string[],
      samplingRateHz: row.sampling_rate_hz,
      sampleCount: row.sample_count,
      durationSeconds: row.sample_count / row.sampling_rate_hz,
      patient: withoutAbsent({
        id: row.patient_id ?? undefined,
        ageYears: row.age_years ?? undefined,
        sex: row.sex ?? undefined,
      }),
      codes: codes.map(({ code }) => code),
      warnings: JSON.parse(row.warnings) as EcgWarning[],
      rPeaksSeconds: Array.from(
        { length: peaks.byteLength / 4 },
        (_, at) => peaks.getInt32(4 * at, true) / row.sampling_rate_hz,
      ),
      ...(row.recorded_at !== null && { recordedAt: row.recorded_at }),
      ...(row.quality !== null && { quality: JSON.parse(row.quality) as EcgQuality }),
      ...(row.report !== null && { report: row.report }),
      ...(row.language !== null && { reportLanguage: row.language }),
      ...(given.length > 0 && {
        codeLikelihoods: Object.fromEntries(
          given.map(({ code, likelihood }) => [code, likelihood as number]),
        ),
      }),
    };
  }
}
