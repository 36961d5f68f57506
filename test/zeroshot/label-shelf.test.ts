/** One contract for the places where users' labels are kept: an archive and a file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open.js';
import type { LabelRow, LabelShelf } from '../../src/archive/ports.js';
import { fileLabelShelf } from '../../src/zeroshot/label-file.js';
import { featureModel } from '../support/feature-encoder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-shelf-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (key: string, version = 1, text = 'a'): LabelRow => ({
  key,
  version,
  changedAt: `2024-01-0${version}T00:00:00.000Z`,
  document: JSON.stringify({ text }),
});

const places: [string, () => Promise<{ shelf: LabelShelf; close(): Promise<void> }>][] = [
  [
    'an archive',
    async () => {
      const archive = await openArchive(join(folder, 'archive'), {
        model: featureModel(),
        create: true,
      });
      return { shelf: archive.labels, close: () => archive.close() };
    },
  ],
  [
    'a file',
    async () => ({ shelf: fileLabelShelf(join(folder, 'labels.json')), close: async () => {} }),
  ],
];

describe.each(places)('labels kept in %s', (_, open) => {
  it('are found again, by key, after it was closed', async () => {
    const first = await open();
    await first.shelf.put(row('b'), undefined);
    await first.shelf.put(row('a'), undefined);
    await first.close();
    const { shelf, close } = await open();
    expect(await shelf.list()).toEqual([row('a'), row('b')]);
    expect(await shelf.get('b')).toEqual(row('b'));
    expect(await shelf.get('c')).toBeUndefined();
    await close();
  });

  it('leave their earlier versions behind, and nothing where the version is the same', async () => {
    const { shelf, close } = await open();
    await shelf.put(row('a'), undefined);
    await shelf.put(row('a', 1, 'built'), row('a'));
    expect(await shelf.past('a')).toEqual([]);
    await shelf.put(row('a', 2, 'b'), row('a', 1, 'built'));
    await shelf.put(row('a', 3, 'c'), row('a', 2, 'b'));
    expect(await shelf.past('a')).toEqual([row('a', 1, 'built'), row('a', 2, 'b')]);
    expect(await shelf.get('a')).toEqual(row('a', 3, 'c'));
    await close();
  });

  it('are not overwritten by one who did not see the last change', async () => {
    const { shelf, close } = await open();
    await shelf.put(row('a'), undefined);
    const exists = expect.objectContaining({ code: 'label.exists' });
    await expect(shelf.put(row('a', 1, 'other'), undefined)).rejects.toEqual(exists);
    await shelf.put(row('a', 2, 'b'), row('a'));
    await expect(shelf.put(row('a', 2, 'c'), row('a'))).rejects.toEqual(exists);
    await expect(shelf.put(row('x', 2), row('x'))).rejects.toEqual(exists);
    expect(await shelf.get('a')).toEqual(row('a', 2, 'b'));
    await close();
  });

  it('are removed with their versions', async () => {
    const { shelf, close } = await open();
    await shelf.put(row('a'), undefined);
    await shelf.put(row('a', 2), row('a'));
    expect(await shelf.remove('a')).toBe(true);
    expect(await shelf.remove('a')).toBe(false);
    expect(await shelf.list()).toEqual([]);
    expect(await shelf.past('a')).toEqual([]);
    await close();
  });
});

describe('an archive of before there were labels', () => {
  it('gets a place for them when it is opened', async () => {
    const path = join(folder, 'archive');
    await (await openArchive(path, { model: featureModel(), create: true })).close();
    const database = new Database(join(path, 'archive.sqlite'));
    database.exec(`DROP TABLE label_past; DROP TABLE label;
      ALTER TABLE ecg DROP COLUMN quality; ALTER TABLE ecg DROP COLUMN quality_score;
      ALTER TABLE ecg DROP COLUMN acceptable; PRAGMA user_version = 1`);
    database.close();
    const archive = await openArchive(path, { model: featureModel() });
    await archive.labels.put(row('a'), undefined);
    expect(await archive.labels.list()).toHaveLength(1);
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
    await archive.close();
  });
});

describe('a file of labels', () => {
  it('is written whole: no part of it stays behind', async () => {
    const shelf = fileLabelShelf(join(folder, 'labels.json'));
    await shelf.put(row('a'), undefined);
    expect(readdirSync(folder)).toEqual(['labels.json']);
    expect(JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8'))).toMatchObject({
      format: 'pqrsearch-labels-1',
      labels: [{ key: 'a', document: { text: 'a' } }],
    });
  });

  it.each(['{', '[]', '{"format": "other"}'])('is refused where it holds %s', async (text) => {
    writeFileSync(join(folder, 'labels.json'), text);
    await expect(fileLabelShelf(join(folder, 'labels.json')).list()).rejects.toMatchObject({
      code: 'label.invalid',
    });
  });

  it('says where it cannot be written', async () => {
    const shelf = fileLabelShelf(join(folder, 'none', 'labels.json'));
    await expect(shelf.put(row('a'), undefined)).rejects.toMatchObject({
      code: 'file.unwritable',
    });
  });
});
