/** Users' labels in an archive's database. */
import { PqrError } from '../ecg/errors.js';
import { guardSqlite, type SqliteDatabase, writeTransaction } from './database.js';
import type { LabelRow, LabelShelf } from './ports.js';

const COLUMNS = 'key, version, changed_at AS changedAt, document';

export function archiveLabelShelf(database: SqliteDatabase, clock: () => Date): LabelShelf {
  const all = database.prepare<[], LabelRow>(`SELECT ${COLUMNS} FROM label ORDER BY key`);
  const one = database.prepare<[string], LabelRow>(`SELECT ${COLUMNS} FROM label WHERE key = ?`);
  const past = database.prepare<[string], LabelRow>(
    `SELECT ${COLUMNS} FROM label_past WHERE key = ? ORDER BY version`,
  );
  const store = (row: LabelRow) =>
    database
      .prepare(
        `INSERT INTO label (key, version, changed_at, document)
         VALUES (@key, @version, @changedAt, @document)
         ON CONFLICT (key) DO UPDATE SET version = @version, changed_at = @changedAt,
           document = @document`,
      )
      .run(row);
  const keep = (row: LabelRow) =>
    database
      .prepare(
        `INSERT OR REPLACE INTO label_past (key, version, changed_at, document)
         VALUES (@key, @version, @changedAt, @document)`,
      )
      .run(row);
  const audit = (action: string, { key, version, changedAt }: LabelRow) =>
    database
      .prepare('INSERT INTO audit (at, action, subject, details) VALUES (?, ?, ?, ?)')
      .run(changedAt, action, key, JSON.stringify({ version }));
  const file = database.name;
  return {
    list: async () => guardSqlite(file, () => all.all()),
    get: async (key) => guardSqlite(file, () => one.get(key)),
    past: async (key) => guardSqlite(file, () => past.all(key)),
    put: async (row, before) =>
      writeTransaction(database, () => {
        const stored = one.get(row.key);
        checkBefore(row.key, stored, before);
        store(row);
        if (stored && stored.version !== row.version) keep(stored);
        if (stored?.version !== row.version) audit('label.changed', row);
      }),
    remove: async (key) =>
      writeTransaction(database, () => {
        const stored = one.get(key);
        if (stored === undefined) return false;
        database.prepare('DELETE FROM label WHERE key = ?').run(key);
        audit('label.removed', { ...stored, changedAt: clock().toISOString() });
        return true;
      }),
  };
}

/** @throws `label.exists` */
export function checkBefore(
  key: string,
  stored: LabelRow | undefined,
  before: LabelRow | undefined,
): void {
  if (stored?.version === before?.version && stored?.document === before?.document) return;
  const what = before ? `has changed meanwhile (version ${stored?.version ?? 'gone'})` : 'is there';
  throw new PqrError('label.exists', `The label ${key} ${what}.`, {
    hint: 'Look at it again (pqrsearch labels list) and repeat the change.',
  });
}
