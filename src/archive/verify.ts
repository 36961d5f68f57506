/**
 * `archive verify`: everything that is stored is read and checked against what it should be. It changes
 * nothing, goes on after a problem, and gives other work a turn between recordings.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { ecgId } from '../ecg/record.js';
import type { Level } from '../encoders/ports.js';
import type { OpenArchive } from './archive.js';
import { guardSqlite } from './database.js';
import { generationFolder, listGenerations, loadGeneration } from './generation.js';
import type { VerifyOptions, VerifyResult } from './ports.js';
import { ProgressMeter } from './progress.js';
import { checksumOf, NORM_TOLERANCE, rowNorm, spansOf, vectorsOf } from './vector-codec.js';

/** Problems of one kind beyond this many are counted, not listed. */
const LISTED_PROBLEM_COUNT = 100;
const TURN_LENGTH = 16;

class Problems {
  readonly list: string[] = [];
  private more = 0;

  add(problem: string): void {
    if (this.list.length < LISTED_PROBLEM_COUNT) this.list.push(problem);
    else this.more++;
  }

  /** Runs a check; what it throws is a problem like any other. */
  attempt(what: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.add(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  result(): VerifyResult {
    const problems =
      this.more > 0 ? [...this.list, `... and ${this.more} more problems.`] : this.list;
    return { ok: problems.length === 0, problems };
  }
}

export async function verifyArchive(
  archive: OpenArchive,
  { signal, onProgress }: VerifyOptions,
): Promise<VerifyResult> {
  const problems = new Problems();
  const meter = new ProgressMeter(onProgress);
  problems.attempt('The database', () => checkDatabase(archive, problems));
  let ids: string[] = [];
  problems.attempt('The list of recordings', () => {
    ids = archive.listIds();
  });
  for (const [at, id] of ids.entries()) {
    throwIfAborted(signal);
    problems.attempt(`ECG ${id}`, () => checkRecording(archive, id, problems));
    if (at % TURN_LENGTH !== TURN_LENGTH - 1 && at !== ids.length - 1) continue;
    meter.update(at + 1, ids.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const level of archive.levelNames()) await checkGeneration(archive, level, problems);
  return problems.result();
}

function checkDatabase({ store: { database } }: OpenArchive, problems: Problems): void {
  guardSqlite(database.name, () => {
    for (const row of database.pragma('integrity_check') as { integrity_check: string }[]) {
      if (row.integrity_check !== 'ok') problems.add(`The database: ${row.integrity_check}.`);
    }
    const dangling = database.pragma('foreign_key_check') as { table: string }[];
    for (const { table } of dangling) problems.add(`A row of ${table} belongs to nothing.`);
  });
  problems.attempt('The full-text index is out of step with the reports', () =>
    checkFullText(database),
  );
}

/** FTS5's own check against the content table; it is written as an INSERT, and rolled back. */
function checkFullText(database: OpenArchive['store']['database']): void {
  if (database.readonly) {
    const count = (sql: string) => database.prepare<[], number>(sql).pluck().get()!;
    const reports = count('SELECT count(*) FROM report');
    const indexed = count('SELECT count(*) FROM report_text_docsize');
    if (reports !== indexed) throw new Error(`${indexed} are indexed, ${reports} are stored`);
    return;
  }
  database.exec(`SAVEPOINT check_text`);
  try {
    database.exec(`INSERT INTO report_text (report_text, rank) VALUES ('integrity-check', 1)`);
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK TO check_text; RELEASE check_text');
  }
}

function checkRecording(archive: OpenArchive, id: string, problems: Problems): void {
  const stored = archive.get(id);
  if (!stored) return; // removed meanwhile
  if (stored.paths.length === 0) problems.add(`ECG ${id} has no path.`);
  const found = ecgId(archive.waveform(id));
  if (found !== id)
    problems.add(`The samples of ECG ${id} (${stored.record}) are of ECG ${found}.`);
  const key = archive.store.requireKey(id);
  for (const level of archive.levelNames()) checkVectors(archive, { id, key, level }, problems);
}

interface SetRow {
  readonly dim: number;
  readonly count: number;
  readonly checksum: number;
  readonly spans: Uint8Array;
  readonly vectors: Uint8Array;
}

function checkVectors(
  archive: OpenArchive,
  { id, key, level }: { id: string; key: number; level: Level },
  problems: Problems,
): void {
  const row = archive.store.database
    .prepare<[number, number, string], SetRow>(
      `SELECT dim, count, checksum, spans, vectors FROM vector_set
       WHERE ecg_key = ? AND model_key = ? AND level = ?`,
    )
    .get(key, archive.modelKey, level);
  const dim = archive.model.levels[level]!.dim;
  if (!row) problems.add(`ECG ${id} has no vectors at level ${level}.`);
  else if (row.dim !== dim) {
    problems.add(`The ${level} vectors of ECG ${id} have ${row.dim} numbers, not ${dim}.`);
  } else if (row.checksum !== checksumOf(row)) {
    problems.add(`The ${level} vectors of ECG ${id} are not as they were written.`);
  } else {
    const vectors = vectorsOf(row);
    spansOf(row);
    for (let at = 0; at < row.count; at++) {
      if (Math.abs(rowNorm(vectors, at, dim) - 1) <= NORM_TOLERANCE) continue;
      problems.add(`Vector ${at} of ECG ${id} at level ${level} is not of length 1.`);
    }
  }
}

async function checkGeneration(
  archive: OpenArchive,
  level: Level,
  problems: Problems,
): Promise<void> {
  const [newest] = await listGenerations(archive.indexFolder, level);
  if (newest === undefined) return;
  const { hash, levels } = archive.model;
  const scope = { level, dim: levels[level]!.dim, modelHash: hash };
  try {
    await loadGeneration(generationFolder(archive.indexFolder, level, newest), scope);
  } catch (error) {
    if (!PqrError.isInstance(error)) throw error;
    problems.add(error.message);
  }
}
