/** Recordings of half an hour and of half a minute: indexed as windows, found with their seconds. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';

const shared =
  process.env['PQRSEARCH_SHARED_DATA'] ?? join(import.meta.dirname, '../../../shared/data');
const wfdb = join(shared, 'formats/wfdb');

describe.skipIf(!existsSync(wfdb))('long recordings', () => {
  let app: App;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pqrsearch-long-'));
    app = createApp(loadConfig({}));
    const paths = ['100.hea', 's0010_re.hea'].map((name) => join(wfdb, name));
    const { indexed, failed } = await app.index({ paths, archiveFolder: folder });
    expect({ indexed, failed }).toEqual({ indexed: 2, failed: [] });
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a window every five seconds and a vector a beat over half an hour', async () => {
    const { levels } = await app.archiveStatus(folder);
    const count = Object.fromEntries(levels.map(({ level, vectorCount }) => [level, vectorCount]));
    // 650,000 samples at 360 Hz: 361 windows of 10 s; 38.4 s at 1000 Hz: 7.
    expect(count['rhythm']).toBe(361 + 7);
    // MIT-BIH record 100 has 2,273 beats in its annotations.
    expect(count['beat']).toBeGreaterThan(2273);
    expect(count['beat']).toBeLessThan(2273 + 100);
  });

  it('is found with the seconds of the window and of the beat', async () => {
    const service = await app.openService(folder);
    for (const level of ['rhythm', 'beat'] as const) {
      const { hits } = await service.search({ text: 'premature ventricular complex', k: 2, level });
      expect(hits).toHaveLength(2);
      for (const { evidence, metadata } of hits) {
        const { startSeconds, endSeconds } = evidence[0]!;
        expect(endSeconds! - startSeconds!).toBeLessThanOrEqual(level === 'rhythm' ? 10 : 3);
        expect(endSeconds!).toBeLessThanOrEqual(metadata.durationSeconds);
      }
    }
  });

  it('finds the only premature ventricular beat of record 100 at 1518.9 s', async () => {
    const service = await app.openService(folder);
    const { hits } = await service.search({
      text: 'premature ventricular complex',
      k: 1,
      level: 'rhythm',
      where: "record like '/100'",
    });
    const { startSeconds, endSeconds } = hits[0]!.evidence[0]!;
    expect(startSeconds!).toBeLessThan(1518.9);
    expect(endSeconds!).toBeGreaterThan(1518.9);
  });
});
