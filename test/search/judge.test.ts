/** When a search says that nothing is close: by the number of the model that embeds the question. */
import { describe, expect, it } from 'vitest';
import type { Archive } from '../../src/archive/ports.js';
import { readModelFolder } from '../../src/encoders/model-folder.js';
import { judge } from '../../src/search/judge.js';
import type { SearchHit } from '../../src/search/ports.js';

const archive = {} as Archive; // not asked: the question names a concept
const concept = { key: 'AFIB', name: 'atrial fibrillation', terms: [], matched: 'afib' };
const query = {
  text: 'afib',
  phrases: ['atrial fibrillation'],
  deniedPhrases: [],
  inReports: [],
  concepts: [{ ...concept, whole: true, denied: false }],
};
const hit = (rhythm: number) => ({ levels: { rhythm } }) as unknown as SearchHit;

async function confident(folder: string, rhythm: number): Promise<boolean> {
  const { identity: model } = await readModelFolder(folder);
  return judge(archive, { model, hits: [hit(rhythm)], scope: { size: 1 }, query }).confident;
}

describe('a question in words', () => {
  it('is far from everything below the cosine that its model was measured at', async () => {
    const { farCosine } = (await readModelFolder('models/pqr-small')).identity;
    expect(farCosine).toBeGreaterThan(0);
    expect(await confident('models/pqr-small', farCosine! - 0.01)).toBe(false);
    expect(await confident('models/pqr-small', farCosine! + 0.01)).toBe(true);
  });

  it('is never called far by a model that was not measured: its scale is unknown', async () => {
    expect(await confident('test/fixtures/models/merl-tiny', 0.05)).toBe(true);
  });
});
