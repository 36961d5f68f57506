import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planShards } from '../../src/archive/build-generation.js';
import type { OpenArchive } from '../../src/archive/open.js';
import { featureModel, makeFeatureEncoder } from '../support/feature-encoder.js';
import { clusteredVectors } from '../support/seeded.js';
import { failureOf, madeRecord, makeArchive, toStore } from './helpers.js';

const DIM = 16;
const indexing = { leastVectorCount: 1, rebuildShare: 0.2, rebuildVectorCount: 20 };

/** Puts `count` recordings with 5 beats each. */
async function fill(archive: OpenArchive, from: number, count: number): Promise<string[]> {
  const encoder = makeFeatureEncoder();
  const items = [];
  for (let at = from; at < from + count; at++)
    items.push(await toStore(madeRecord(at), `r${at}`, encoder));
  archive.put(items);
  return items.map(({ ecgId }) => ecgId);
}

const queries = clusteredVectors({ count: 12, dim: DIM, clusterCount: 12, spread: 0.3, seed: 4 });
const queryOf = (at: number) => queries.slice(at * DIM, (at + 1) * DIM);

/** The same questions to the archive and to exact search over all its vectors. */
async function expectAsExact(archive: OpenArchive, k = 3, among?: Set<string>): Promise<void> {
  for (let at = 0; at < 12; at++) {
    const query = queryOf(at);
    const options = among ? { k, among } : { k };
    const hits = await archive.nearest('beat', query, options);
    const all: { ecgId: string; ordinal: number; score: number }[] = [];
    for (const ecgId of archive.listIds()) {
      if (among && !among.has(ecgId)) continue;
      const { vectors, count } = archive.vectors(ecgId, 'beat');
      for (let ordinal = 0; ordinal < count; ordinal++) {
        let score = 0;
        for (let c = 0; c < DIM; c++) score += vectors[ordinal * DIM + c]! * query[c]!;
        all.push({ ecgId, ordinal, score });
      }
    }
    all.sort((a, b) => b.score - a.score);
    const name = ({ ecgId, ordinal }: { ecgId: string; ordinal: number }) => `${ecgId}/${ordinal}`;
    expect(hits.map(name)).toEqual(all.slice(0, k).map(name));
    for (const [rank, hit] of hits.entries()) expect(hit.score).toBeCloseTo(all[rank]!.score, 5);
  }
}

const beatStatus = async (archive: OpenArchive) =>
  (await archive.status()).levels.find(({ level }) => level === 'beat')!;

