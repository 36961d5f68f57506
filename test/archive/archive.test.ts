import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { readMetadata } from '../../src/archive/metadata.js';
import { SCHEMA_VERSION } from '../../src/archive/migrations.js';
import { type OpenArchive, openArchive } from '../../src/archive/open.js';
import type { FilterCondition } from '../../src/archive/ports.js';
import { ecgId } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { featureModel, makeFeatureEncoder } from '../support/feature-encoder.js';
import {
  FIXTURE_COUNT,
  FIXTURE_RECORDS,
  FIXTURE_TABLE,
  failureOf,
  ingestFixtures,
  madeRecord,
  makeArchive,
  temporaryFolder,
  toStore,
} from './helpers.js';

const path = (number: string) => `${FIXTURE_RECORDS}/00000/${number}_hr`;

describe('opening an archive', () => {
  it('makes a folder with the database in WAL mode and nothing else', async () => {
    const archive = await makeArchive();
    expect(archive.store.database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(archive.store.database.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(archive.store.database.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
    expect(await archive.status()).toMatchObject({ ecgCount: 0, pathCount: 0, reportCount: 0 });
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
  });

  it('finds no archive in a missing or an empty folder', async () => {
    const folder = await temporaryFolder();
    const model = featureModel();
    expect((await failureOf(() => openArchive(join(folder, 'x'), { model }))).code).toBe(
      'archive.missing',
    );
    expect((await failureOf(() => openArchive(folder, { model }))).code).toBe('archive.missing');
  });

  it('makes none in a folder with other files, nor where a file lies', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'thesis.doc'), 'x');
    const open = (target: string) => openArchive(target, { model: featureModel(), create: true });
    expect(await failureOf(() => open(folder))).toMatchObject({
      code: 'archive.invalid',
      message: expect.stringContaining('thesis.doc'),
    });
    expect((await failureOf(() => open(join(folder, 'thesis.doc')))).code).toBe('archive.invalid');
  });

  it('refuses a database of something else, a file that is none, and a folder in its place', async () => {
    const model = featureModel();
    const folder = await temporaryFolder();
    const database = new Database(join(folder, 'archive.sqlite'));
    database.exec('CREATE TABLE other (x)');
    database.close();
    expect((await failureOf(() => openArchive(folder, { model }))).code).toBe('archive.invalid');
    const second = await temporaryFolder();
    await writeFile(
      join(second, 'archive.sqlite'),
      'this is no database, but long enough '.repeat(40),
    );
    expect((await failureOf(() => openArchive(second, { model }))).code).toBe('archive.invalid');
    const third = await temporaryFolder();
    await mkdir(join(third, 'archive.sqlite'));
    expect((await failureOf(() => openArchive(third, { model }))).code).toBe('archive.invalid');
  });

  it('refuses an archive of a newer version', async () => {
    const { folder, store } = await makeArchive();
    store.database.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    expect(await failureOf(() => openArchive(folder, { model: featureModel() }))).toMatchObject({
      code: 'archive.version',
      message: expect.stringContaining(`version ${SCHEMA_VERSION + 1}; this program reads up to`),
    });
  });

  it('refuses an archive of another model, names both and the way out', async () => {
    const { folder } = await makeArchive();
    const model = featureModel({ name: 'other' });
    const error = await openArchive(folder, { model }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'model.mismatch',
      message: expect.stringMatching(/by model features 1 .* not by other 1/),
      hint: expect.stringContaining('archive rebuild --model other'),
    });
  });

  it('opens without a model for status and verify', async () => {
    const { folder } = await makeArchive();
    const archive = await openArchive(folder, {});
    expect(archive.model).toEqual(featureModel());
    await archive.close();
  });

  it('opened read-only, reads and does not write', async () => {
    const writer = await makeArchive();
    await ingestFixtures(writer);
    const reader = await makeArchive({ folder: writer.folder, readOnly: true });
    const [first] = reader.listIds();
    expect(reader.get(first!)?.leads).toHaveLength(12);
    expect((await reader.verify()).problems).toEqual([]);
    expect((await failureOf(() => reader.remove(first!))).code).toBe('file.denied');
  });
});

