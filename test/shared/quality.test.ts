/** The quality judge on the whole of Challenge 2011 set-a, which its weights were fitted on (cross-validated: eval). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeRecording } from '../../src/signal/judge.js';
import { readEcgPack } from '../support/ecg-pack.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SHARED = process.env['PQRSEARCH_SHARED_DATA'] ?? join(ROOT, '../shared/data');
const PACK = join(SHARED, 'cinc2011.ecgpack');

describe.skipIf(!existsSync(PACK))('the quality judge', () => {
  it('agrees with the experts on most recordings', { timeout: 300_000 }, () => {
    let [right, total] = [0, 0];
    for (const record of readEcgPack(PACK, { blockCount: 100 })) {
      const verdict = /quality: (acceptable|unacceptable)$/.exec(record.comments.join('\n'))?.[1];
      if (verdict === undefined) continue;
      total += 1;
      if (judgeRecording(record).quality.acceptable === (verdict === 'acceptable')) right += 1;
    }
    expect(total).toBe(713);
    expect(right / total).toBeGreaterThan(0.92);
  });
});
