/**
 * The schema of `archive.sqlite`, as the steps that made it. `user_version` counts the steps taken; a step
 * is never edited once released, a change is a new step.
 *
 * Integer keys are AUTOINCREMENT, so a key is never used twice: an index built earlier can name rows that
 * are gone, and can never mean another row by mistake.
 */
import { PqrError } from '../ecg/errors.js';
import { APPLICATION_ID, type SqliteDatabase, writeTransaction } from './database.js';

const FIRST = `
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  levels TEXT NOT NULL               -- JSON, as ModelIdentity.levels
) STRICT;

-- One recording: what is known without its samples.
CREATE TABLE ecg (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL,
  leads TEXT NOT NULL,               -- JSON
  sampling_rate_hz REAL NOT NULL,
  sample_count INTEGER NOT NULL,
  patient_id TEXT,
  age_years REAL,
  sex TEXT,
  recorded_at TEXT,
  r_peaks BLOB NOT NULL,             -- int32, samples
  warnings TEXT NOT NULL,            -- JSON
  comments TEXT NOT NULL,            -- JSON
  indexed_at TEXT NOT NULL
) STRICT;
CREATE INDEX ecg_patient ON ecg (patient_id);

-- Where it was found; the fingerprint tells an unchanged file without reading it. What the file and the
-- metadata table say of patient, report and codes is kept by path: copies may disagree.
CREATE TABLE path (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  ecg_key INTEGER NOT NULL REFERENCES ecg (key),
  bytes INTEGER NOT NULL,
  modified_milliseconds REAL NOT NULL,
  own TEXT NOT NULL,                 -- JSON: what the file itself says
  applied TEXT,                      -- JSON: the metadata row laid over it
  applied_hash TEXT
) STRICT;
CREATE INDEX path_ecg ON path (ecg_key);

CREATE TABLE waveform (
  ecg_key INTEGER PRIMARY KEY REFERENCES ecg (key) ON DELETE CASCADE,
  codec TEXT NOT NULL,
  scale BLOB NOT NULL,               -- float64, ADC steps a millivolt, one a lead; empty for float32
  samples BLOB NOT NULL
) STRICT;

CREATE TABLE report (
  ecg_key INTEGER PRIMARY KEY REFERENCES ecg (key) ON DELETE CASCADE,
  text TEXT NOT NULL,
  language TEXT
) STRICT;
CREATE VIRTUAL TABLE report_text USING fts5 (
  text, content = 'report', content_rowid = 'ecg_key',
  tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER report_added AFTER INSERT ON report BEGIN
  INSERT INTO report_text (rowid, text) VALUES (new.ecg_key, new.text);
END;
CREATE TRIGGER report_removed AFTER DELETE ON report BEGIN
  INSERT INTO report_text (report_text, rowid, text) VALUES ('delete', old.ecg_key, old.text);
END;
CREATE TRIGGER report_changed AFTER UPDATE ON report BEGIN
  INSERT INTO report_text (report_text, rowid, text) VALUES ('delete', old.ecg_key, old.text);
  INSERT INTO report_text (rowid, text) VALUES (new.ecg_key, new.text);
END;

CREATE TABLE ecg_code (
  ecg_key INTEGER NOT NULL REFERENCES ecg (key) ON DELETE CASCADE,
  code TEXT NOT NULL COLLATE NOCASE,
  position INTEGER NOT NULL,
  likelihood REAL,
  PRIMARY KEY (ecg_key, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX ecg_code_code ON ecg_code (code, ecg_key);

-- All vectors of one recording at one level by one model (docs/decisions/0003-vector-rows.md).
CREATE TABLE vector_set (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ecg_key INTEGER NOT NULL REFERENCES ecg (key) ON DELETE CASCADE,
  model_key INTEGER NOT NULL REFERENCES model (key),
  level TEXT NOT NULL,
  dim INTEGER NOT NULL,
  count INTEGER NOT NULL,
  checksum INTEGER NOT NULL,         -- CRC-32 of spans, then vectors
  spans BLOB NOT NULL,               -- int32 [count x 4]: window, ordinal, startSample, endSample
  vectors BLOB NOT NULL,             -- float32 [count x dim]
  UNIQUE (ecg_key, model_key, level)
) STRICT;
CREATE INDEX vector_set_level ON vector_set (model_key, level, id, count, ecg_key);

-- Which sets are gone: how an index, in this process or another, learns of deletions.
CREATE TABLE vector_tombstone (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  model_key INTEGER NOT NULL,
  level TEXT NOT NULL,
  set_id INTEGER NOT NULL
) STRICT;
CREATE TRIGGER vector_set_removed AFTER DELETE ON vector_set BEGIN
  INSERT INTO vector_tombstone (model_key, level, set_id) VALUES (old.model_key, old.level, old.id);
END;

-- Who did what; names and numbers, no patient data.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT,
  details TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;
`;

