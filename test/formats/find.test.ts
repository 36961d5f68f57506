import {
  appendFileSync,
  cpSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FoundRecording, findRecordings } from '../../src/formats/find.js';
import { readEcg } from '../../src/formats/read.js';
import { caught, goldenFiles, limitsWith, temporaryFolder } from './support.js';

async function find(roots: string[], options = {}): Promise<FoundRecording[]> {
  const found: FoundRecording[] = [];
  for await (const entry of findRecordings(roots, options)) found.push(entry);
  return found;
}

/** Paths below `root`, with the code of what failed. */
async function paths(root: string, options = {}): Promise<string[]> {
  const found = await find([root], options);
  return found.map(({ path, error }) => {
    const below = path === root ? '' : path.slice(root.length + 1);
    return error ? `${below} ! ${error.code}` : below;
  });
}

function put(folder: string, golden: string, below = ''): void {
  mkdirSync(join(folder, below), { recursive: true });
  for (const [name, bytes] of goldenFiles(golden)) writeFileSync(join(folder, below, name), bytes);
}

function mixedFolder(): string {
  const folder = temporaryFolder();
  put(folder, 'ptbxl-16', 'b/deep/er');
  put(folder, 'challenge-mat4', 'b');
  put(folder, 'mitdb-segments-variable', 'a');
  put(folder, 'mitdb-segments-fixed', 'a');
  put(folder, 'csv-comma-time', 'c');
  put(folder, 'npy-f4', 'c');
  writeFileSync(join(folder, 'RECORDS'), 'a/var\nb/A0001\n');
  writeFileSync(join(folder, 'labels.csv'), 'record,NORM,MI\na/var,0,1\n');
  writeFileSync(join(folder, 'SHA256SUMS.txt'), '0123  a/var.hea\n');
  writeFileSync(join(folder, 'orphan.dat'), new Uint8Array(3000));
  writeFileSync(join(folder, 'weights.npy.txt'), 'not an array');
  mkdirSync(join(folder, '.cache'));
  put(folder, 'ptbxl-16', '.cache');
  return folder;
}

