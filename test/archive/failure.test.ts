/** Crashes, a full disk, damage: what is indexed is kept, and what is broken is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ingest } from '../../src/archive/ingest.js';
import { openArchive } from '../../src/archive/open.js';
import { featureModel, makeFeatureEncoder } from '../support/feature-encoder.js';
import { writeManyWfdb } from '../support/write-wfdb.js';
import { failureOf, ingestFixtures, makeArchive, temporaryFolder } from './helpers.js';

const CHILD = fileURLToPath(new URL('./ingest-child.ts', import.meta.url));
const sound = { ok: true, problems: [] };

function startIngest(archiveFolder: string, folder: string): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', CHILD, archiveFolder, folder, '50'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Runs the child until `enough` says so, then kills it; what it printed. */
async function runUntil(child: ChildProcess, enough: (done: number) => boolean): Promise<string> {
  let printed = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    const done = Number(printed.trim().split('\n').at(-1));
    if (enough(done)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return printed;
}

describe('a crash while indexing', () => {
  it('leaves whole recordings behind at any moment, and the next run completes', async () => {
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 60);
    const archiveFolder = join(await temporaryFolder(), 'archive');
    let before = 0;
    for (const limit of [4, 17, 33]) {
      await runUntil(startIngest(archiveFolder, folder), (done) => done >= limit);
      const archive = await openArchive(archiveFolder, { model: featureModel() });
      const kept = archive.listIds().length;
      expect(kept).toBeGreaterThanOrEqual(limit);
      expect(kept).toBeGreaterThanOrEqual(before);
      expect(kept).toBeLessThan(60);
      expect(await archive.verify()).toEqual(sound);
      before = kept;
      await archive.close();
    }
    const archive = await makeArchive({ folder: archiveFolder });
    const result = await ingest([folder], { archive, encoder: makeFeatureEncoder() });
    expect(result).toMatchObject({ indexed: 60 - before, unchanged: before, failed: [] });
    expect(archive.listIds()).toHaveLength(60);
    expect(await archive.verify()).toEqual(sound);
  });

  it('in another process does not disturb a reader, which sees only whole recordings', async () => {
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 80);
    const reader = await makeArchive();
    const query = new Float32Array(16).fill(1);
    const child = startIngest(reader.folder, folder);
    let ended = false;
    const finished = runUntil(child, () => false).then((printed) => {
      ended = true;
      return printed;
    });
    const counts: number[] = [];
    while (!ended) {
      const rhythm = await reader.nearest('rhythm', query, { k: 1000 });
      const beats = await reader.scoreAll('beat', query);
      counts.push(rhythm.length);
      expect(beats.size).toBeGreaterThanOrEqual(rhythm.length);
      for (const { ecgId } of rhythm) {
        expect(beats.get(ecgId)).toBeDefined();
        expect(reader.get(ecgId)?.paths).toHaveLength(1);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(JSON.parse((await finished).trim().split('\n').at(-1)!)).toMatchObject({ indexed: 80 });
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(2);
    expect(await reader.nearest('rhythm', query, { k: 1000 })).toHaveLength(80);
  });
});

describe('a full disk', () => {
  it('stops the run with archive.full, keeps what is indexed, and goes on when there is space', async () => {
    const archive = await makeArchive();
    const folder = await temporaryFolder();
    await writeManyWfdb(folder, 60);
    const { database } = archive.store;
    const pages = database.pragma('page_count', { simple: true }) as number;
    database.pragma(`max_page_count = ${pages + 40}`);
    const encoder = makeFeatureEncoder();
    const run = () => ingest([folder], { archive, encoder }, { batchSize: 5 });
    expect(await failureOf(run)).toMatchObject({
      code: 'archive.full',
      message: expect.stringContaining('SQLITE_FULL'),
    });
    const kept = archive.listIds();
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(60);
    expect(await archive.verify()).toEqual(sound);
    const query = archive.vectors(kept[0]!, 'rhythm').vectors;
    expect((await archive.nearest('rhythm', query, { k: 1 }))[0]!.ecgId).toBe(kept[0]);
    database.pragma('max_page_count = 1000000');
    expect(await run()).toMatchObject({ indexed: 60 - kept.length, unchanged: kept.length });
    expect(archive.listIds().slice(0, kept.length)).toEqual(kept);
    expect(await archive.verify()).toEqual(sound);
  });
});

describe('a damaged database', () => {
  /** Overwrites bytes of the closed database wherever `marker` is found: SQLite may leave stale copies. */
  async function damage(folder: string, marker: Uint8Array, offset: number): Promise<void> {
    const path = join(folder, 'archive.sqlite');
    const bytes = await readFile(path);
    let foundCount = 0;
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) {
      bytes.set([0xa5, 0x5a, 0xa5], at + offset);
      foundCount++;
    }
    expect(foundCount).toBeGreaterThan(0);
    await writeFile(path, bytes);
  }

  async function closedArchive() {
    const archive = await openArchive(join(await temporaryFolder(), 'archive'), {
      model: featureModel(),
      create: true,
    });
    await ingestFixtures(archive);
    const id = archive.listIds()[4]!;
    const blobs = archive.store.database
      .prepare<[string], { samples: Uint8Array; vectors: Uint8Array }>(
        `SELECT samples, vectors FROM ecg JOIN waveform ON waveform.ecg_key = ecg.key
         JOIN vector_set ON vector_set.ecg_key = ecg.key WHERE level = 'beat' AND ecg.id = ?`,
      )
      .get(id)!;
    await archive.close();
    return { folder: archive.folder, id, ...blobs };
  }

  it('is told by verify with the recording whose samples are not as they were', async () => {
    const { folder, id, samples } = await closedArchive();
    await damage(folder, samples.subarray(0, 200), 150);
    const archive = await makeArchive({ folder });
    const { ok, problems } = await archive.verify();
    expect(ok).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(id);
    expect(archive.listIds()).toHaveLength(8);
  });

  it('is told by verify where the samples are whole, but of another recording', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const [first, second] = archive.listIds() as [string, string];
    const { database } = archive.store;
    database
      .prepare(
        `UPDATE waveform SET samples = (SELECT samples FROM waveform WHERE ecg_key = 2), scale =
         (SELECT scale FROM waveform WHERE ecg_key = 2) WHERE ecg_key = 1`,
      )
      .run();
    const { problems } = await archive.verify();
    expect(problems).toEqual([
      `The samples of ECG ${first} (${archive.get(first)!.record}) are of ECG ${second}.`,
    ]);
  });

  it('is told by verify where a vector is not as it was written', async () => {
    const { folder, id, vectors } = await closedArchive();
    await damage(folder, vectors.subarray(0, 64), 20);
    const archive = await makeArchive({ folder });
    expect((await archive.verify()).problems).toEqual([
      `The beat vectors of ECG ${id} are not as they were written.`,
    ]);
  });

  it('is an error of its own where a page of it is garbage, and verify lists it', async () => {
    const { folder } = await closedArchive();
    const path = join(folder, 'archive.sqlite');
    const { size } = await stat(path);
    const handle = await open(path, 'r+');
    const garbage = new Uint8Array(4096).fill(0xa5);
    for (let page = 40; page < size / 4096 - 1; page += 2) {
      await handle.write(garbage, 0, garbage.length, page * 4096);
    }
    await handle.close();
    const archive = await makeArchive({ folder });
    const { ok, problems } = await archive.verify();
    expect(ok).toBe(false);
    expect(problems.length).toBeGreaterThan(1);
    const codes = new Set<string>();
    for (const id of archive.listIds()) {
      try {
        archive.waveform(id);
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    }
    expect([...codes]).toEqual(['archive.corrupt']);
  });

  it('is told by verify where the full text is out of step with the reports', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const { database } = archive.store;
    database.exec(`INSERT INTO report SELECT key, 'sinus rhythm', NULL FROM ecg LIMIT 1`);
    database.exec(`INSERT INTO report_text (report_text) VALUES ('delete-all')`);
    const { problems } = await archive.verify();
    expect(problems.join()).toContain('full-text index is out of step');
  });
});
