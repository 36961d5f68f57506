/**
 * Every Challenge and LUDB recording of the shared data, 10 s to 2 min, 257 to 1000 Hz, through an archive:
 * none fails, all come back as they were read, and the HNSW index finds what exact search finds.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../../src/archive/ingest.js';
import { type OpenArchive, openArchive } from '../../src/archive/open.js';
import { readEcg } from '../../src/formats/read.js';
import { makeFeatureEncoder } from '../support/feature-encoder.js';

const SHARED =
  process.env['PQRSEARCH_SHARED_DATA'] ?? join(import.meta.dirname, '../../../shared/data');
const SETS = ['challenge', 'ludb'] as const;
const present = SETS.every((set) => existsSync(join(SHARED, `${set}.tar.xz`)));
/** 174 of the Challenge and 99 of LUDB. */
const RECORD_COUNT = 273;

describe.skipIf(!present)('an archive of the shared recordings', () => {
  const encoder = makeFeatureEncoder({ dim: 64, beatSeconds: 0.2 });
  let folder: string;
  let records: string;
  let archive: OpenArchive;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pqr-shared-archive-'));
    records = join(folder, 'records');
    for (const set of SETS) {
      mkdirSync(join(records, set), { recursive: true });
      execFileSync('tar', ['-xJf', join(SHARED, `${set}.tar.xz`), '-C', join(records, set)]);
    }
    archive = await openArchive(join(folder, 'archive'), { model: encoder.model, create: true });
  });

  afterAll(async () => {
    await archive?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes every recording, and changes nothing the second time', async () => {
    const first = await ingest([records], { archive, encoder });
    expect(first).toMatchObject({ indexed: RECORD_COUNT, updated: 0, unchanged: 0, failed: [] });
    const second = await ingest([records], { archive, encoder });
    expect(second).toMatchObject({ indexed: 0, updated: 0, unchanged: RECORD_COUNT, failed: [] });
    expect(encoder.embeddedCount).toBe(archive.listIds().length);
  }, 300_000);

  it('verifies, and gives recordings back bit for bit', async () => {
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
    for (const id of archive.listIds().filter((_, at) => at % 20 === 0)) {
      const read = await readEcg(archive.get(id)!.record);
      expect(archive.waveform(id).samples).toEqual(read.samples);
    }
  }, 300_000);

  it('finds by HNSW at least 0.99 of what exact search finds', async () => {
    const ids = archive.listIds().filter((_, at) => at % 5 === 0);
    const queries = ids.map((id) => archive.vectors(id, 'beat').vectors.slice(0, 64));
    const ask = () =>
      Promise.all(queries.map((query) => archive.nearest('beat', query, { k: 10 })));
    const exact = await ask();
    await archive.rebuildIndex({ leastVectorCount: 1000 });
    const { levels } = await archive.status();
    expect(levels.find(({ level }) => level === 'beat')).toMatchObject({
      generation: 1,
      deltaCount: 0,
    });
    const found = await ask();
    let shared = 0;
    for (const [at, hits] of found.entries()) {
      const least = exact[at]!.at(-1)!.score - 1e-6;
      shared += hits.filter(({ score }) => score >= least).length;
    }
    expect(shared / (10 * queries.length)).toBeGreaterThanOrEqual(0.99);
  }, 300_000);
});
