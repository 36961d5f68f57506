/** The statements that write recordings, prepared once a connection. See migrations.ts for the tables. */
import type { SqliteDatabase } from './database.js';

interface PathFieldsRow {
  readonly own: string;
  readonly applied: string | null;
}

export function prepareWriteStatements(database: SqliteDatabase) {
  const prepare = <P extends unknown[], R = unknown>(sql: string) => database.prepare<P, R>(sql);
  return {
    insertEcg: prepare<[object]>(
      `INSERT INTO ecg (id, format, leads, sampling_rate_hz, sample_count, r_peaks, warnings, comments,
         quality, quality_score, acceptable, indexed_at)
       VALUES (@id, @format, @leads, @rate, @count, @peaks, @warnings, @comments,
         @quality, @score, @acceptable, @at)`,
    ),
    setFields: prepare<[object]>(
      `UPDATE ecg SET patient_id = @patientId, age_years = @ageYears, sex = @sex,
         recorded_at = @recordedAt WHERE key = @key`,
    ),
    pathFields: prepare<[number], PathFieldsRow>(
      'SELECT own, applied FROM path WHERE ecg_key = ? ORDER BY key',
    ),
    idOf: prepare<[number], string>('SELECT id FROM ecg WHERE key = ?').pluck(),
    warningsOf: prepare<[number], string>('SELECT warnings FROM ecg WHERE key = ?').pluck(),
    setWarnings: prepare<[string, number]>('UPDATE ecg SET warnings = ? WHERE key = ?'),
    setQuality: prepare<[string, number, number, number]>(
      'UPDATE ecg SET quality = ?, quality_score = ?, acceptable = ? WHERE key = ?',
    ),
    setPeaks: prepare<[Uint8Array, number]>('UPDATE ecg SET r_peaks = ? WHERE key = ?'),
    deleteEcg: prepare<[number]>('DELETE FROM ecg WHERE key = ?'),
    insertWaveform: prepare<[number, string, Uint8Array, Uint8Array]>(
      'INSERT INTO waveform (ecg_key, codec, scale, samples) VALUES (?, ?, ?, ?)',
    ),
    upsertPath: prepare<[object]>(
      `INSERT INTO path (path, ecg_key, bytes, modified_milliseconds, own, applied, applied_hash)
       VALUES (@path, @ecgKey, @bytes, @modified, @own, @applied, @appliedHash)
       ON CONFLICT (path) DO UPDATE SET ecg_key = @ecgKey, bytes = @bytes,
         modified_milliseconds = @modified, own = @own, applied = @applied,
         applied_hash = @appliedHash`,
    ),
    setApplied: prepare<[string, string, string]>(
      'UPDATE path SET applied = ?, applied_hash = ? WHERE path = ?',
    ),
    pathCount: prepare<[number], number>('SELECT count(*) FROM path WHERE ecg_key = ?').pluck(),
    deletePath: prepare<[string]>('DELETE FROM path WHERE path = ?'),
    deletePaths: prepare<[number]>('DELETE FROM path WHERE ecg_key = ?'),
    upsertReport: prepare<[number, string, string | null]>(
      `INSERT INTO report (ecg_key, text, language) VALUES (?, ?, ?)
       ON CONFLICT (ecg_key) DO UPDATE SET text = excluded.text, language = excluded.language
       WHERE text IS NOT excluded.text OR language IS NOT excluded.language`,
    ),
    deleteReport: prepare<[number]>('DELETE FROM report WHERE ecg_key = ?'),
    deleteCodes: prepare<[number]>('DELETE FROM ecg_code WHERE ecg_key = ?'),
    insertCode: prepare<[number, string, number, number | null]>(
      'INSERT OR IGNORE INTO ecg_code (ecg_key, code, position, likelihood) VALUES (?, ?, ?, ?)',
    ),
    insertVectors: prepare<[object]>(
      `INSERT OR IGNORE INTO vector_set
         (ecg_key, model_key, level, dim, count, checksum, spans, vectors)
       VALUES (@ecgKey, @modelKey, @level, @dim, @count, @checksum, @spans, @vectors)`,
    ),
    hasVectors: prepare<[number, number]>(
      'SELECT 1 FROM vector_set WHERE ecg_key = ? AND model_key = ? LIMIT 1',
    ),
    dropOtherVectors: prepare<[number]>('DELETE FROM vector_set WHERE model_key <> ?'),
    withoutVectors: prepare<[number, number, number], { key: number; id: string }>(
      `SELECT key, id FROM ecg WHERE key > ? AND NOT EXISTS
         (SELECT 1 FROM vector_set WHERE ecg_key = ecg.key AND model_key = ?)
       ORDER BY key LIMIT ?`,
    ),
    countWithoutVectors: prepare<[number], number>(
      `SELECT count(*) FROM ecg WHERE NOT EXISTS
         (SELECT 1 FROM vector_set WHERE ecg_key = ecg.key AND model_key = ?)`,
    ).pluck(),
    addModel: prepare<[string, string, string, string]>(
      'INSERT OR IGNORE INTO model (name, version, hash, levels) VALUES (?, ?, ?, ?)',
    ),
    modelKey: prepare<[string], number>('SELECT key FROM model WHERE hash = ?').pluck(),
    modelLevels: prepare<[number], string>('SELECT levels FROM model WHERE key = ?').pluck(),
    setMeta: prepare<[string, string]>('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)'),
    audit: prepare<[string, string, string | null, string]>(
      'INSERT INTO audit (at, action, subject, details) VALUES (?, ?, ?, ?)',
    ),
  };
}
