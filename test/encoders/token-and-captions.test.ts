/** Token vectors, attention, word vectors and captions of a small model with random weights, against PyTorch. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord } from '../../src/ecg/record.js';
import { addModelFolder } from '../../src/encoders/add-model.js';
import { openCaptioner } from '../../src/encoders/captioner.js';
import { openEcgEncoder } from '../../src/encoders/ecg-encoder.js';
import { type ModelFolder, readModelFolder } from '../../src/encoders/model-folder.js';
import type {
  Captioner,
  EcgEmbedding,
  EcgEncoder,
  LevelVectors,
  TextEncoder,
} from '../../src/encoders/ports.js';
import { openTextEncoder } from '../../src/encoders/text-encoder.js';
import { readEcg } from '../../src/formats/read.js';

const FOLDER = 'test/fixtures/models/pqr-tiny';
const reference = JSON.parse(await readFile('test/reference/pqr-tiny.json', 'utf8'));
const DIGITS = 4;

let model: ModelFolder;
let ecgEncoder: EcgEncoder;
let textEncoder: TextEncoder;
let captioner: Captioner;
let embedding: EcgEmbedding;

const levelOf = (one: EcgEmbedding, name: string): LevelVectors =>
  one.levels.find(({ level }) => level === name)!;

function expectClose(got: ArrayLike<number>, expected: readonly number[]): void {
  expected.forEach((value, index) => {
    expect(got[index]).toBeCloseTo(value, DIGITS);
  });
}

beforeAll(async () => {
  model = await readModelFolder(FOLDER);
  [ecgEncoder, textEncoder, captioner] = await Promise.all([
    openEcgEncoder(model),
    openTextEncoder(model),
    openCaptioner(model),
  ]);
  [embedding] = (await ecgEncoder.embed([await readEcg(reference.record)])) as [EcgEmbedding];
});

afterAll(async () => {
  await Promise.all([ecgEncoder.close(), textEncoder.close(), captioner.close()]);
});

describe('token vectors', () => {
  it('are what PyTorch makes of the same recording', () => {
    const token = levelOf(embedding, 'token');
    expect(token.count).toBe(32);
    expectClose(token.vectors, reference.firstToken);
    expectClose(token.vectors.subarray(31 * token.dim), reference.lastToken);
    expectClose(levelOf(embedding, 'rhythm').vectors, reference.rhythm);
  });

  it('cover the recording without gaps, in its own samples', () => {
    const { startSamples, endSamples, count } = levelOf(embedding, 'token');
    expect(startSamples[0]).toBe(0);
    expect(endSamples[count - 1]).toBe(5000);
    for (let row = 1; row < count; row += 1) expect(startSamples[row]).toBe(endSamples[row - 1]);
  });

  it('are left out where a short recording has ended', async () => {
    const whole = await readEcg(reference.record);
    const sampleCount = 2000;
    const samples = new Float32Array(whole.leads.length * sampleCount);
    whole.leads.forEach((_, lead) => {
      const from = lead * whole.sampleCount;
      samples.set(whole.samples.subarray(from, from + sampleCount), lead * sampleCount);
    });
    const short = makeRecord({ ...whole, samples });
    const [one] = await ecgEncoder.embed([short]);
    const token = levelOf(one!, 'token');
    expect(token.count).toBe(13);
    expect(token.endSamples[12]).toBe(sampleCount);
    expect(one!.attention!.endSamples.at(-1)).toBe(sampleCount);
  });
});

describe('the attention map', () => {
  it('is what PyTorch gives and sums to 1', () => {
    const { weights, count } = embedding.attention!;
    expect(count).toBe(63);
    expectClose(weights, reference.attention);
    expect(weights.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });
});

describe('texts in one batch', () => {
  it('get the vectors that each has alone, as PyTorch has', async () => {
    const texts = reference.texts.map(({ text }: { text: string }) => text);
    const together = await textEncoder.encode(texts);
    for (const [row, { vector }] of reference.texts.entries()) {
      expectClose(together.subarray(row * textEncoder.dim), vector);
    }
  });

  it('come word by word, a word of several pieces as one', async () => {
    const [{ text, firstWord }] = reference.texts;
    const { words, vectors } = await textEncoder.encodeWords!(text);
    expect(words).toEqual(['atrial', 'fibrillation']);
    expectClose(vectors, firstWord);
  });
});

describe('captions', () => {
  it('are as likely and as long as the greedy ones of PyTorch', async () => {
    const [caption] = await captioner.caption(embedding.levels);
    expect(caption!.tokenCount).toBe(reference.captionTokenCount);
    expect(caption!.logLikelihood).toBeCloseTo(reference.captionLogLikelihood, 2);
  });

  it('give texts the likelihood that PyTorch gives them, alone or together', async () => {
    const texts = reference.texts.map(({ text }: { text: string }) => text);
    const got = await captioner.logLikelihood(embedding.levels, texts);
    for (const [row, { logLikelihood }] of reference.texts.entries()) {
      expect(got[row]).toBeCloseTo(logLikelihood, 2);
    }
  });

  it('are never less likely with a beam than without, and as likely as the same words given', async () => {
    const names = ['00008_hr', '00010_hr', '00017_hr', '00018_hr', '00020_hr', '00069_hr'];
    const bundled = await readModelFolder('models/pqr-small');
    const [encoder, speaker] = await Promise.all([openEcgEncoder(bundled), openCaptioner(bundled)]);
    const records = await Promise.all(names.map((name) => readEcg(`sample/records/${name}.hea`)));
    let betterCount = 0;
    for (const { levels } of await encoder.embed(records)) {
      const [greedy] = await speaker.caption(levels);
      for (const beamWidth of [2, 5]) {
        const [caption] = await speaker.caption(levels, { beamWidth });
        expect(caption!.logLikelihood).toBeGreaterThanOrEqual(greedy!.logLikelihood);
        if (caption!.logLikelihood > greedy!.logLikelihood) betterCount++;
        const [given] = await speaker.logLikelihood(levels, [caption!.text]);
        expect(given).toBeCloseTo(caption!.logLikelihood, 2);
      }
    }
    expect(betterCount).toBeGreaterThan(0);
    await Promise.all([encoder.close(), speaker.close()]);
  });

  it('refuse a beam wider than allowed and an ECG without tokens', async () => {
    await expect(captioner.caption(embedding.levels, { beamWidth: 9 })).rejects.toMatchObject({
      code: 'usage.invalid',
    });
    const rhythmOnly = embedding.levels.filter(({ level }) => level === 'rhythm');
    await expect(captioner.caption(rhythmOnly)).rejects.toMatchObject({ code: 'model.feature' });
  });

  it('are refused by a model without a decoder', async () => {
    const merl = await readModelFolder('test/fixtures/models/merl-tiny');
    await expect(openCaptioner(merl)).rejects.toMatchObject({ code: 'model.feature' });
  });
});

describe('adding a model', () => {
  it('copies it once, refuses a second of the name, and replaces it when asked', async () => {
    const models = await mkdtemp(join(tmpdir(), 'pqrsearch-models-'));
    try {
      const added = await addModelFolder(FOLDER, models, false);
      expect(added.identity.hash).toBe(model.identity.hash);
      await expect(addModelFolder(FOLDER, models, false)).rejects.toMatchObject({
        code: 'usage.invalid',
      });
      const again = await addModelFolder(FOLDER, models, true);
      expect(again.folder).toBe(join(models, 'pqr-tiny'));
    } finally {
      await rm(models, { recursive: true, force: true });
    }
  });
});
