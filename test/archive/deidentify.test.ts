import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDeidentified } from '../../src/archive/deidentified.js';
import { ingest } from '../../src/archive/ingest.js';
import { readMetadata } from '../../src/archive/metadata.js';
import { DATABASE_FILE, type OpenArchive, openArchive } from '../../src/archive/open.js';
import { Deidentifier } from '../../src/ecg/deidentify.js';
import { makeFeatureEncoder } from '../support/feature-encoder.js';
import {
  copiedRecords,
  FIXTURE_COUNT,
  failureOf,
  ingestFixtures,
  makeArchive,
  temporaryFolder,
} from './helpers.js';

const KEY = 'c0ffee00112233445566778899aabbccddeeff0123456789';
const site = new Deidentifier(KEY);
const ROWS = `record,patientId,recordedAt,age,report
00096_hr,MRN-0815,1994-05-06 07:08:09,95,Herr Maier MRN-0815: sinusrhythmus
00102_hr,MRN-0815,1994-05-16 07:08:09,95,unauffällig am 16.05.1994
`;

async function deidentifiedArchive(deidentifier = site): Promise<OpenArchive> {
  const archive = await makeArchive();
  archive.deidentifier = deidentifier;
  makeDeidentified(archive, deidentifier);
  return archive;
}

async function table(text: string) {
  const path = join(await temporaryFolder(), 'rows.csv');
  await writeFile(path, text);
  return readMetadata(path);
}

const run = async (archive: OpenArchive, folder: string, rows: string) =>
  ingest([folder], { archive, encoder: makeFeatureEncoder(), metadata: await table(rows) });

describe('a de-identified archive', () => {
  it('holds no path, id, name or date that came in, in any byte of its database', async () => {
    const archive = await deidentifiedArchive();
    const folder = await copiedRecords();
    expect(await run(archive, folder, ROWS)).toMatchObject({ indexed: FIXTURE_COUNT, failed: [] });
    await archive.close();
    const bytes = await readFile(join(archive.folder, DATABASE_FILE), 'latin1');
    for (const trace of ['MRN-0815', '00096_hr', 'records', '1994', 'Maier', KEY]) {
      expect(bytes.includes(trace), trace).toBe(false);
    }
    expect(bytes).toContain('sinusrhythmus');
  });

  it('keeps one patient one, ten days apart, found by the pseudonym', async () => {
    const archive = await deidentifiedArchive();
    const folder = await copiedRecords();
    await run(archive, folder, ROWS);
    const value = site.patientId('MRN-0815');
    const ids = archive.select([{ field: 'patientId', operator: '=', value }]);
    const [first, second] = [...ids]
      .map((id) => archive.get(id)!)
      .sort((a, b) => (a.recordedAt! < b.recordedAt! ? -1 : 1));
    expect(ids.size).toBe(2);
    expect(Date.parse(second!.recordedAt!) - Date.parse(first!.recordedAt!)).toBe(10 * 86_400_000);
    expect(first!.patient.ageYears).toBe(90);
    expect(first!.record).toMatch(/^r-[0-9a-f]{32}$/);
    expect(archive.idOfPath(site.recordName(`${folder}/00000/00096_hr`))).toBe(first!.ecgId);
  });

  it('finds nothing to do a second time, and takes a changed row over', async () => {
    const archive = await deidentifiedArchive();
    const folder = await copiedRecords();
    await run(archive, folder, ROWS);
    expect(await run(archive, folder, ROWS)).toMatchObject({ unchanged: FIXTURE_COUNT });
    const changed = await run(archive, folder, ROWS.replace('sinusrhythmus', 'vorhofflimmern'));
    expect(changed).toMatchObject({ indexed: 0, updated: 1, unchanged: FIXTURE_COUNT - 1 });
    expect(archive.fullText('vorhofflimmern', { k: 5 })).toHaveLength(1);
  });

  it('refuses recordings without its key or with another one', async () => {
    const archive = await deidentifiedArchive();
    archive.deidentifier = undefined;
    expect(await failureOf(() => ingestFixtures(archive))).toMatchObject({
      code: 'deidentify.key',
      hint: expect.stringMatching(/^Give the key that the archive was made with/),
    });
    archive.deidentifier = new Deidentifier(KEY.replace('c0', 'd1'));
    expect(await failureOf(() => ingestFixtures(archive))).toMatchObject({
      code: 'deidentify.archive',
    });
    expect(archive.listIds()).toEqual([]);
  });

  it('is never made of an archive that holds recordings as they came', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    expect(await failureOf(() => makeDeidentified(archive, site))).toMatchObject({
      code: 'deidentify.archive',
      message: expect.stringContaining(`${FIXTURE_COUNT} recordings`),
    });
  });

  it('stays one when it is opened again, and verifies', async () => {
    const archive = await deidentifiedArchive();
    archive.deidentifier = site;
    await ingestFixtures(archive);
    expect((await archive.verify()).problems).toEqual([]);
    const again = await openArchive(archive.folder, {});
    expect(await failureOf(() => ingestFixtures(again))).toMatchObject({ code: 'deidentify.key' });
    await again.close();
  });
});