/** Labels that users define; `document` is theirs alone (src/zeroshot/own-label.ts). */
const LABELS = `
CREATE TABLE label (
  key TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  changed_at TEXT NOT NULL,
  document TEXT NOT NULL             -- JSON
) STRICT, WITHOUT ROWID;

-- What a label was before it was changed: scores name the version they are of.
CREATE TABLE label_past (
  key TEXT NOT NULL REFERENCES label (key) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  changed_at TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (key, version)
) STRICT, WITHOUT ROWID;
`;

/** What the quality judge said when the recording was indexed; null in recordings from before. */
const QUALITY = `
ALTER TABLE ecg ADD COLUMN quality TEXT;            -- JSON, as EcgQuality
ALTER TABLE ecg ADD COLUMN quality_score REAL;
ALTER TABLE ecg ADD COLUMN acceptable INTEGER;      -- 0 or 1
`;

const STEPS: readonly string[] = [FIRST, LABELS, QUALITY];

/** The version that this program writes. */
export const SCHEMA_VERSION = STEPS.length;

/**
 * Brings the schema to SCHEMA_VERSION; a new file gets all of it.
 * @throws `archive.version` for a newer file, or an older one that is open read-only;
 *   `archive.invalid` for a database of something else
 */
export function migrate(database: SqliteDatabase): void {
  if (needsNothing(database)) return;
  writeTransaction(database, () => {
    if (needsNothing(database)) return; // another process was faster
    const from = versionOf(database);
    for (const step of STEPS.slice(from)) database.exec(step);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
}

function versionOf(database: SqliteDatabase): number {
  return database.pragma('user_version', { simple: true }) as number;
}

function needsNothing(database: SqliteDatabase): boolean {
  const version = versionOf(database);
  checkOwner(database, version);
  if (version > SCHEMA_VERSION) {
    throw new PqrError(
      'archive.version',
      `The archive has schema version ${version}; this program reads up to ${SCHEMA_VERSION}: ${database.name}.`,
      { hint: 'Update pqrsearch.', details: { version, supported: SCHEMA_VERSION } },
    );
  }
  if (version < SCHEMA_VERSION && database.readonly) {
    throw new PqrError(
      'archive.version',
      `The archive has schema version ${version}, not ${SCHEMA_VERSION}, and may not be changed: ${database.name}.`,
      { hint: 'Open it once for writing, with `pqrsearch index` or `archive rebuild`.' },
    );
  }
  return version === SCHEMA_VERSION;
}

function checkOwner(database: SqliteDatabase, version: number): void {
  const owner = database.pragma('application_id', { simple: true }) as number;
  if (owner === APPLICATION_ID) return;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  if (owner === 0 && version === 0 && tables === 0 && !database.readonly) return; // just made
  throw new PqrError(
    'archive.invalid',
    `The file is a database of something else: ${database.name} (application id ${owner}, ${tables} tables).`,
    { hint: 'Give the folder of an archive, or index into a new folder.' },
  );
}
