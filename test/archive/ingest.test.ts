import { copyFile, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ingest } from '../../src/archive/ingest.js';
import { readMetadata } from '../../src/archive/metadata.js';
import type { Progress } from '../../src/archive/ports.js';
import { PqrError } from '../../src/ecg/errors.js';
import { readEcg } from '../../src/formats/read.js';
import { makeFeatureEncoder } from '../support/feature-encoder.js';
import { writeManyWfdb, writeWfdb } from '../support/write-wfdb.js';
import {
  copiedRecords,
  FIXTURE_TABLE,
  failureOf,
  ingestFixtures,
  makeArchive,
  temporaryFolder,
} from './helpers.js';

const sound = { ok: true, problems: [] };

describe('indexing', () => {
  it('changes nothing and reads nothing the second time', async () => {
    const archive = await makeArchive();
    const encoder = makeFeatureEncoder();
    let readCount = 0;
    const read = (file: string) => {
      readCount++;
      return readEcg(file);
    };
    const first = await ingestFixtures(archive, { encoder, read });
    expect(first).toMatchObject({ indexed: 8, updated: 0, unchanged: 0, failed: [] });
    expect(first.seconds).toBeGreaterThan(0);
    const before = archive.store.database.prepare('SELECT * FROM vector_set').all();
    const second = await ingestFixtures(archive, { encoder, read });
    expect(second).toMatchObject({ indexed: 0, updated: 0, unchanged: 8, failed: [] });
    expect(readCount).toBe(8);
    expect(encoder.embeddedCount).toBe(8);
    expect(archive.store.database.prepare('SELECT * FROM vector_set').all()).toEqual(before);
  });

  it('takes a changed file as new content of its path and drops the old', async () => {
    const archive = await makeArchive();
    const records = await copiedRecords();
    await ingest([records], { archive, encoder: makeFeatureEncoder() });
    const path = join(records, '00000/00096_hr');
    const oldId = archive.idOfPath(path)!;
    const query = archive.vectors(oldId, 'rhythm').vectors;
    await archive.nearest('rhythm', query, { k: 1 });
    await copyFile(join(records, '00000/00282_hr.dat'), `${path}.dat`);
    const header = await readFile(`${path}.hea`, 'utf8');
    const other = await readFile(join(records, '00000/00282_hr.hea'), 'utf8');
    await writeFile(`${path}.hea`, other.replaceAll('00282_hr', '00096_hr'));
    expect(header).not.toBe(other);
    const result = await ingest([records], { archive, encoder: makeFeatureEncoder() });
    expect(result).toMatchObject({ indexed: 0, updated: 1, unchanged: 7, failed: [] });
    expect(archive.get(oldId)).toBeUndefined();
    const newId = archive.idOfPath(path)!;
    expect(archive.get(newId)?.paths).toEqual([join(records, '00000/00282_hr'), path]);
    const hits = await archive.nearest('rhythm', query, { k: 20 });
    expect(hits.map(({ ecgId }) => ecgId).sort()).toEqual(archive.listIds().sort());
    expect(await archive.verify()).toEqual(sound);
  });

  it('keeps content that another path still has', async () => {
    const archive = await makeArchive();
    const encoder = makeFeatureEncoder();
    const folder = await temporaryFolder();
    await writeWfdb(join(folder, 'a'), 'r', { seed: 1 });
    await writeWfdb(join(folder, 'b'), 'r', { seed: 1 });
    const first = await ingest([folder], { archive, encoder });
    expect(first).toMatchObject({ indexed: 2, failed: [] });
    expect(encoder.embeddedCount).toBe(1);
    const [id, ...others] = archive.listIds();
    expect(others).toEqual([]);
    expect(archive.get(id!)).toMatchObject({
      record: join(folder, 'a/r'),
      paths: [join(folder, 'a/r'), join(folder, 'b/r')],
    });
    await writeWfdb(join(folder, 'a'), 'r', { seed: 2, sampleCount: 600 });
    expect(await ingest([folder], { archive, encoder })).toMatchObject({
      updated: 1,
      unchanged: 1,
    });
    expect(archive.get(id!)?.paths).toEqual([join(folder, 'b/r')]);
    expect(archive.listIds()).toHaveLength(2);
    expect(await archive.verify()).toEqual(sound);
  });

  it('takes a touched file with the same content as unchanged, without embedding it', async () => {
    const archive = await makeArchive();
    const encoder = makeFeatureEncoder();
    const records = await copiedRecords();
    await ingest([records], { archive, encoder });
    await utimes(join(records, '00000/00096_hr.dat'), 2_000_000_000, 2_000_000_000);
    const again = { indexed: 0, updated: 0, unchanged: 8, failed: [] };
    expect(await ingest([records], { archive, encoder })).toMatchObject(again);
    expect(await ingest([records], { archive, encoder })).toMatchObject(again);
    expect(encoder.embeddedCount).toBe(8);
  });

  it('updates a record whose header comments changed', async () => {
    const archive = await makeArchive();
    const records = await copiedRecords();
    await ingest([records], { archive, encoder: makeFeatureEncoder() });
    const path = join(records, '00000/00096_hr');
    const header = await readFile(`${path}.hea`, 'utf8');
    await writeFile(`${path}.hea`, `${header}# Age: 31\n# Sex: Male\n# Dx: 164873001\n`);
    const result = await ingest([records], { archive, encoder: makeFeatureEncoder() });
    expect(result).toMatchObject({ updated: 1, unchanged: 7 });
    const stored = archive.get(archive.idOfPath(path)!)!;
    expect(stored.patient).toEqual({ ageYears: 31, sex: 'male' });
    expect(stored.codes).toEqual(['164873001']);
  });

  it('lists what fails, by path, code and reason, and goes on', async () => {
    const archive = await makeArchive();
    const records = await copiedRecords();
    const at = (name: string) => join(records, '00000', name);
    await truncate(at('00096_hr.dat'), 1000);
    await writeFile(
      at('broken.hea'),
      'broken 1 500 10\n../../etc/passwd 16 1000(0)/mV 16 0 0 0 0 I\n',
    );
    const encoder = makeFeatureEncoder({
      onEmbed: (all) => {
        if (all.some(({ sampleCount }) => sampleCount === 700)) throw new Error('too strange');
      },
    });
    await writeWfdb(records, 'strange', { seed: 3, sampleCount: 700 });
    const result = await ingest([records, join(records, 'nowhere')], { archive, encoder });
    expect(result).toMatchObject({ indexed: 7, updated: 0, unchanged: 0 });
    const failures = Object.fromEntries(result.failed.map(({ path, code }) => [path, code]));
    expect(failures).toEqual({
      [at('00096_hr')]: 'format.truncated',
      [at('broken')]: 'format.escape',
      [join(records, 'strange')]: 'internal',
      [join(records, 'nowhere')]: 'file.missing',
    });
    expect(result.failed.every(({ message }) => message.length > 10)).toBe(true);
    expect(await archive.verify()).toEqual(sound);
  });

  it('keeps what is indexed when its file breaks later, and tries it again', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeWfdb(folder, 'r', { seed: 1 });
    await ingest([folder], { archive, encoder: makeFeatureEncoder() });
    const id = archive.idOfPath(join(folder, 'r'));
    await truncate(join(folder, 'r.dat'), 10);
    for (let run = 0; run < 2; run++) {
      const { failed } = await ingest([folder], { archive, encoder: makeFeatureEncoder() });
      expect(failed).toMatchObject([{ path: join(folder, 'r'), code: 'format.truncated' }]);
      expect(archive.idOfPath(join(folder, 'r'))).toBe(id);
    }
    await writeWfdb(folder, 'r', { seed: 2 });
    expect((await ingest([folder], { archive, encoder: makeFeatureEncoder() })).updated).toBe(1);
  });

  it('embeds the others of a batch where one of them fails', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 10);
    await writeWfdb(folder, 'bad', { seed: 99, sampleCount: 333 });
    const calls: number[] = [];
    const encoder = makeFeatureEncoder({
      onEmbed: (batch) => {
        calls.push(batch.length);
        if (batch.some(({ sampleCount }) => sampleCount === 333)) {
          throw new PqrError('signal.unusable', 'The recording cannot be used.');
        }
      },
    });
    const result = await ingest([folder], { archive, encoder }, { batchSize: 11 });
    expect(result).toMatchObject({
      indexed: 10,
      failed: [
        {
          path: join(folder, 'bad'),
          code: 'signal.unusable',
          message: 'The recording cannot be used.',
        },
      ],
    });
    expect(calls).toEqual([11, ...Array.from({ length: 11 }, () => 1)]);
  });

  it('refuses vectors that are not of the model, record by record', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 3);
    const encoder = makeFeatureEncoder();
    const broken: typeof encoder = {
      ...encoder,
      async embed(records, options) {
        const [first, ...rest] = await encoder.embed(records, options);
        first!.levels[0]!.vectors[3] = Number.NaN;
        return [first!, ...rest];
      },
    };
    const { indexed, failed } = await ingest([folder], { archive, encoder: broken });
    expect(indexed).toBe(0);
    expect(failed.map(({ code }) => code)).toEqual(['model.input', 'model.input', 'model.input']);
  });

  it('stores remarks on the signal with the record', async () => {
    const archive = await makeArchive();
    const remark = { code: 'signal.flat', message: 'Lead V1 is flat.', leads: ['V1'] };
    await ingestFixtures(archive, { inspect: () => ({ warnings: [remark] }) });
    const [id] = archive.listIds();
    expect(archive.get(id!)?.warnings).toContainEqual(remark);
  });

  it('reports progress with rate, time left and failures', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 20);
    await writeFile(join(folder, 'bad.hea'), 'bad 1 500\n');
    const seen: Progress[] = [];
    const options = { batchSize: 5, onProgress: (progress: Progress) => seen.push(progress) };
    await ingest([folder], { archive, encoder: makeFeatureEncoder() }, options);
    expect(seen.every(({ total }) => total === 21)).toBe(true);
    expect(seen.map(({ done }) => done)).toEqual(
      [...seen.map(({ done }) => done)].sort((a, b) => a - b),
    );
    expect(seen.at(-1)).toMatchObject({ done: 21, failedCount: 1, secondsLeft: 0 });
    expect(seen.at(-1)!.perSecond).toBeGreaterThan(0);
  });

  it('stops when it is cancelled, keeps what is written, and goes on the next time', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 30);
    const abort = new AbortController();
    const encoder = makeFeatureEncoder();
    const onProgress = ({ done }: Progress) => {
      if (done >= 10) abort.abort();
    };
    const options = { batchSize: 5, signal: abort.signal, onProgress };
    const failure = await failureOf(() => ingest([folder], { archive, encoder }, options));
    expect(failure.code).toBe('request.aborted');
    const kept = archive.listIds().length;
    expect(kept).toBeGreaterThanOrEqual(10);
    expect(kept).toBeLessThan(30);
    expect(await archive.verify()).toEqual(sound);
    const result = await ingest([folder], { archive, encoder });
    expect(result).toMatchObject({ indexed: 30 - kept, unchanged: kept, failed: [] });
  });

  it('reads the next batch while the encoder works on the one before', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 8);
    let embedding = false;
    let overlapped = false;
    const encoder = makeFeatureEncoder({
      onEmbed: async () => {
        embedding = true;
        await new Promise((resolve) => setTimeout(resolve, 30));
        embedding = false;
      },
    });
    const read = (file: string) => {
      overlapped ||= embedding;
      return readEcg(file);
    };
    await ingest([folder], { archive, encoder, read }, { batchSize: 2 });
    expect(overlapped).toBe(true);
  });

  it('refuses an encoder of another model', async () => {
    const archive = await makeArchive();
    const encoder = makeFeatureEncoder({ name: 'other' });
    expect((await failureOf(() => ingestFixtures(archive, { encoder }))).code).toBe(
      'model.mismatch',
    );
  });
});

