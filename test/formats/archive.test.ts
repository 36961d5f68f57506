import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackArchive } from '../../src/formats/archive.js';
import { findRecordings } from '../../src/formats/find.js';
import { readEcg, readEcgFiles } from '../../src/formats/read.js';
import {
  bytesOf,
  caught,
  goldenFiles,
  limitsWith,
  secondFile,
  temporaryFolder,
} from './support.js';

const BLOCK = 512;

interface TarEntry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly type?: string;
}

/** A TAR archive of the ustar kind. */
function tar(entries: readonly TarEntry[]): Uint8Array {
  const parts = entries.map(({ name, bytes = new Uint8Array(), type = '0' }) => {
    const padded = BLOCK * Math.ceil(bytes.length / BLOCK);
    const part = Buffer.alloc(BLOCK + padded);
    part.write(name, 0, 'utf8');
    part.write('0000644\0', 100);
    part.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    part.write('        ', 148);
    part.write(type, 156);
    part.write('ustar\x0000', 257, 'latin1');
    const sum = part.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
    part.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    part.set(bytes, BLOCK);
    return part;
  });
  return new Uint8Array(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}

const record = [...goldenFiles('ptbxl-16')].map(([name, bytes]) => ({ name, bytes }));
const read = (bytes: Uint8Array, more: object = {}) =>
  readEcgFiles(new Map([['x.bin', bytes]]), more);

describe('archives', () => {
  it('hold a recording among hidden files and folders', async () => {
    const entries: TarEntry[] = [
      { name: 'export/', type: '5' },
      { name: '__MACOSX/._x', bytes: bytesOf('x') },
      { name: '.DS_Store', bytes: bytesOf('x') },
      ...record.map(({ name, bytes }) => ({ name: `./export/${name}`, bytes })),
    ];
    const plain = await read(tar(entries));
    expect(plain.leads).toHaveLength(12);
    expect((await read(new Uint8Array(gzipSync(tar(entries))))).samples).toEqual(plain.samples);
  });

  it('may not name anything outside, and hold no links', async () => {
    const bad: TarEntry[] = [
      { name: '../x.hea' },
      { name: 'a/../../x.hea' },
      { name: '/etc/passwd' },
      { name: 'C:/x.hea' },
      { name: 'a\\..\\x.hea' },
      { name: 'x.hea', type: '2' },
      { name: 'x.hea', type: '1' },
    ];
    for (const entry of bad) {
      const error = await caught(read(tar([...record, entry])));
      expect(error.code, entry.name).toBe('format.escape');
    }
    const zip = secondFile('zip', 'ecg.zip');
    const at = Buffer.from(zip).lastIndexOf('export/00001_hr.hea');
    const outside = zip.slice();
    outside.set(bytesOf('../'), at);
    expect((await caught(read(outside))).code).toBe('format.escape');
    const link = zip.slice();
    new DataView(link.buffer).setUint32(at - 46 + 38, 0xa1ff0000, true);
    expect((await caught(read(link))).code).toBe('format.escape');
  });

  it('are bounded in entries and bytes before anything is made', async () => {
    const many = tar(Array.from({ length: 5 }, (_, index) => ({ name: `${index}.txt` })));
    const few = limitsWith({ archiveEntryCount: 4 });
    expect((await caught(read(many, { limits: few }))).message).toContain(
      'archiveEntryCount is 5, at most 4',
    );
    const zip = secondFile('zip', 'ecg.zip');
    const small = limitsWith({ archiveBytes: 1000 });
    expect((await caught(read(zip, { limits: small }))).code).toBe('limit.exceeded');
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(1_000_000)));
    expect((await caught(read(bomb, { limits: small }))).code).toBe('format.inconsistent');
  });

  it('of other archives, of several recordings, encrypted or damaged are refused by name', async () => {
    const zip = secondFile('zip', 'ecg.zip');
    const nested = await caught(read(tar([{ name: 'inner.zip', bytes: zip }])));
    expect(nested.message).toContain('inner.zip');
    const dicom = secondFile('dicom-implicit', 'ecg.dcm');
    const two = [
      { name: 'a.dcm', bytes: dicom },
      { name: 'b.dcm', bytes: dicom },
    ];
    const several = await caught(read(tar(two)));
    expect(several.code).toBe('request.invalid');
    expect(several.message).toContain('2 recordings (a.dcm, b.dcm)');
    const entry = Buffer.from(zip).lastIndexOf('export/00001_hr.hea') - 46;
    const encrypted = zip.slice();
    encrypted[entry + 8] = 1;
    expect((await caught(read(encrypted))).message).toContain('is encrypted');
    const damaged = zip.slice();
    damaged[200] = damaged[200]! ^ 1;
    expect((await caught(read(damaged))).code).toBe('format.inconsistent');
    expect((await caught(read(zip.subarray(0, zip.length - 30)))).message).toContain('cut off');
  });

  it('of one packed file are called as the file', () => {
    const packed = new Uint8Array(gzipSync(bytesOf('abc')));
    const limits = limitsWith({});
    expect([...unpackArchive(packed, 'ecg.scp.gz', limits).keys()]).toEqual(['ecg.scp']);
  });
});

describe('an archive of several recordings on disk', () => {
  it('is listed recording by recording, and each is read by its address', async () => {
    const folder = temporaryFolder();
    const dicom = secondFile('dicom-implicit', 'ecg.dcm');
    const scp = secondFile('scp-huffman', 'ecg.scp');
    const entries = [
      ...record.map(({ name, bytes }) => ({ name: `wfdb/${name}`, bytes })),
      { name: 'a.dcm', bytes: dicom },
      { name: 'day 2/b.scp', bytes: scp },
      { name: 'labels.csv', bytes: bytesOf('record,NORM\na,1\n') },
    ];
    writeFileSync(join(folder, 'export.tgz'), gzipSync(tar(entries)));
    const found = [];
    for await (const recording of findRecordings([folder])) found.push(recording);
    const archive = join(folder, 'export.tgz');
    expect(found.map(({ path }) => path)).toEqual([
      `${archive}/a.dcm`,
      `${archive}/day 2/b.scp`,
      `${archive}/wfdb/00001_hr`,
    ]);
    const formats = [];
    for (const recording of found) {
      if (recording.error === undefined) formats.push((await readEcg(recording.file)).format);
    }
    expect(formats).toEqual(['dicom', 'scp', 'wfdb']);
    expect((await readEcg(`${archive}/wfdb/00001_hr`)).leads).toHaveLength(12);
    const missing = await caught(readEcg(`${archive}/../../etc/passwd`));
    expect(missing.code).toBe('file.missing');
    expect((await caught(readEcg(archive))).hint).toContain('ARCHIVE/FILE');
  });

  it('that has changed is unpacked again', async () => {
    const path = join(temporaryFolder(), 'ecg.tar');
    const dicom = secondFile('dicom-implicit', 'ecg.dcm');
    writeFileSync(path, tar([{ name: 'a.dcm', bytes: dicom }]));
    await readEcg(`${path}/a.dcm`);
    writeFileSync(path, tar([{ name: 'other.dcm', bytes: dicom }]));
    utimesSync(path, 1, 1);
    expect((await caught(readEcg(`${path}/a.dcm`))).code).toBe('file.missing');
    expect((await readEcg(`${path}/other.dcm`)).format).toBe('dicom');
  });
});
