import { describe, expect, it } from 'vitest';
import { ingest } from '../../src/archive/ingest.js';
import { judgeMissing } from '../../src/archive/judge-missing.js';
import { openArchive } from '../../src/archive/open.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { unjudgedNotices } from '../../src/search/unjudged.js';
import { judgeRecording } from '../../src/signal/judge.js';
import { featureModel, makeFeatureEncoder } from '../support/feature-encoder.js';
import { FIXTURE_RECORDS, ingestFixtures, makeArchive, temporaryFolder } from './helpers.js';

describe('quality in the archive', () => {
  it('is stored with the recording, and comes back with its samples', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive, { inspect: (record) => judgeRecording(record) });
    const [id] = archive.listIds();
    const { quality } = archive.get(id!)!;
    expect(quality).toMatchObject({ acceptable: true, score: expect.any(Number) });
    expect(archive.waveform(id!).quality).toEqual(quality);
    expect(quality).toEqual(judgeRecording(archive.waveform(id!)).quality);
  });

  it('is a field to filter by', async () => {
    const archive = await makeArchive();
    let read = 0;
    await ingestFixtures(archive, {
      inspect: (record) => {
        read += 1;
        const { warnings, quality } = judgeRecording(record);
        return {
          warnings,
          quality: read === 1 ? { ...quality, acceptable: false, score: 0.1 } : quality,
        };
      },
    });
    const acceptable = archive.select([{ field: 'acceptable', operator: '=', value: 1 }]);
    const poor = archive.select([{ field: 'quality', operator: '<', value: 0.5 }]);
    expect(acceptable.size).toBe(7);
    expect(poor.size).toBe(1);
    expect(acceptable.has([...poor][0]!)).toBe(false);
  });

  it('is absent, and fits no condition, in recordings from before, until it is judged', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    expect(archive.get(archive.listIds()[0]!)!.quality).toBeUndefined();
    expect(archive.select([{ field: 'acceptable', operator: '=', value: 1 }]).size).toBe(0);
    expect(archive.select([{ field: 'acceptable', operator: '!=', value: 1 }]).size).toBe(0);
    expect(unjudgedNotices(archive, [{ field: 'age', operator: '>', value: 1 }])).toEqual([]);
    const acceptable = { field: 'acceptable', operator: '=', value: 1 } as const;
    expect(unjudgedNotices(archive, [acceptable])).toEqual([
      expect.stringContaining('quality of 8 recordings was never judged'),
    ]);
    const judge = (record: EcgRecord) => judgeRecording(record).quality;
    expect(judgeMissing(archive, judge)).toBe(8);
    expect(archive.select([{ field: 'acceptable', operator: '=', value: 1 }]).size).toBe(8);
    expect(judgeMissing(archive, judge)).toBe(0);
    expect(unjudgedNotices(archive, [acceptable])).toEqual([]);
  });

  it('comes to an archive of schema version 2 by a migration that keeps what is there', async () => {
    const folder = await temporaryFolder();
    const first = await openArchive(`${folder}/archive`, { model: featureModel(), create: true });
    await ingest([FIXTURE_RECORDS], { archive: first, encoder: makeFeatureEncoder() });
    const { database } = first.store;
    for (const column of ['quality', 'quality_score', 'acceptable'])
      database.exec(`ALTER TABLE ecg DROP COLUMN ${column}`);
    database.pragma('user_version = 2');
    await first.close();
    const again = await makeArchive({ folder: `${folder}/archive` });
    expect(again.listIds()).toHaveLength(8);
    expect(again.get(again.listIds()[0]!)!.quality).toBeUndefined();
    expect((await again.verify()).ok).toBe(true);
  });
});
