/** What the archive tests share: folders that go away, fixture recordings, small made recordings. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { type IngestDeps, ingest } from '../../src/archive/ingest.js';
import { type OpenArchive, openArchive } from '../../src/archive/open.js';
import type { EcgToStore } from '../../src/archive/store-write.js';
import { packWaveform } from '../../src/archive/waveform-codec.js';
import { type EcgRecord, ecgId, makeRecord } from '../../src/ecg/record.js';
import type { EcgEncoder } from '../../src/encoders/ports.js';
import { featureModel, makeFeatureEncoder } from '../support/feature-encoder.js';
import { seededNormal } from '../support/seeded.js';

export const FIXTURES = fileURLToPath(new URL('../fixtures/archive/', import.meta.url));
export const FIXTURE_RECORDS = join(FIXTURES, 'records500');
export const FIXTURE_TABLE = join(FIXTURES, 'ptbxl_database.csv');
export const FIXTURE_COUNT = 8;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pqr-archive-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of the fixture recordings that a test may change. */
export async function copiedRecords(): Promise<string> {
  const folder = join(await temporaryFolder(), 'records');
  await cp(FIXTURE_RECORDS, folder, { recursive: true });
  return folder;
}

/** An open archive, closed after the test. */
export async function makeArchive(
  options: Partial<Parameters<typeof openArchive>[1]> & { folder?: string } = {},
): Promise<OpenArchive> {
  const { folder = join(await temporaryFolder(), 'archive'), ...rest } = options;
  const archive = await openArchive(folder, { model: featureModel(), create: true, ...rest });
  cleanups.push(() => archive.close());
  return archive;
}

export async function ingestFixtures(archive: OpenArchive, deps: Partial<IngestDeps> = {}) {
  return ingest([FIXTURE_RECORDS], { archive, encoder: makeFeatureEncoder(), ...deps });
}

/** A recording of one lead whose samples are whole ADC steps. */
export function madeRecord(seed: number, fields: Partial<EcgRecord> = {}): EcgRecord {
  const normal = seededNormal(seed);
  const samples = Float32Array.from({ length: 400 }, () => (Math.round(normal() * 200) + 0) / 1000);
  return makeRecord({
    leads: ['II'],
    samplingRateHz: 100,
    samples,
    format: 'made',
    adcPerMillivolt: [1000],
    ...fields,
  });
}

/** A recording ready to be put, embedded as ingest would. */
export async function toStore(
  record: EcgRecord,
  path: string,
  encoder: EcgEncoder = makeFeatureEncoder(),
): Promise<EcgToStore> {
  const [embedding] = await encoder.embed([record]);
  return {
    file: { path, bytes: record.samples.length, modifiedMilliseconds: 1 },
    ecgId: ecgId(record),
    record,
    waveform: await packWaveform(record),
    embedding: embedding!,
  };
}

/** Code and message of what a call threw. */
export async function failureOf(
  work: () => unknown,
): Promise<{ code: string; message: string; hint?: string }> {
  try {
    await work();
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint?: string };
    return { code, message, ...(hint !== undefined && { hint }) };
  }
  throw new Error('the call was expected to fail');
}