describe('an archive of the fixture recordings', () => {
  let archive: OpenArchive;

  beforeEach(async () => {
    archive = await makeArchive({ clock: () => new Date('2024-06-01T00:00:00Z') });
    const metadata = await readMetadata(FIXTURE_TABLE, { preset: 'ptbxl' });
    const result = await ingestFixtures(archive, { metadata });
    expect(result).toMatchObject({ indexed: FIXTURE_COUNT, updated: 0, unchanged: 0, failed: [] });
  });

  it('gives recordings back as they were read, with their metadata', async () => {
    const id = archive.idOfPath(path('00282'))!;
    const read = await readEcg(path('00282'));
    const stored = archive.waveform(id);
    expect(id).toBe(ecgId(read));
    expect(stored.samples).toEqual(read.samples);
    expect(stored.adcPerMillivolt).toEqual(read.adcPerMillivolt);
    expect(stored.comments).toEqual(read.comments);
    expect(archive.get(id)).toMatchObject({
      ...{ ecgId: id, record: path('00282'), paths: [path('00282')], format: 'wfdb' },
      ...{ leads: read.leads, samplingRateHz: 500, sampleCount: 2000, durationSeconds: 4 },
      patient: { id: '437', ageYears: 91, sex: 'male' },
      recordedAt: '1986-09-10T11:31:08',
      codes: ['ASMI', 'ILBBB', 'LVH', 'ISC_', 'PVC', 'AFIB'],
      codeLikelihoods: { LVH: 50, AFIB: 0 },
      rPeaksSeconds: [0, 0.8, 1.6, 2.4, 3.2],
    });
    expect(archive.get(id)?.report).toContain('atrial fibrillation');
  });

  it('knows no other id or path', async () => {
    expect(archive.get('0'.repeat(32))).toBeUndefined();
    expect(archive.idOfPath('elsewhere')).toBeUndefined();
    expect((await failureOf(() => archive.waveform('0'.repeat(32)))).code).toBe('ecg.missing');
    expect((await failureOf(() => archive.vectors('0'.repeat(32), 'beat'))).code).toBe(
      'ecg.missing',
    );
  });

  it('gives the vectors of a level as the encoder made them', async () => {
    const id = archive.idOfPath(path('00096'))!;
    const [embedding] = await makeFeatureEncoder().embed([archive.waveform(id)]);
    expect(archive.vectors(id, 'beat')).toEqual(embedding!.levels[1]);
    expect(archive.vectors(id, 'rhythm')).toEqual(embedding!.levels[0]);
    expect(archive.vectors(id, 'token').count).toBe(0);
  });

  it('finds a recording by its own vector, first and at its place', async () => {
    const id = archive.idOfPath(path('00103'))!;
    const beats = archive.vectors(id, 'beat');
    const query = beats.vectors.slice(2 * beats.dim, 3 * beats.dim).map((value) => value * 7);
    const [hit, second] = await archive.nearest('beat', query, { k: 5 });
    expect(hit).toMatchObject({
      ...{ ecgId: id, level: 'beat', window: 0, ordinal: 2, startSample: 800, endSample: 1200 },
    });
    expect(hit!.score).toBeCloseTo(1, 5);
    expect(second!.score).toBeLessThan(hit!.score);
  });

  it('finds only among the recordings it is limited to', async () => {
    const ids = archive.listIds();
    const query = archive.vectors(ids[0]!, 'rhythm').vectors;
    const among = new Set([ids[3]!, ids[5]!, 'f'.repeat(32)]);
    const hits = await archive.nearest('rhythm', query, { k: 10, among });
    expect(new Set(hits.map((hit) => hit.ecgId))).toEqual(new Set([ids[3], ids[5]]));
    expect(await archive.nearest('rhythm', query, { k: 10, among: new Set() })).toEqual([]);
  });

  it('scores every recording by its best vector', async () => {
    const id = archive.listIds()[2]!;
    const query = archive.vectors(id, 'beat').vectors.slice(0, 16);
    const scores = await archive.scoreAll('beat', query);
    expect(scores.size).toBe(FIXTURE_COUNT);
    expect(scores.get(id)!.score).toBeCloseTo(1, 5);
    const all = await archive.nearest('beat', query, { k: 1000 });
    for (const [ecgId, hit] of scores) {
      expect(hit).toEqual(all.find((other) => other.ecgId === ecgId));
    }
  });

  it('refuses a level the model lacks, a wrong query and a wrong k', async () => {
    const query = new Float32Array(16).fill(1);
    const nearest = (level: 'beat' | 'token', vector: Float32Array, k: number) =>
      failureOf(() => archive.nearest(level, vector, { k }));
    expect(await nearest('token', query, 1)).toMatchObject({
      code: 'query.level',
      message: 'Model features has no level token; it has rhythm, beat.',
    });
    expect((await nearest('beat', query.subarray(1), 1)).code).toBe('model.input');
    expect((await nearest('beat', new Float32Array(16), 1)).code).toBe('model.input');
    expect(
      (
        await nearest(
          'beat',
          query.map(() => Number.NaN),
          1,
        )
      ).code,
    ).toBe('model.input');
    expect((await nearest('beat', query, 0)).code).toBe('usage.invalid');
    const signal = AbortSignal.abort();
    expect((await failureOf(() => archive.nearest('beat', query, { k: 1, signal }))).code).toBe(
      'request.aborted',
    );
  });

  it.each<[string, FilterCondition[], string[]]>([
    ['age >= 87', [{ field: 'age', operator: '>=', value: 87 }], ['00269', '00282', '00932']],
    [
      'sex = Female',
      [{ field: 'sex', operator: '=', value: 'Female' }],
      ['00255', '00256', '00269'],
    ],
    ['patientId = 437', [{ field: 'patientId', operator: '=', value: '437' }], ['00282']],
    ['code = pvc', [{ field: 'code', operator: '=', value: 'pvc' }], ['00255', '00256', '00282']],
    ['code != SR', [{ field: 'code', operator: '!=', value: 'SR' }], ['00103', '00282']],
    [
      'code like BBB',
      [{ field: 'code', operator: 'like', value: 'BBB' }],
      ['00255', '00256', '00269', '00282', '00932'],
    ],
    [
      'code like I%',
      [{ field: 'code', operator: 'like', value: 'I%' }],
      ['00102', '00103', '00255', '00269', '00282', '00932'],
    ],
    [
      'recordedAt = 1986-09',
      [{ field: 'recordedAt', operator: '=', value: '1986-09' }],
      ['00255', '00256', '00269', '00282'],
    ],
    [
      'recordedAt <= 1985-12-11',
      [{ field: 'recordedAt', operator: '<=', value: '1985-12-11' }],
      ['00096', '00102'],
    ],
    [
      'recordedAt > 1986-09-10 11:31',
      [{ field: 'recordedAt', operator: '>', value: '1986-09-10 11:31' }],
      ['00932'],
    ],
    [
      'record like 0010',
      [{ field: 'record', operator: 'like', value: '/0010' }],
      ['00102', '00103'],
    ],
    [
      'record like _ is no wildcard',
      [{ field: 'record', operator: 'like', value: '0010__hr' }],
      [],
    ],
    [
      'heartRate over R peaks 0.8 s apart',
      [
        { field: 'heartRate', operator: '>=', value: 74.9 },
        { field: 'heartRate', operator: '<=', value: 75.1 },
        { field: 'age', operator: '>=', value: 87 },
      ],
      ['00269', '00282', '00932'],
    ],
    ['heartRate > 75.1', [{ field: 'heartRate', operator: '>', value: 75.1 }], []],
    ['durationSeconds > 4', [{ field: 'durationSeconds', operator: '>', value: 4 }], []],
    [
      'format = wfdb and age < 40',
      [
        { field: 'format', operator: '=', value: 'wfdb' },
        { field: 'age', operator: '<', value: '40' },
      ],
      ['00096', '00103'],
    ],
    ["sex = x' OR 1=1 --", [{ field: 'sex', operator: '=', value: "x' OR 1=1 --" }], []],
  ])('selects by %s', (_name, conditions, expected) => {
    const found = [...archive.select(conditions)].map((id) => archive.get(id)!.record);
    expect(found.sort()).toEqual(expected.map(path));
  });

  it('refuses a filter that a field does not take', async () => {
    const select = (condition: object) =>
      failureOf(() => archive.select([condition as FilterCondition]));
    expect((await select({ field: 'age', operator: '=', value: 'old' })).code).toBe('query.where');
    expect((await select({ field: 'age', operator: 'like', value: 4 })).code).toBe('query.where');
    expect((await select({ field: 'id; DROP', operator: '=', value: 4 })).code).toBe('query.where');
    expect((await select({ field: 'age', operator: 'OR 1', value: 4 })).code).toBe('query.where');
  });

  it('searches the reports by words joined by OR, best first, with the words around', () => {
    const hits = archive.fullText('Fibrillation, ventricular?', { k: 10 });
    expect(hits.map(({ ecgId }) => archive.get(ecgId)!.record)).toEqual(
      ['00282', '00255', '00256'].map(path),
    );
    expect(hits[0]!.snippet).toContain('atrial fibrillation');
    expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
    expect(archive.fullText('ventricular', { k: 1 })).toHaveLength(1);
    const among = new Set([archive.idOfPath(path('00255'))!]);
    expect(archive.fullText('ventricular', { k: 5, among }).map(({ ecgId }) => ecgId)).toEqual([
      ...among,
    ]);
  });

  it('folds case and diacritics in reports', () => {
    const found = (text: string) =>
      archive.fullText(text, { k: 9 }).map(({ ecgId }) => archive.get(ecgId)!.record);
    expect(found('leitungsstorung')).toEqual([path('00096')]);
    expect(found('LEITUNGSSTÖRUNG')).toEqual([path('00096')]);
  });

  it.each(['"', '*', 'NEAR(a b)', 'text:x', '( ) AND OR NOT', 'a^2 -b', '', ' ,;'])(
    'takes %j as words, never as operators',
    (text) => {
      expect(Array.isArray(archive.fullText(text, { k: 5 }))).toBe(true);
    },
  );

  it('removes a recording with everything of it', async () => {
    const id = archive.idOfPath(path('00282'))!;
    const query = archive.vectors(id, 'rhythm').vectors;
    await archive.nearest('rhythm', query, { k: 1 });
    expect(archive.remove(id)).toBe(true);
    expect(archive.remove(id)).toBe(false);
    expect(archive.get(id)).toBeUndefined();
    expect(archive.idOfPath(path('00282'))).toBeUndefined();
    const hits = await archive.nearest('rhythm', query, { k: 10 });
    expect(hits.map(({ ecgId }) => ecgId)).not.toContain(id);
    expect(hits).toHaveLength(FIXTURE_COUNT - 1);
    expect(archive.fullText('fibrillation', { k: 9 })).toEqual([]);
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
    const orphans = archive.store.database
      .prepare('SELECT count(*) FROM vector_set WHERE ecg_key NOT IN (SELECT key FROM ecg)')
      .pluck()
      .get();
    expect(orphans).toBe(0);
  });

  it('says how much it holds', async () => {
    const status = await archive.status();
    expect(status).toMatchObject({ ecgCount: 8, pathCount: 8, reportCount: 8 });
    expect(status.levels).toEqual([
      { level: 'rhythm', vectorCount: 8, indexedCount: 0, deltaCount: 8, generation: null },
      { level: 'beat', vectorCount: 40, indexedCount: 0, deltaCount: 40, generation: null },
    ]);
    expect(status.bytes.database).toBeGreaterThan(8 * 5000);
    expect(await readdir(archive.folder)).not.toContain('index');
  });

  it('keeps an audit that cannot be changed', () => {
    const { database } = archive.store;
    const actions = database.prepare('SELECT action FROM audit ORDER BY id').pluck().all();
    expect(actions).toEqual(['archive.created', 'ingest.finished']);
    expect(() => database.exec("UPDATE audit SET action = 'x'")).toThrow(/append-only/);
    expect(() => database.exec('DELETE FROM audit')).toThrow(/append-only/);
  });
});

