/**
 * Both delineators on all 99 LUDB records that are at hand. The network was trained on them and the wavelets'
 * thresholds were set on them, so this guards against regressions; cross-validated figures are in
 * eval/results/measure.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LudbRecord, loadLudb } from '../../eval/delineation/ludb.js';
import { Scorer } from '../../eval/delineation/score.js';
import { KINDS, POINTS, wavesOf } from '../../eval/delineation/waves.js';
import { ecgId } from '../../src/ecg/record.js';
import { openSegmenter } from '../../src/encoders/segmenter.js';
import { delineate } from '../../src/signal/delineate.js';
import type { WaveSegmenter } from '../../src/signal/segmenter.js';
import { onlyLeads } from '../signal/records.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SHARED = process.env['PQRSEARCH_SHARED_DATA'] ?? join(ROOT, '../shared/data');
const MODEL = join(ROOT, 'models/pqr-delineator');

/** Lowest sensitivity and PPV of a point, and largest standard deviation of its error in milliseconds. */
const LIMITS = {
  learned: { p: [0.98, 12], qrs: [0.995, 12], t: [0.98, 20] },
  classical: { p: [0.95, 13], qrs: [0.995, 13], t: [0.98, 20] },
  'learned, lead II': { p: [0.97, 18], qrs: [0.97, 25], t: [0.97, 25] },
  'classical, lead II': { p: [0.94, 30], qrs: [0.97, 30], t: [0.95, 35] },
} as const;

describe.skipIf(!existsSync(SHARED))('delineation of LUDB', () => {
  let unpacked = '';
  let ludb: LudbRecord[] = [];
  let segmenter: WaveSegmenter;
  beforeAll(async () => {
    unpacked = mkdtempSync(join(tmpdir(), 'pqr-ludb-'));
    execFileSync('tar', ['-xJf', join(SHARED, 'ludb.tar.xz'), '-C', unpacked]);
    ludb = await loadLudb(unpacked);
    segmenter = await openSegmenter(MODEL);
  });
  afterAll(async () => {
    await segmenter.close();
    rmSync(unpacked, { recursive: true, force: true });
  });

  it('was trained on records that its folder names', () => {
    const named = readFileSync(join(MODEL, 'training-records.txt'), 'utf8').trim().split('\n');
    expect(named).toEqual(ludb.map(({ record }) => ecgId(record)).sort());
  });

  it.each(Object.entries(LIMITS))('stays good: %s', async (name, limits) => {
    const scorer = new Scorer();
    for (const { record, leads, allLeads } of ludb) {
      const isAlone = name.endsWith('II');
      const one = isAlone ? onlyLeads(record, ['II']) : record;
      const found = await delineate(one, name.startsWith('learned') ? segmenter : undefined);
      scorer.add(wavesOf(found), isAlone ? leads[1]! : allLeads);
    }
    const scores = scorer.scores();
    for (const kind of KINDS) {
      const [share, deviation] = limits[kind];
      for (const point of POINTS) {
        const score = scores[kind][point];
        const what = `${kind} ${point} ${JSON.stringify(score)}`;
        expect(score.sensitivity, what).toBeGreaterThan(share);
        expect(score.ppv, what).toBeGreaterThan(share);
        expect(score.sdMilliseconds, what).toBeLessThan(deviation);
      }
    }
  });
});
