import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withFileLock } from '../../src/archive/file-lock.js';
import { fileLabelShelf } from '../../src/zeroshot/label-file.js';
import { runCommand } from '../support/run-command.js';
import { failureOf, temporaryFolder } from './helpers.js';

describe('the lock of a file', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'count');
    await writeFile(path, '0');
    const addOne = async () => {
      const count = Number(await readFile(path, 'utf8'));
      await sleep(1);
      await writeFile(path, `${count + 1}`);
    };
    await Promise.all(Array.from({ length: 30 }, () => withFileLock(path, addOne)));
    expect(await readFile(path, 'utf8')).toBe('30');
    expect(await readdir(folder)).toEqual(['count']);
  });

  it('is given up by work that fails', async () => {
    const path = join(await temporaryFolder(), 'file');
    const fails = () => withFileLock(path, () => Promise.reject(new Error('no')));
    await expect(fails()).rejects.toThrow('no');
    expect(await withFileLock(path, async () => 'in')).toBe('in');
  });

  it('is waited for, and says so where it stays', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(join(path, '..', '.file.lock'), 'of another process');
    const waiting = () => withFileLock(path, async () => 'in', { waitMilliseconds: 50 });
    expect(await failureOf(waiting)).toMatchObject({
      code: 'file.unwritable',
      message: expect.stringContaining('another process'),
    });
    expect(await readFile(join(path, '..', '.file.lock'), 'utf8')).toBe('of another process');
  });

  it('is taken over from a process that died', async () => {
    const path = join(await temporaryFolder(), 'file');
    const lock = join(path, '..', '.file.lock');
    await writeFile(lock, 'left behind');
    await utimes(lock, 1, 1);
    const several = Array.from({ length: 5 }, () => withFileLock(path, async () => 'in'));
    expect(await Promise.all(several)).toEqual(Array(5).fill('in'));
  });
});

describe('a file of labels', () => {
  it('loses no label where many are added at once', async () => {
    const path = join(await temporaryFolder(), 'labels.json');
    const keys = Array.from({ length: 20 }, (_, index) => `label-${index}`);
    const row = (key: string) => ({ key, version: 1, changedAt: '2026-01-01', document: '{}' });
    await Promise.all(keys.map((key) => fileLabelShelf(path).put(row(key), undefined)));
    expect((await fileLabelShelf(path).list()).map(({ key }) => key)).toEqual(keys.toSorted());
  });

  it('loses none where several processes add at once', async () => {
    const cwd = await temporaryFolder();
    const texts = ['ST elevation in V1', 'delta wave', 'notched T wave', 'tall P in II'];
    const added = await Promise.all(
      texts.map((text) => runCommand(['labels', 'add', text, '--file', 'own.json'], { cwd })),
    );
    expect(added.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(await fileLabelShelf(join(cwd, 'own.json')).list()).toHaveLength(texts.length);
  });
});
