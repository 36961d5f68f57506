/**
 * One SQLite connection, set up for an archive, and the one place where SQLite's errors become ours.
 *
 * WAL lets readers go on while one process writes. `synchronous=NORMAL` keeps the file consistent over a
 * crash or a power cut; the very last transactions may be missing after a power cut, and the next
 * `index` run redoes them.
 */
import Database from 'better-sqlite3';
import { type ErrorCode, PqrError } from '../ecg/errors.js';

export type SqliteDatabase = Database.Database;

/** "pqrS": tells an archive from any other SQLite file (sqlite.org/fileformat2, application id). */
export const APPLICATION_ID = 0x70717253;

const BUSY_TIMEOUT_MILLISECONDS = 5000;

export interface DatabaseOptions {
  readonly readOnly: boolean;
  readonly busyTimeoutMilliseconds?: number;
}

/**
 * Opens an archive's database file, which is made where it is missing unless `readOnly`.
 * @throws `archive.invalid`, `archive.busy`, `archive.full`, `file.denied`
 */
export function openDatabase(file: string, options: DatabaseOptions): SqliteDatabase {
  return guardSqlite(file, () => {
    const database = new Database(file, {
      readonly: options.readOnly,
      fileMustExist: options.readOnly,
      timeout: options.busyTimeoutMilliseconds ?? BUSY_TIMEOUT_MILLISECONDS,
    });
    try {
      if (!options.readOnly) database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('foreign_keys = ON');
      database.function('heart_rate_bpm', { deterministic: true }, heartRateBpm);
      database.pragma('user_version'); // the first read of the file: not a database shows here
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Heart rate of stored R peaks (int32 samples); null with fewer than two. For filters (filter.ts). */
function heartRateBpm(peaks: unknown, samplingRateHz: unknown): number | null {
  if (!(peaks instanceof Uint8Array) || typeof samplingRateHz !== 'number') return null;
  const samples = new DataView(peaks.buffer, peaks.byteOffset, peaks.byteLength);
  const intervalCount = peaks.byteLength / 4 - 1;
  if (intervalCount < 1) return null;
  const span = samples.getInt32(4 * intervalCount, true) - samples.getInt32(0, true);
  return (60 * samplingRateHz * intervalCount) / span;
}

/** Runs `work` in one write transaction; SQLite's errors come out as ours. */
export function writeTransaction<T>(database: SqliteDatabase, work: () => T): T {
  return guardSqlite(database.name, () => database.transaction(work).immediate());
}

/** Runs `work` on one snapshot of the database; SQLite's errors come out as ours. */
export function readTransaction<T>(database: SqliteDatabase, work: () => T): T {
  return guardSqlite(database.name, () =>
    database.inTransaction ? work() : database.transaction(work).deferred(),
  );
}

/** Runs `work` and turns SQLite's errors into ours, with the archive's file in the message. */
export function guardSqlite<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fromSqlite(error, file);
  }
}

interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const TRANSLATIONS: readonly (readonly [RegExp, Translation])[] = [
  [
    /^SQLITE_FULL|^ENOSPC/,
    {
      code: 'archive.full',
      message: 'No space is left to write the archive',
      hint: 'Free some space and run the same command again: what is indexed is kept.',
    },
  ],
  [
    /^SQLITE_(?:BUSY|LOCKED)/,
    {
      code: 'archive.busy',
      message: 'Another process is writing to the archive',
      hint: 'Wait until it has finished, or stop it, and try again.',
    },
  ],
  [
    /^SQLITE_NOTADB/,
    {
      code: 'archive.invalid',
      message: 'The file is not an archive database',
      hint: 'Give the folder of an archive, or index into a new folder.',
    },
  ],
  [
    /^SQLITE_(?:CORRUPT|FORMAT)/,
    {
      code: 'archive.corrupt',
      message: 'The archive database is damaged',
      hint: 'Run `pqrsearch archive verify` to see the damage; restore a copy, or index anew.',
    },
  ],
  [
    /^SQLITE_(?:READONLY|PERM|AUTH|CANTOPEN)|^EACCES|^EPERM/,
    {
      code: 'file.denied',
      message: 'The archive may not be opened or written',
      hint: 'Check the permissions of the folder and its files.',
    },
  ],
  [
    /^SQLITE_IOERR/,
    {
      code: 'file.unreadable',
      message: 'The disk failed to read or write the archive',
      hint: 'Check the disk; what is indexed is kept.',
    },
  ],
];

/** Our error for one of SQLite's; any other error comes back as it is. */
export function fromSqlite(error: unknown, file: string): unknown {
  if (PqrError.isInstance(error) || !(error instanceof Error)) return error;
  const sqliteCode = String((error as { code?: unknown }).code ?? '');
  const known = TRANSLATIONS.find(([pattern]) => pattern.test(sqliteCode));
  if (known === undefined) return error;
  const [, { code, message, hint }] = known;
  return new PqrError(code, `${message}: ${file} (${sqliteCode}).`, {
    hint,
    details: { file, sqliteCode },
    cause: error,
  });
}