describe('indexing with a metadata table', () => {
  async function table(text: string) {
    const path = join(await temporaryFolder(), 'table.csv');
    await writeFile(path, text);
    return readMetadata(path);
  }

  it('updates records for a new table without embedding them again', async () => {
    const archive = await makeArchive();
    const encoder = makeFeatureEncoder();
    await ingestFixtures(archive, { encoder });
    const metadata = await readMetadata(FIXTURE_TABLE, { preset: 'ptbxl' });
    expect(await ingestFixtures(archive, { encoder, metadata })).toMatchObject({
      updated: 8,
      unchanged: 0,
    });
    expect(await ingestFixtures(archive, { encoder, metadata })).toMatchObject({
      updated: 0,
      unchanged: 8,
    });
    expect(await ingestFixtures(archive, { encoder })).toMatchObject({ updated: 0, unchanged: 8 });
    expect(encoder.embeddedCount).toBe(8);
    expect(archive.fullText('fibrillation', { k: 3 })).toHaveLength(1);
    expect((await archive.status()).reportCount).toBe(8);
  });

  it('updates report, full text, codes and patient for a changed row', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 2);
    const encoder = makeFeatureEncoder();
    const rows = (report: string, codes: string) =>
      table(
        `record,patientId,report,reportLanguage,codes\nr0000,P,${report},en,${codes}\nr0001,,,,\n`,
      );
    const run = async (metadata: Awaited<ReturnType<typeof rows>>) =>
      ingest([folder], { archive, encoder, metadata });
    expect(await run(await rows('old words', 'A;B'))).toMatchObject({ indexed: 2 });
    expect(await run(await rows('new words', 'B;C'))).toMatchObject({ updated: 1, unchanged: 1 });
    const id = archive.idOfPath(join(folder, 'r0000'))!;
    expect(archive.get(id)).toMatchObject({
      report: 'new words',
      codes: ['B', 'C'],
      reportLanguage: 'en',
    });
    expect(archive.fullText('old', { k: 5 })).toEqual([]);
    expect(archive.fullText('new', { k: 5 }).map(({ ecgId }) => ecgId)).toEqual([id]);
    expect([...archive.select([{ field: 'code', operator: '=', value: 'A' }])]).toEqual([]);
    expect(await run(await rows('', ''))).toMatchObject({ updated: 1 });
    expect(archive.get(id)).not.toHaveProperty('report');
    expect(archive.get(id)?.codes).toEqual([]);
    expect(await archive.verify()).toEqual(sound);
  });

  it('lays the row over what the file says, cell by cell', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeWfdb(folder, 'r', { seed: 1 });
    const header = await readFile(join(folder, 'r.hea'), 'utf8');
    await writeFile(join(folder, 'r.hea'), `${header}# Age: 50\n# Sex: Female\n# Dx: 111\n`);
    const metadata = await table('record,age,codes\nr,51,\n');
    await ingest([folder], { archive, encoder: makeFeatureEncoder(), metadata });
    const [id] = archive.listIds();
    expect(archive.get(id!)).toMatchObject({
      patient: { ageYears: 51, sex: 'female' },
      codes: ['111'],
    });
  });

  it("shows the first path's patient where copies disagree, says so, and goes over to the next", async () => {
    const archive = await makeArchive();
    const encoder = makeFeatureEncoder();
    const folder = await temporaryFolder();
    for (const name of ['a', 'b']) await writeWfdb(folder, name, { seed: 1 });
    const metadata = await table(
      'record,patientId,age,report\na,P1,,first words\nb,P2,60,other words\n',
    );
    await ingest([folder], { archive, encoder, metadata });
    const [id] = archive.listIds();
    const first = { patient: { id: 'P1', ageYears: 60 }, report: 'first words' };
    expect(archive.get(id!)).toMatchObject(first);
    expect(archive.get(id!)?.warnings.map(({ code }) => code)).toEqual(['metadata.conflict']);
    await ingest([folder], { archive, encoder, metadata });
    expect(archive.get(id!)).toMatchObject(first);
    await writeWfdb(folder, 'a', { seed: 2, sampleCount: 600 });
    expect(await ingest([folder], { archive, encoder, metadata })).toMatchObject({ updated: 1 });
    expect(archive.get(id!)).toMatchObject({ patient: { id: 'P2' }, report: 'other words' });
    const moved = archive.get(archive.idOfPath(join(folder, 'a'))!);
    expect(moved).toMatchObject({ patient: { id: 'P1' }, report: 'first words' });
    expect(await archive.verify()).toEqual(sound);
  });

  it('gives a row to no recording where several have its file name, and says so', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    for (const [at, part] of ['a', 'b'].entries())
      await writeWfdb(join(folder, part), 'r', { seed: at });
    const metadata = await table('record,patientId\nr,P1\n');
    await ingest([folder], { archive, encoder: makeFeatureEncoder(), metadata });
    for (const id of archive.listIds()) {
      expect(archive.get(id)?.patient).toEqual({});
      expect(archive.get(id)?.warnings.map(({ code }) => code)).toContain('metadata.ambiguous');
    }
  });
});
