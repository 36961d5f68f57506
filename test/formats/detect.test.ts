import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/formats/detect.js';
import { readEcg, readEcgFiles } from '../../src/formats/read.js';
import { bytesOf, caught, goldenFiles, goldenNames, temporaryFolder, upload } from './support.js';

describe('detection by content', () => {
  it('reads a header, a table and an array under any name', async () => {
    const wfdb = temporaryFolder('ptbxl-16');
    renameSync(join(wfdb, '00001_hr.hea'), join(wfdb, 'notes.txt'));
    expect((await readEcg(join(wfdb, 'notes.txt'))).format).toBe('wfdb');
    const csv = temporaryFolder('csv-comma-time');
    renameSync(join(csv, 'ecg.csv'), join(csv, 'ecg.hea'));
    expect((await readEcg(join(csv, 'ecg.hea'))).format).toBe('csv');
    expect((await readEcg(join(csv, 'ecg'))).format).toBe('csv');
    const npy = temporaryFolder('npy-f4');
    renameSync(join(npy, 'ecg.npy'), join(npy, 'ecg.dat'));
    expect((await readEcg(join(npy, 'ecg.dat'))).format).toBe('npy');
  });

  it('finds the header of a signal file only where it names that file', async () => {
    const folder = temporaryFolder('ptbxl-16');
    const bytes = readFileSync(join(folder, '00001_hr.dat'));
    writeFileSync(join(folder, '00001_hr.bin'), bytes);
    expect((await readEcg(join(folder, '00001_hr.dat'))).leads).toHaveLength(12);
    expect((await caught(readEcg(join(folder, '00001_hr.bin')))).code).toBe('format.unknown');
  });

  it('knows every format that has a file of its own by its first bytes', () => {
    const dicom = new Uint8Array(200);
    dicom.set(bytesOf('DICM'), 128);
    const scp = new Uint8Array(64);
    scp.set(bytesOf('SCPECG'), 16);
    const tar = new Uint8Array(512);
    tar.set(bytesOf('ustar'), 257);
    const knows: [string, Uint8Array][] = [
      ['dicom', dicom],
      ['scp', scp],
      ['edf', bytesOf(`0       ${' '.repeat(300)}`)],
      ['ishne', bytesOf('ISHNE1.0')],
      ['mat', bytesOf('MATLAB 5.0 MAT-file, Platform')],
      ['aecg', bytesOf('<?xml version="1.0"?>\n<AnnotatedECG xmlns="urn:hl7-org:v3">')],
      ['aecg', bytesOf('<hl7:AnnotatedECG xmlns:hl7="urn:hl7-org:v3">')],
      ['muse', bytesOf('\ufeff<?xml version="1.0"?><RestingECG>')],
      ['muse', new Uint8Array(Buffer.from('\ufeff<?xml?>\n<RestingECG>', 'utf16le'))],
      ['philips', bytesOf('<?xml version="1.0"?><restingecgdata xmlns="x">')],
      ['fhir', bytesOf('{ "resourceType" : "Observation" }')],
      ['archive', bytesOf('PK\x03\x04........')],
      ['archive', new Uint8Array([0x1f, 0x8b, 8])],
      ['archive', tar],
    ];
    for (const [format, bytes] of knows) expect(detectFormat(bytes).format).toBe(format);
  });

  it('says what a file of another format looks like', async () => {
    const looks: [string, Uint8Array][] = [
      ['XML', bytesOf('<svg></svg>')],
      ['JSON', bytesOf('{"leads": []}')],
      ['MATLAB 7.3 (HDF5)', bytesOf('MATLAB 7.3 MAT-file, Platform')],
      ['BDF', new Uint8Array(Buffer.from('\xffBIOSEMI', 'latin1'))],
      ['UTF-16', new Uint8Array([0xff, 0xfe, 73, 0, 44, 0])],
      ['plain text', bytesOf('These are my notes, on two lines,\nabout nothing, at all.\n')],
      ['plain text', bytesOf(' \n\n   \n')],
      ['binary', new Uint8Array([1, 2, 3, 0, 0, 200])],
    ];
    for (const [name, bytes] of looks) {
      const error = await caught(readEcgFiles(new Map([['x.ecg', bytes]])));
      expect(error.code, name).toBe('format.unknown');
      expect(error.message, name).toContain(name);
    }
  });

  it('takes no other table and no list of numbers for a recording beyond doubt', () => {
    const tables = [
      'record,NORM,MI\n00001_hr,1,0\n',
      'record,patientId,age,sex\n1,2,3,4\n',
      'data/1\ndata/2\n',
      '100\n101\n102\n',
      '1,2,3\n4,5,6\n',
      'a\tb\n1\t2\n',
    ];
    for (const table of tables) {
      const detected = detectFormat(bytesOf(table));
      expect(detected.format === 'csv' && detected.sure, table).toBe(false);
    }
  });

  it('tells a numeric matrix from a header', () => {
    expect(detectFormat(bytesOf('1\t2\t3\n4\t5\t6\n')).format).toBe('csv');
    expect(detectFormat(bytesOf('100 2 360 10\n100.dat 212 200\n100.dat 212 200\n')).format).toBe(
      'wfdb',
    );
    expect(detectFormat(bytesOf('broken x y\n100.dat 212 200\n')).format).toBe('wfdb');
  });

  it('looks behind comments of any length', async () => {
    const comments = '# what this is about\n'.repeat(2000);
    const wfdb = goldenFiles('ptbxl-16');
    const header = new TextDecoder().decode(wfdb.get('00001_hr.hea'));
    wfdb.set('00001_hr.hea', bytesOf(comments + header));
    expect((await readEcgFiles(wfdb)).comments).toHaveLength(2000);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x.csv'), `${comments}# fs: 500\nI,II\n1,2\n`);
    expect((await readEcg(join(folder, 'x.csv'))).leads).toEqual(['I', 'II']);
  });

  it('picks the main file of an upload', async () => {
    const files = goldenFiles('mitdb-segments-variable');
    files.set('labels.csv', bytesOf('record,NORM\nvar,1\n'));
    files.set('README', bytesOf('hello'));
    expect((await readEcgFiles(files)).sampleCount).toBe(440);
    for (const [name, bytes] of goldenFiles('ptbxl-16')) files.set(name, bytes);
    const error = await caught(readEcgFiles(files));
    expect(error.code).toBe('request.invalid');
    expect(error.message).toContain('2 recordings');
  });

  it('names every signal file that an upload lacks', async () => {
    const files = goldenFiles('ptbxl-16');
    files.delete('00001_hr.dat');
    const error = await caught(readEcgFiles(files));
    expect(error.code).toBe('file.missing');
    expect(error.message).toContain('00001_hr.dat');
  });

  it('calls every truncated beginning of every fixture something', () => {
    for (const name of goldenNames()) {
      for (const bytes of goldenFiles(name).values()) {
        for (let end = 0; end < 300; end += 7) {
          expect(detectFormat(bytes.subarray(0, end)).format).toBeTypeOf('string');
        }
      }
    }
  });

  it('refuses an empty upload by name', async () => {
    const error = await caught(readEcgFiles(upload('x.csv', '')));
    expect(error.code).toBe('format.empty');
    expect(error.message).toContain('x.csv');
  });
});
