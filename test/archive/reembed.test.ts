import { readdir } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { openArchive } from '../../src/archive/open.js';
import type { Progress } from '../../src/archive/ports.js';
import { featureModel, makeFeatureEncoder } from '../support/feature-encoder.js';
import { failureOf, ingestFixtures, madeRecord, makeArchive, toStore } from './helpers.js';

const other = { dim: 24, name: 'other' };

describe('rebuilding an archive with another model', () => {
  it('embeds the stored waveforms and switches, so that queries of the new model work', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    await archive.rebuildIndex({ leastVectorCount: 1 });
    const encoder = makeFeatureEncoder(other);
    const progress: Progress[] = [];
    const options = { batchSize: 3, onProgress: (at: Progress) => progress.push(at) };
    const result = await archive.reembed(encoder, options);
    expect(result).toMatchObject({ embedded: 8, failed: [] });
    expect(progress.map(({ done, total }) => [done, total])).toEqual([
      [3, 8],
      [6, 8],
      [8, 8],
    ]);
    expect(archive.model).toEqual(featureModel(other));
    expect((await archive.status()).model.name).toBe('other');
    const [id] = archive.listIds();
    const [embedding] = await encoder.embed([archive.waveform(id!)]);
    expect(archive.vectors(id!, 'beat')).toEqual(embedding!.levels[1]);
    const query = archive.vectors(id!, 'rhythm').vectors;
    expect(query).toHaveLength(24);
    expect((await archive.nearest('rhythm', query, { k: 1 }))[0]!.ecgId).toBe(id);
    expect(await readdir(archive.indexFolder)).toEqual([]);
    const left = archive.store.database.prepare('SELECT count(DISTINCT model_key) FROM vector_set');
    expect(left.pluck().get()).toBe(1);
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
    expect(
      (await failureOf(() => openArchive(archive.folder, { model: featureModel() }))).code,
    ).toBe('model.mismatch');
    await makeArchive({ folder: archive.folder, model: featureModel(other) });
  });

  it('serves the old vectors meanwhile', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const [id] = archive.listIds();
    const query = archive.vectors(id!, 'rhythm').vectors;
    const expected = await archive.nearest('rhythm', query, { k: 8 });
    let asked = 0;
    const onEmbed = async () => {
      expect(await archive.nearest('rhythm', query, { k: 8 })).toEqual(expected);
      asked++;
    };
    await archive.reembed(makeFeatureEncoder({ ...other, onEmbed }), { batchSize: 2 });
    expect(asked).toBe(4);
  });

  it('goes on where it was stopped', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const abort = new AbortController();
    let batches = 0;
    const onEmbed = () => {
      batches++;
      if (batches === 3) abort.abort();
    };
    const encoder = makeFeatureEncoder({ ...other, onEmbed });
    const options = { batchSize: 2, signal: abort.signal };
    expect((await failureOf(() => archive.reembed(encoder, options))).code).toBe('request.aborted');
    expect(archive.model.name).toBe('features');
    expect((await archive.verify()).problems).toEqual([]);
    const result = await archive.reembed(encoder);
    expect(result.embedded).toBeLessThanOrEqual(4);
    expect(result.embedded).toBeGreaterThan(0);
    expect(archive.model.name).toBe('other');
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
  });

  it('takes in what was indexed meanwhile', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const late = await toStore(madeRecord(1), 'late');
    let batches = 0;
    const onEmbed = () => {
      batches++;
      if (batches === 2) archive.put([late]);
    };
    const result = await archive.reembed(makeFeatureEncoder({ ...other, onEmbed }), {
      batchSize: 4,
    });
    expect(result).toMatchObject({ embedded: 9, failed: [] });
    expect(archive.vectors(late.ecgId, 'rhythm').dim).toBe(24);
  });

  it('does not switch while a recording lacks vectors that came after the last look', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    vi.spyOn(archive.writer, 'keysWithoutVectors').mockReturnValueOnce([]);
    expect(await archive.reembed(makeFeatureEncoder(other))).toMatchObject({ embedded: 8 });
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
  });

  it('lists what the new model cannot embed, keeps it, and switches all the same', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const bad = await toStore(madeRecord(1), 'bad');
    archive.put([bad]);
    const onEmbed = (records: readonly { leads: readonly string[] }[]) => {
      if (records.some(({ leads }) => leads.length === 1)) throw new Error('one lead');
    };
    const result = await archive.reembed(makeFeatureEncoder({ ...other, onEmbed }));
    expect(result).toMatchObject({ embedded: 8, failed: [{ path: 'bad', code: 'internal' }] });
    expect(archive.get(bad.ecgId)?.record).toBe('bad');
    expect(archive.vectors(bad.ecgId, 'rhythm').count).toBe(0);
    expect(await archive.verify()).toEqual({ ok: true, problems: [] });
  });

  it('is told to a process that goes on with the old model', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    const stale = await makeArchive({ folder: archive.folder });
    const query = new Float32Array(16).fill(1);
    await stale.nearest('rhythm', query, { k: 1 });
    await archive.reembed(makeFeatureEncoder(other));
    const late = await toStore(madeRecord(1), 'late');
    expect((await failureOf(() => stale.nearest('rhythm', query, { k: 1 }))).code).toBe(
      'model.mismatch',
    );
    expect((await failureOf(() => stale.put([late]))).code).toBe('model.mismatch');
    expect(archive.listIds()).toHaveLength(8);
  });

  it('does nothing for the model that the archive has', async () => {
    const archive = await makeArchive();
    await ingestFixtures(archive);
    expect(await archive.reembed(makeFeatureEncoder())).toMatchObject({ embedded: 0, failed: [] });
  });
});