describe('index generations', () => {
  it('are built from SQLite, verified, and answer as exact search does', async () => {
    const archive = await makeArchive();
    const ids = await fill(archive, 0, 120);
    await expectAsExact(archive);
    await archive.rebuildIndex({ leastVectorCount: 1 });
    expect(await beatStatus(archive)).toMatchObject({
      ...{ vectorCount: 600, indexedCount: 600, deltaCount: 0, generation: 1 },
    });
    await expectAsExact(archive);
    await expectAsExact(archive, 5, new Set(ids.slice(0, 100)));
    await expectAsExact(archive, 5, new Set(ids.slice(7, 10)));
    expect((await archive.nearest('beat', queryOf(0), { k: 10_000 })).length).toBe(600);
    expect((await archive.scoreAll('beat', queryOf(0))).size).toBe(120);
    const info = JSON.parse(
      await readFile(join(archive.indexFolder, 'beat-1', 'generation.json'), 'utf8'),
    );
    expect(info).toMatchObject({
      level: 'beat',
      count: 600,
      dim: DIM,
      modelHash: featureModel().hash,
    });
    expect(info.recall).toBeGreaterThanOrEqual(0.95);
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
  });

  it('leave what came later to the delta and what went to tombstones, until they are built anew', async () => {
    const archive = await makeArchive({ indexing });
    const first = await fill(archive, 0, 80);
    await archive.maintain();
    expect(await beatStatus(archive)).toMatchObject({ indexedCount: 400, generation: 1 });
    await fill(archive, 80, 10);
    expect(await beatStatus(archive)).toMatchObject({ indexedCount: 400, deltaCount: 50 });
    await expectAsExact(archive);
    for (const id of first.slice(0, 4)) archive.remove(id);
    expect(await beatStatus(archive)).toMatchObject({
      vectorCount: 430,
      indexedCount: 380,
      deltaCount: 50,
    });
    await expectAsExact(archive);
    await archive.maintain();
    expect((await beatStatus(archive)).generation).toBe(1); // 70 of 380 is less than a fifth
    for (const id of first.slice(4, 10)) archive.remove(id);
    await archive.maintain();
    expect(await beatStatus(archive)).toMatchObject({
      ...{ vectorCount: 400, indexedCount: 400, deltaCount: 0, generation: 2 },
    });
    await expectAsExact(archive);
    expect((await readdir(archive.indexFolder)).sort()).toEqual(['beat-2', 'rhythm-1']);
  });

  it('are taken up by another process that has the archive open', async () => {
    const writer = await makeArchive();
    await fill(writer, 0, 30);
    const reader = await makeArchive({ folder: writer.folder });
    await expectAsExact(reader);
    await writer.rebuildIndex({ leastVectorCount: 1 });
    expect((await beatStatus(reader)).generation).toBe(1);
    writer.remove(writer.listIds()[3]!);
    await fill(writer, 30, 3);
    await expectAsExact(reader);
    await writer.rebuildIndex({ leastVectorCount: 1 });
    expect((await beatStatus(reader)).generation).toBe(2);
    await expectAsExact(reader);
  });

  it('serve searches while a new one is built', async () => {
    const archive = await makeArchive();
    await fill(archive, 0, 60);
    await archive.rebuildIndex({ leastVectorCount: 1 });
    const expected = await archive.nearest('beat', queryOf(1), { k: 5 });
    let building = true;
    const rebuilt = archive.rebuildIndex({ leastVectorCount: 1 }).finally(() => {
      building = false;
    });
    let asked = 0;
    while (building) {
      expect(await archive.nearest('beat', queryOf(1), { k: 5 })).toEqual(expected);
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await rebuilt;
    expect(asked).toBeGreaterThan(1);
    expect((await beatStatus(archive)).generation).toBe(2);
  });

  it('survive closing: the next opening loads them', async () => {
    const archive = await makeArchive();
    await fill(archive, 0, 20);
    await archive.rebuildIndex({ leastVectorCount: 1 });
    const again = await makeArchive({ folder: archive.folder });
    expect(await beatStatus(again)).toMatchObject({ generation: 1, indexedCount: 100 });
    await expectAsExact(again);
  });

  it.each([
    ['a flipped bit', async (folder: string) => flip(join(folder, 'shard-0.bin'), 5000)],
    ['a flipped bit in the rows', async (folder: string) => flip(join(folder, 'rows-0.bin'), 100)],
    ['a cut file', async (folder: string) => truncate(join(folder, 'shard-0.bin'), 1000)],
    ['a missing file', async (folder: string) => rm(join(folder, 'rows-0.bin'))],
    [
      'a broken description',
      async (folder: string) => writeFile(join(folder, 'generation.json'), '{"a":1'),
    ],
    ['a missing description', async (folder: string) => rm(join(folder, 'generation.json'))],
  ])(
    'damaged by %s are not used: search is exact, verify tells, maintain repairs',
    async (_name, damage) => {
      const archive = await makeArchive({ indexing });
      await fill(archive, 0, 30);
      await archive.maintain();
      await damage(join(archive.indexFolder, 'beat-1'));
      const again = await makeArchive({ folder: archive.folder, indexing });
      expect((await beatStatus(again)).generation).toBeNull();
      await expectAsExact(again);
      const { ok, problems } = await again.verify();
      expect(ok).toBe(false);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/index file is damaged.*beat-1/);
      await again.maintain();
      expect((await beatStatus(again)).generation).toBe(2);
      await expectAsExact(again);
      expect(await again.verify()).toEqual({ ok: true, problems: [] });
    },
  );

  it('go with the index folder at no loss', async () => {
    const archive = await makeArchive();
    await fill(archive, 0, 20);
    await archive.rebuildIndex({ leastVectorCount: 1 });
    await rm(archive.indexFolder, { recursive: true });
    const again = await makeArchive({ folder: archive.folder });
    await expectAsExact(again);
    expect(await again.verify()).toEqual({ ok: true, problems: [] });
  });

  it('leave no folder behind when the build is cancelled', async () => {
    const archive = await makeArchive();
    await fill(archive, 0, 20);
    const abort = new AbortController();
    const building = archive.rebuildIndex({ leastVectorCount: 1, signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    expect((await failureOf(() => building)).code).toBe('request.aborted');
    expect(await readdir(archive.indexFolder)).toEqual([]);
    await expectAsExact(archive);
  });

  it('of a build whose process is gone are removed at the next opening, others are kept', async () => {
    const archive = await makeArchive();
    const gone = join(archive.indexFolder, 'building-99999999-beat-00');
    const ours = join(archive.indexFolder, `building-${process.pid}-beat-00`);
    for (const folder of [gone, ours]) await mkdir(folder, { recursive: true });
    await makeArchive({ folder: archive.folder });
    expect(await readdir(archive.indexFolder)).toEqual([`building-${process.pid}-beat-00`]);
  });

  it('are not built for a small level, and dropped when it is small', async () => {
    const archive = await makeArchive();
    await fill(archive, 0, 10);
    await archive.rebuildIndex({ leastVectorCount: 20 });
    expect((await readdir(archive.indexFolder)).sort()).toEqual(['beat-1']);
    await archive.rebuildIndex();
    expect(await readdir(archive.indexFolder)).toEqual([]);
    expect((await beatStatus(archive)).generation).toBeNull();
    await expectAsExact(archive);
  });
});

describe('shards', () => {
  it('cover every set once, in order, with about as many vectors each', () => {
    const sizes = Array.from({ length: 9000 }, (_, at) => ({ id: 3 * at + 1, count: at % 13 }));
    const total = sizes.reduce((sum, { count }) => sum + count, 0);
    const plans = planShards(sizes, total);
    expect(plans.length).toBeGreaterThanOrEqual(1);
    expect(plans[0]!.afterSetId).toBe(0);
    expect(plans.at(-1)!.lastSetId).toBe(sizes.at(-1)!.id);
    for (const [at, plan] of plans.entries()) {
      if (at > 0) expect(plan.afterSetId).toBe(plans[at - 1]!.lastSetId);
      expect(Math.abs(plan.vectorCount - total / plans.length)).toBeLessThan(30);
    }
    expect(plans.reduce((sum, { vectorCount }) => sum + vectorCount, 0)).toBe(total);
  });
});

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= 1;
  await writeFile(path, bytes);
}
