/** Opening an archive folder: `archive.sqlite` (the truth) and `index/` (derived, disposable). */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import type { ModelIdentity } from '../encoders/ports.js';
import { OpenArchive } from './archive.js';
import { fromSqlite, openDatabase, type SqliteDatabase, writeTransaction } from './database.js';
import { removeOrphans } from './generation.js';
import { DEFAULT_INDEXING, type IndexingRule, indexFolderOf } from './index-keeper.js';
import { migrate } from './migrations.js';
import { Store, type StoredModel } from './store.js';
import { StoreWriter } from './store-write.js';

export type { OpenArchive } from './archive.js';

export interface OpenArchiveOptions {
  /**
   * The model that queries come from: an archive of another one is refused. Without it the archive opens
   * with whatever model it is of, which serves status, verify and `reembed`.
   */
  readonly model?: ModelIdentity;
  /** Makes the archive where there is none; needs `model`. */
  readonly create?: boolean;
  readonly readOnly?: boolean;
  readonly clock?: () => Date;
  readonly limits?: Limits;
  /** When levels get an index; for tests and measurements. */
  readonly indexing?: Partial<IndexingRule>;
}

export const DATABASE_FILE = 'archive.sqlite';

/**
 * Opens the archive in `folder`, brings its schema up to date and clears away what broken-off index builds
 * left behind.
 * @throws `archive.missing`, `archive.invalid`, `archive.version`, `archive.busy`, `archive.full`,
 *   `model.mismatch`, `file.denied`
 */
export async function openArchive(
  folder: string,
  options: OpenArchiveOptions,
): Promise<OpenArchive> {
  const { readOnly = false, create = false, model } = options;
  await checkFolder(folder, create && !readOnly && model !== undefined);
  const database = openDatabase(join(folder, DATABASE_FILE), { readOnly });
  try {
    migrate(database);
    const store = new Store(database, options.limits ?? DEFAULT_LIMITS);
    const clock = options.clock ?? (() => new Date());
    const stored = store.model() ?? adoptModel(store, model, clock);
    if (model) checkModel(stored.identity, model, folder);
    if (!readOnly) await removeOrphans(indexFolderOf(folder));
    const { key, identity } = stored;
    const indexing = { ...DEFAULT_INDEXING, ...options.indexing };
    return new OpenArchive({ folder, store, model: identity, modelKey: key, clock, indexing });
  } catch (error) {
    closeQuietly(database);
    throw fromSqlite(error, database.name);
  }
}

function closeQuietly(database: SqliteDatabase): void {
  try {
    database.close();
  } catch {
    // the error that led here says more
  }
}

async function checkFolder(folder: string, mayCreate: boolean): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw folderError(folder, error);
  });
  if (names?.includes(DATABASE_FILE)) return checkFile(join(folder, DATABASE_FILE));
  if (!mayCreate) {
    const what = names ? 'The folder holds no archive' : 'There is no such folder';
    throw new PqrError('archive.missing', `${what}: ${folder}.`, {
      hint: 'Make one with `pqrsearch index PATH... --archive DIR`.',
      details: { folder },
    });
  }
  const foreign = names?.find(
    (name) =>
      !name.startsWith('.') &&
      !name.startsWith(DATABASE_FILE) &&
      name !== basename(indexFolderOf(folder)),
  );
  if (foreign !== undefined) {
    throw new PqrError(
      'archive.invalid',
      `The folder holds other files (${foreign}), so no archive is made in it: ${folder}.`,
      { hint: 'Name a new or an empty folder.', details: { folder } },
    );
  }
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw folderError(folder, error);
  });
}

async function checkFile(file: string): Promise<void> {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw folderError(file, error);
  });
  if (stats.isFile()) return;
  throw new PqrError('archive.invalid', `The archive database is not a file: ${file}.`);
}

function folderError(folder: string, cause: NodeJS.ErrnoException): PqrError {
  const details = { folder, reason: cause.code };
  if (cause.code === 'EACCES' || cause.code === 'EPERM' || cause.code === 'EROFS') {
    const hint = 'Check the permissions of the folder.';
    return new PqrError('file.denied', `The archive folder may not be used: ${folder}.`, {
      hint,
      details,
      cause,
    });
  }
  if (cause.code === 'ENOSPC') {
    const hint = 'Free some space and try again.';
    return new PqrError('archive.full', `No space is left to make the archive: ${folder}.`, {
      hint,
      details,
      cause,
    });
  }
  return new PqrError(
    'archive.invalid',
    `This cannot be an archive folder (${cause.code}): ${folder}.`,
    {
      hint: 'Name a folder.',
      details,
      cause,
    },
  );
}

/** The first model is written once; of two processes that make the archive, the first one's stays. */
function adoptModel(
  store: Store,
  model: ModelIdentity | undefined,
  clock: () => Date,
): StoredModel {
  const file = store.database.name;
  if (!model || store.database.readonly) {
    throw new PqrError(
      'archive.invalid',
      `The archive was begun and holds no model yet: ${file}.`,
      {
        hint: 'Index into it first.',
      },
    );
  }
  return writeTransaction(store.database, () => {
    const known = store.model();
    if (known) return known;
    const writer = new StoreWriter(store, clock);
    writer.setMeta('model', String(writer.addModel(model)));
    writer.audit('archive.created', model.name, { version: model.version, hash: model.hash });
    return store.model()!;
  });
}

function checkModel(stored: ModelIdentity, wanted: ModelIdentity, folder: string): void {
  if (stored.hash === wanted.hash) return;
  const name = ({ name, version, hash }: ModelIdentity) =>
    `${name} ${version} (${hash.slice(0, 12)})`;
  throw new PqrError(
    'model.mismatch',
    `The archive was made by model ${name(stored)}, not by ${name(wanted)}: ${folder}.`,
    {
      hint: `Run \`pqrsearch archive rebuild --model ${wanted.name} ${folder}\` to embed its recordings anew, or use --model ${stored.name}.`,
      details: { archiveModel: stored, wantedModel: wanted },
    },
  );
}