describe('long recordings and several processes', () => {
  it('keeps every window of a long recording, with its place', async () => {
    const archive = await makeArchive();
    const samples = Float32Array.from({ length: 100 * 65 }, (_, at) =>
      Math.sin(at / (9 + at / 900)),
    );
    const item = await toStore(madeRecord(1, { samples, sampleCount: samples.length }), 'long');
    expect(archive.put([item])).toEqual(['indexed']);
    const { vectors, dim, count, startSamples } = archive.vectors(item.ecgId, 'rhythm');
    expect(count).toBe(6);
    for (let row = 0; row < count; row++) {
      const query = vectors.slice(row * dim, (row + 1) * dim);
      const [hit] = await archive.nearest('rhythm', query, { k: 3 });
      expect(hit).toMatchObject({ window: row, startSample: startSamples[row] });
    }
  });

  it('sees in one connection what another wrote, at once and completely', async () => {
    const writer = await makeArchive();
    const reader = await makeArchive({ folder: writer.folder, create: false });
    const query = new Float32Array(16).fill(1);
    const seen: number[] = [];
    for (let round = 1; round <= 5; round++) {
      const items = [];
      for (let at = 0; at < 3; at++)
        items.push(await toStore(madeRecord(round * 10 + at), `r${round}-${at}`));
      writer.put(items);
      seen.push((await reader.nearest('rhythm', query, { k: 100 })).length);
      expect((await reader.scoreAll('beat', query)).size).toBe(3 * round);
    }
    expect(seen).toEqual([3, 6, 9, 12, 15]);
    writer.remove(reader.listIds()[0]!);
    expect(await reader.nearest('rhythm', query, { k: 100 })).toHaveLength(14);
  });

  it('is busy while another process holds the write lock, and loses nothing', async () => {
    const archive = await makeArchive();
    archive.store.database.pragma('busy_timeout = 50');
    const other = new Database(join(archive.folder, 'archive.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const item = await toStore(madeRecord(1), 'r');
    expect((await failureOf(() => archive.put([item]))).code).toBe('archive.busy');
    other.exec('ROLLBACK');
    other.close();
    expect(archive.put([item])).toEqual(['indexed']);
  });
});
