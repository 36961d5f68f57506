/**
 * HDF5 files that h5py wrote (test/reference/formats_hdf5.py): several recordings as CODE stores them, compared
 * bit for bit with what h5py reads in them, and files that lead outside or hold no ECG.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findRecordings } from '../../src/formats/find.js';
import { halfToNumber } from '../../src/formats/hdf5-values.js';
import { readEcg, readEcgFiles } from '../../src/formats/read.js';
import { caught, limitsWith, temporaryFolder } from './support.js';

const FOLDER = new URL('../fixtures/formats/hdf5/', import.meta.url).pathname;
const BATCH = join(FOLDER, 'exams_part0.hdf5');
const IDS = ['1169160', '2873686', '4500000'];
const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8'));

async function found(root: string) {
  const all = [];
  for await (const recording of findRecordings([root])) all.push(recording);
  return all;
}

describe('a file of several recordings', () => {
  it.each(IDS)('%s is read as h5py reads it, to the bit', async (id) => {
    const record = await readEcg(`${BATCH}/${id}`);
    const { samples, leads, samplingRateHz, sampleCount, comments } = record;
    expect({ leads, samplingRateHz, sampleCount, comments }).toEqual({
      leads: expected[id].leads,
      samplingRateHz: 400,
      sampleCount: expected[id].sampleCount,
      comments: expected[id].comments,
    });
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(expected[id].sha256);
    expect(record.warnings.map(({ code }) => code)).toEqual(['format.experimental']);
  });

  it('gives a search each recording by its id, and none for the row without exam', async () => {
    const all = await found(BATCH);
    expect(all.map(({ path }) => path)).toEqual(IDS.map((id) => `${BATCH}/${id}`));
    for (const recording of all) expect(recording).toMatchObject({ file: recording.path });
  });

  it('asks for one where none is named, and says which there are', async () => {
    for (const reading of [
      readEcg(BATCH),
      readEcgFiles(new Map([['upload.bin', new Uint8Array(readFileSync(BATCH))]])),
    ]) {
      const error = await caught(reading);
      expect(error.code).toBe('request.invalid');
      expect(error.message).toContain('3 recordings');
      expect(error.hint).toContain('/1169160');
    }
    expect((await caught(readEcg(`${BATCH}/0`))).code).toBe('file.missing');
    expect((await caught(readEcg(`${BATCH}/../${IDS[0]}`))).code).toBe('file.missing');
  });

  it('takes rate, leads and unit from a JSON beside it rather than from the layout', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'exams_part0.hdf5');
    copyFileSync(BATCH, path);
    const plain = await readEcg(`${path}/${IDS[0]}`);
    const described = { samplingRateHz: 500, unit: 'mV', leads: [...plain.leads].reverse() };
    writeFileSync(join(folder, 'exams_part0.json'), JSON.stringify(described));
    const record = await readEcg(`${path}/${IDS[0]}`, { leads: ['V6'] });
    expect(record.samplingRateHz).toBe(500);
    expect(record.samples[100]).toBeCloseTo(plain.samples[100]! * 10, 5);
  });

  it('is read by parts: its size has a limit of its own', async () => {
    const small = limitsWith({ fileBytes: 1000 });
    expect((await readEcg(`${BATCH}/${IDS[1]}`, { limits: small })).sampleCount).toBe(560);
    const none = limitsWith({ fileBytes: 1000, batchBytes: 2000 });
    expect((await caught(readEcg(`${BATCH}/${IDS[1]}`, { limits: none }))).message).toContain(
      'batchBytes is',
    );
    const few = limitsWith({ batchRecordingCount: 3 });
    const upload = new Map([['exams.hdf5', new Uint8Array(readFileSync(BATCH))]]);
    expect((await caught(readEcgFiles(upload, { limits: few }))).message).toContain(
      'batchRecordingCount is 4, at most 3',
    );
    const thin = limitsWith({ chunkBytes: 1024 });
    expect((await caught(readEcgFiles(upload, { limits: thin }))).message).toContain(
      'chunkBytes is 49152, at most 1024',
    );
  });

  it('is given up after the time limit, and the next reading is none the worse', async () => {
    // A copy of the reader whose thread has yet to start, which takes far longer than a millisecond.
    vi.resetModules();
    const fresh = await import('../../src/formats/read.js');
    const hasty = limitsWith({ readerSeconds: 0.001 });
    const error = await caught(fresh.readEcg(`${BATCH}/${IDS[2]}`, { limits: hasty }));
    expect(error.message).toContain('was given up');
    expect((await fresh.readEcg(`${BATCH}/${IDS[2]}`)).sampleCount).toBe(1024);
  });
});

describe('a file that leads outside', () => {
  it.each(['external-link.h5', 'virtual.h5'])('%s is refused', async (name) => {
    const error = await caught(readEcg(join(FOLDER, name)));
    expect(error.code).toBe('format.escape');
    expect(error.message).toContain('tracings');
  });

  it('external-storage.h5 finds nothing: the library sees this one file', async () => {
    // The file that it names lies beside it.
    const error = await caught(readEcg(join(FOLDER, 'external-storage.h5')));
    expect(error.code).toBe('format.inconsistent');
  });
});

describe('a file without ECG', () => {
  it('is refused by what it holds', async () => {
    const error = await caught(readEcg(join(FOLDER, 'weights.h5')));
    expect(error.code).toBe('record.invalid');
    expect(error.message).toContain('bias [4] float32, dense (group)');
  });

  it('is passed over in a folder, and told where it was named', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'weights.h5');
    copyFileSync(join(FOLDER, 'weights.h5'), path);
    expect(await found(folder)).toEqual([]);
    expect(await found(path)).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: 'record.invalid' }) }),
    ]);
  });

  it('has a recording of zeros only', async () => {
    const folder = join(FOLDER, '../second/hdf5-code');
    const bytes = new Uint8Array(readFileSync(join(folder, 'ecg_tracings.hdf5')));
    bytes.fill(0, bytes.length - 1024 * 12 * 2); // contiguous, at the end of the file
    const error = await caught(readEcgFiles(new Map([['ecg.hdf5', bytes]])));
    expect(error.message).toContain('zeros only');
  });
});

describe('a file of one matrix', () => {
  it('without a unit or a rate is refused, not guessed at', async () => {
    const path = join(FOLDER, '../second/hdf5-matrix/ecg.h5');
    for (const options of [{ samplingRateHz: 500 }, { unit: 'uV' as const }]) {
      expect((await caught(readEcg(path, options))).code).toBe('format.header');
    }
  });
});

describe('float16', () => {
  it('is decoded as IEEE 754 has it', () => {
    const cases: [number, number][] = [
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0001, 2 ** -24],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0x3555, 0.333251953125],
    ];
    for (const [bits, value] of cases) expect(halfToNumber(bits)).toBe(value);
    expect(halfToNumber(0x7e00)).toBeNaN();
  });
});