describe('findRecordings', () => {
  it('finds every recording below a folder, in order, and nothing else', async () => {
    const folder = mixedFolder();
    expect(await paths(folder)).toEqual([
      'a/seg',
      'a/var',
      'b/A0001',
      'b/deep/er/00001_hr',
      'c/ecg.csv',
      'c/ecg.npy',
    ]);
    expect(await find([folder])).toEqual(await find([`${folder}/`]));
  });

  it('gives a file that reads as the recording, and its path too', async () => {
    for (const found of await find([mixedFolder()])) {
      if (found.error) throw found.error;
      expect((await readEcg(found.file)).samples).toEqual((await readEcg(found.path)).samples);
    }
  });

  it('lists segments apart where their master is not there', async () => {
    const folder = temporaryFolder('mitdb-segments-fixed');
    rmSync(join(folder, 'seg.hea'));
    expect(await paths(folder)).toEqual(['seg_1', 'seg_2']);
  });

  it('is not silenced by a header that names itself or other headers', async () => {
    const folder = temporaryFolder('ptbxl-16');
    writeFileSync(join(folder, 'me.hea'), 'me/1 12 500 1000\nme 1000\n');
    writeFileSync(
      join(folder, 'thief.hea'),
      'thief 1 500 10\n00001_hr.hea 16 1000/mV 16 0 0 0 0 I\n',
    );
    expect(await paths(folder)).toEqual(['00001_hr', 'me', 'thief']);
  });

  it('changes its fingerprint with any file of the recording', async () => {
    const folder = mixedFolder();
    const fingerprints = async () =>
      new Map(
        (await find([folder])).map((entry) => {
          if (entry.error) throw entry.error;
          return [
            entry.path.slice(folder.length + 1),
            `${entry.bytes} ${entry.modifiedMilliseconds}`,
          ];
        }),
      );
    const before = await fingerprints();
    const touched = new Map([
      ['b/A0001.mat', 'b/A0001'],
      ['a/var_2.dat', 'a/var'],
      ['a/seg_2.hea', 'a/seg'],
      ['c/ecg.json', 'c/ecg.npy'],
      ['c/ecg.csv', 'c/ecg.csv'],
    ]);
    const later = new Date(Date.now() + 60_000);
    for (const [file, record] of touched) {
      const previous = await fingerprints();
      utimesSync(join(folder, file), later, later);
      const next = await fingerprints();
      const changed = [...next].filter(([path, print]) => previous.get(path) !== print);
      expect(
        changed.map(([path]) => path),
        file,
      ).toEqual([record]);
    }
    appendFileSync(join(folder, 'b/deep/er/00001_hr.dat'), 'x');
    expect((await fingerprints()).get('b/deep/er/00001_hr')).not.toBe(
      before.get('b/deep/er/00001_hr'),
    );
  });

  it('counts header and signal files together', async () => {
    const folder = temporaryFolder('ptbxl-16-two-files');
    const files = goldenFiles('ptbxl-16-two-files');
    const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
    expect(await find([folder])).toMatchObject([{ path: `${folder}/two`, bytes }]);
  });

  it('takes a file, a record name and a signal file as roots', async () => {
    const folder = temporaryFolder('challenge-mat4');
    const path = join(folder, 'A0001');
    for (const root of [path, `${path}.hea`, `${path}.mat`]) {
      const found = await find([root]);
      expect(found, root).toMatchObject([{ path, file: `${path}.hea` }]);
    }
  });

  it('lists a recording once when roots overlap', async () => {
    const folder = mixedFolder();
    expect(await find([folder, join(folder, 'b'), join(folder, 'c/ecg.csv')])).toHaveLength(6);
  });

  it('tells what it could not read and goes on', async () => {
    const folder = temporaryFolder('ptbxl-16');
    writeFileSync(join(folder, 'a.hea'), '');
    writeFileSync(join(folder, 'b.hea'), 'this is no header, is it?\n');
    writeFileSync(join(folder, 'c.csv'), '');
    writeFileSync(join(folder, 'd.npy'), new Uint8Array([1, 2, 3, 0]));
    expect(await paths(folder)).toEqual([
      '00001_hr',
      'a ! format.empty',
      'b ! format.unknown',
      'c.csv ! format.empty',
      'd.npy ! format.unknown',
    ]);
  });

  it('tells of roots that are not there or no recording', async () => {
    const folder = mixedFolder();
    const [missing, text, rest] = await find([
      join(folder, 'none'),
      join(folder, 'RECORDS'),
      folder,
    ]);
    expect(missing).toMatchObject({ path: join(folder, 'none'), error: { code: 'file.missing' } });
    expect(text).toMatchObject({ error: { code: 'format.unknown' } });
    expect(rest?.error).toBeUndefined();
  });

  it('follows no link that leads out, nor any linked folder', async () => {
    const outside = temporaryFolder('ptbxl-16');
    const folder = temporaryFolder('csv-comma-time');
    symlinkSync(outside, join(folder, 'folder'));
    symlinkSync(join(outside, '00001_hr.hea'), join(folder, 'link.hea'));
    symlinkSync(join(outside, '00001_hr.dat'), join(folder, 'link.dat'));
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync(join(folder, 'gone.hea'), join(folder, 'broken.hea'));
    symlinkSync(join(folder, 'ecg.csv'), join(folder, 'inside.csv'));
    expect(await paths(folder)).toEqual([
      'broken ! file.missing',
      'ecg.csv',
      'folder ! format.escape',
      'inside.csv',
      'link ! format.escape',
    ]);
    symlinkSync(outside, join(outside, '../', `${outside.split('/').at(-1)}-root`));
    const linkedRoot = `${outside}-root`;
    expect(await paths(linkedRoot)).toEqual(['00001_hr']);
    rmSync(linkedRoot);
  });

  it('goes no deeper than the limit and says where it stopped', async () => {
    const folder = temporaryFolder();
    put(folder, 'csv-comma-time', 'a/b/c');
    cpSync(join(folder, 'a/b/c/ecg.csv'), join(folder, 'a/ecg.csv'));
    const limits = limitsWith({ folderDepth: 1 });
    expect(await paths(folder, { limits })).toEqual(['a/b ! limit.exceeded', 'a/ecg.csv']);
  });

  it('stops when the caller has given up', async () => {
    const folder = mixedFolder();
    const controller = new AbortController();
    const walk = findRecordings([folder], { signal: controller.signal });
    expect((await walk.next()).done).toBe(false);
    controller.abort();
    expect((await caught(walk.next())).code).toBe('request.aborted');
  });
});
