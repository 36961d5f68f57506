/**
 * Users' labels in a JSON file, for work without an archive. A change reads and writes the whole file under a
 * lock, so that of two processes none loses what the other adds.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { withFileLock } from '../archive/file-lock.js';
import { checkBefore } from '../archive/label-shelf.js';
import type { LabelRow, LabelShelf } from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';

const FILE_BYTES = 64 * 1024 * 1024;

const rowSchema = z.strictObject({
  key: z.string(),
  version: z.int().min(1),
  changedAt: z.string(),
  document: z.unknown(),
});
const fileSchema = z.strictObject({
  /** Of this layout. */
  format: z.literal('pqrsearch-labels-1'),
  labels: z.array(rowSchema),
  past: z.array(rowSchema),
});
type Content = z.infer<typeof fileSchema>;

/**
 * The labels of a file, which is made with the first label.
 * @throws `label.invalid` for a file of something else, `file.unreadable`, `file.unwritable`
 */
export function fileLabelShelf(path: string): LabelShelf {
  const read = () => readContent(path);
  return {
    list: async () => (await read()).labels.map(toRow).sort((a, b) => (a.key < b.key ? -1 : 1)),
    get: async (key) => rowOf(await read(), key),
    past: async (key) => (await read()).past.filter((row) => row.key === key).map(toRow),
    put: (row, before) => withFileLock(path, () => put(path, row, before)),
    remove: (key) => withFileLock(path, () => remove(path, key)),
  };
}

async function put(path: string, row: LabelRow, before: LabelRow | undefined): Promise<void> {
  const content = await readContent(path);
  const stored = rowOf(content, row.key);
  checkBefore(row.key, stored, before);
  const others = content.labels.filter(({ key }) => key !== row.key);
  const isNew = stored !== undefined && stored.version !== row.version;
  await writeContent(path, {
    ...content,
    labels: [...others, fromRow(row)],
    past: isNew ? [...content.past, fromRow(stored)] : content.past,
  });
}

async function remove(path: string, key: string): Promise<boolean> {
  const content = await readContent(path);
  if (rowOf(content, key) === undefined) return false;
  const without = (rows: Content['labels']) => rows.filter((row) => row.key !== key);
  const { labels, past } = content;
  await writeContent(path, { ...content, labels: without(labels), past: without(past) });
  return true;
}

function rowOf(content: Content, key: string): LabelRow | undefined {
  const row = content.labels.find((one) => one.key === key);
  return row && toRow(row);
}

function toRow({ document, ...row }: z.infer<typeof rowSchema>): LabelRow {
  return { ...row, document: JSON.stringify(document) };
}

function fromRow({ document, ...row }: LabelRow): z.infer<typeof rowSchema> {
  return { ...row, document: JSON.parse(document) as unknown };
}

async function readContent(path: string): Promise<Content> {
  const text = await readText(path);
  if (text === undefined) return { format: 'pqrsearch-labels-1', labels: [], past: [] };
  const parsed = fileSchema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  throw new PqrError('label.invalid', `${basename(path)} is no file of labels.`, {
    hint: 'Name another file: `labels add` makes it.',
    cause: parsed.error,
  });
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size <= FILE_BYTES) return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PqrError('file.unreadable', `${path} could not be read.`, { cause });
  }
  throw new PqrError('limit.exceeded', `${basename(path)} has over ${FILE_BYTES} bytes.`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as no file of labels
  }
}

async function writeContent(path: string, content: Content): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx' });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new PqrError('file.unwritable', `${path} could not be written.`, { cause });
  }
}
