import { describe, expect, it } from 'vitest';
import { evaluateQuality, figuresOf, wilsonInterval } from '../../src/evaluate/quality.js';
import { readEcg } from '../../src/formats/read.js';
import { judgeRecording } from '../../src/signal/judge.js';
import { fixturePath, SINUS, SWAPPED } from '../signal/records.js';

const verdict = (expert: boolean, judged: boolean, score: number) => ({ expert, judged, score });

describe('the quality evaluation', () => {
  it('counts sensitivity over the unacceptable and specificity over the acceptable', () => {
    const figures = figuresOf([
      verdict(true, true, 0.9),
      verdict(true, true, 0.8),
      verdict(true, false, 0.4),
      verdict(false, false, 0.1),
      verdict(false, true, 0.7),
    ]);
    expect(figures).toMatchObject({ n: 5, accuracy: 0.6, sensitivity: 0.5, auroc: 5 / 6 });
    expect(figures.specificity).toBeCloseTo(2 / 3);
    expect(figures.confusion).toEqual({
      acceptableAccepted: 2,
      acceptableRefused: 1,
      unacceptableAccepted: 1,
      unacceptableRefused: 1,
    });
  });

  it('says null of a class that is not there', () => {
    const figures = figuresOf([verdict(true, true, 0.9)]);
    expect(figures).toMatchObject({ sensitivity: null, auroc: null, accuracy: 1 });
  });

  it("gives Wilson's interval", () => {
    // Wilson 1927 with z = 1.96, worked out apart in Python: 0.90874 to 0.94640
    const [low, high] = wilsonInterval(663 / 713, 713);
    expect(low).toBeCloseTo(0.9087, 3);
    expect(high).toBeCloseTo(0.9464, 3);
  });

  it('reads verdicts from header comments and passes over recordings without one', async () => {
    async function* found() {
      for (const name of [SWAPPED, SINUS]) yield { name, source: fixturePath(name) };
    }
    const read = async (source: string) => {
      const record = await readEcg(source);
      return { ...record, quality: judgeRecording(record).quality };
    };
    const result = await evaluateQuality({ found: found(), read });
    expect(result).toMatchObject({ n: 1, accuracy: 1, failed: [] });
  });

  it('refuses a folder without a single verdict', async () => {
    async function* found() {
      yield { name: SINUS, source: fixturePath(SINUS) };
    }
    await expect(evaluateQuality({ found: found(), read: readEcg })).rejects.toMatchObject({
      code: 'metadata.invalid',
    });
  });
});
