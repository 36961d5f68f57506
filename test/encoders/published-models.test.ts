/**
 * Folders of kind `merl` and `melp` (random weights, official sizes scaled down) against PyTorch, preprocessing
 * included. The oracle is each folder's reference.json; models/export/tiny.py made both.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { openCaptioner } from '../../src/encoders/captioner.js';
import { openEcgEncoder } from '../../src/encoders/ecg-encoder.js';
import { prepareEcg } from '../../src/encoders/ecg-input.js';
import {
  type ModelFolder,
  readModelFolder,
  verifyModelFolder,
} from '../../src/encoders/model-folder.js';
import type {
  EcgEmbedding,
  EcgEncoder,
  Level,
  LevelVectors,
  TextEncoder,
} from '../../src/encoders/ports.js';
import { openTextEncoder } from '../../src/encoders/text-encoder.js';
import { loadTokenizer } from '../../src/encoders/tokenizer.js';
import { readEcg } from '../../src/formats/read.js';

const TOLERANCE = 1e-4;

interface RecordCase {
  readonly record: string;
  readonly sampleCount?: number;
  readonly without?: readonly string[];
  readonly input: { sum: number; first: number[]; at2500: number[] };
  readonly rhythm: number[];
  readonly attention?: number[];
  readonly beatQuery?: number[][];
  readonly token?: { firstRows: number[][]; sums: number[] };
}

interface TextCase {
  readonly text: string;
  readonly ids: number[];
  readonly vector: number[];
  readonly sentences?: number[][];
}

interface Reference {
  readonly records: RecordCase[];
  readonly texts?: TextCase[];
}

const folderOf = (name: string) => `test/fixtures/models/${name}`;

async function referenceOf(name: string): Promise<Reference> {
  return JSON.parse(await readFile(join(folderOf(name), 'reference.json'), 'utf8'));
}

function expectClose(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - got[index]!)));
  expect(worst).toBeLessThan(TOLERANCE);
}

/** The recording of a case: cut to its samples, without its leads. */
async function recordOf({ record, sampleCount, without = [] }: RecordCase): Promise<EcgRecord> {
  const whole = await readEcg(record);
  const kept = whole.leads.filter((lead) => !without.includes(lead));
  const count = sampleCount ?? whole.sampleCount;
  const samples = new Float32Array(kept.length * count);
  kept.forEach((lead, row) => {
    const from = whole.leads.indexOf(lead) * whole.sampleCount;
    samples.set(whole.samples.subarray(from, from + count), row * count);
  });
  const { samplingRateHz, format } = whole;
  return makeRecord({ leads: kept, samplingRateHz, format, samples });
}

const levelOf = (one: EcgEmbedding, name: Level): LevelVectors | undefined =>
  one.levels.find(({ level }) => level === name);

describe.each(['merl-tiny', 'melp-tiny', 'melp-encoder-tiny'])('%s', async (name) => {
  const reference = await referenceOf(name);
  let model: ModelFolder;
  let encoder: EcgEncoder;

  beforeAll(async () => {
    model = await readModelFolder(folderOf(name));
    await verifyModelFolder(model);
    encoder = await openEcgEncoder(model);
  });
  afterAll(() => encoder.close());

  describe.each(reference.records)('recording $record $sampleCount $without', (expected) => {
    it('becomes the same block as with NumPy', async () => {
      const { ecg } = model.manifest;
      const { windows, beatSpans } = prepareEcg(await recordOf(expected), ecg, undefined);
      expect(windows).toHaveLength(1);
      expect(beatSpans).toHaveLength(0);
      const { samples } = windows[0]!;
      const column = (at: number) =>
        ecg.leads.map((_, row) => samples[row * ecg.sampleCount + at]!);
      expectClose(column(0), expected.input.first);
      expectClose(column(2500), expected.input.at2500);
      const sum = samples.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum / expected.input.sum - 1)).toBeLessThan(1e-6);
    });

    it('becomes the same vectors as with PyTorch', async () => {
      const [embedding] = await encoder.embed([await recordOf(expected)]);
      expectClose(levelOf(embedding!, 'rhythm')!.vectors, expected.rhythm);
      expect(levelOf(embedding!, 'beat')).toBeUndefined();
      expectClose(
        levelOf(embedding!, 'beat-query')?.vectors ?? [],
        expected.beatQuery?.flat() ?? [],
      );
      expectClose(embedding!.attention?.weights ?? [], expected.attention ?? []);
      const token = levelOf(embedding!, 'token');
      const { firstRows, sums } = expected.token ?? { firstRows: [], sums: [] };
      expect(token?.count ?? 0).toBe(sums.length);
      expectClose(token?.vectors.subarray(0, firstRows.flat().length) ?? [], firstRows.flat());
      const rowSums = sums.map((_, row) =>
        token!.vectors
          .subarray(row * token!.dim, (row + 1) * token!.dim)
          .reduce((a, b) => a + b, 0),
      );
      expectClose(rowSums, sums);
    });
  });

  it('gives the same vectors alone, among others and from both halves of a long recording', async () => {
    const records = await Promise.all(reference.records.map(recordOf));
    const together = await encoder.embed(records);
    const long = joined(records[0]!, records[1]!);
    const [longEmbedding] = await encoder.embed([long]);
    const rhythm = levelOf(longEmbedding!, 'rhythm')!;
    expect([...rhythm.startSamples]).toEqual([0, 2500, 5000]);
    expect([...rhythm.endSamples]).toEqual([5000, 7500, 10_000]);
    for (const [at, window] of [0, 2].entries()) {
      const alone = (await encoder.embed([records[at]!]))[0]!;
      for (const level of alone.levels) {
        expectClose(levelOf(together[at]!, level.level)!.vectors, [...level.vectors]);
        const all = levelOf(longEmbedding!, level.level)!;
        const size = level.vectors.length;
        expectClose(all.vectors.subarray(window * size, (window + 1) * size), [...level.vectors]);
      }
    }
  });
});

/** The leads of one recording with those of another after them. */
function joined(first: EcgRecord, second: EcgRecord): EcgRecord {
  const count = first.sampleCount + second.sampleCount;
  const samples = new Float32Array(first.leads.length * count);
  for (const row of first.leads.keys()) {
    samples.set(
      first.samples.subarray(row * first.sampleCount, (row + 1) * first.sampleCount),
      row * count,
    );
    const own = second.samples.subarray(row * second.sampleCount, (row + 1) * second.sampleCount);
    samples.set(own, row * count + first.sampleCount);
  }
  return makeRecord({ ...first, samples });
}

describe.each(['merl-tiny', 'melp-tiny'])('texts of %s', async (name) => {
  const { texts } = (await referenceOf(name)) as Required<Reference>;
  let model: ModelFolder;
  let encoder: TextEncoder;

  beforeAll(async () => {
    model = await readModelFolder(folderOf(name));
    encoder = await openTextEncoder(model);
  });
  afterAll(() => encoder.close());

  it('have the ids that PyTorch was given', async () => {
    const { tokenizer: folder, maxTokens } = model.manifest.text!;
    const tokenizer = await loadTokenizer(join(model.folder, folder));
    for (const { text, ids } of texts) {
      expect(tokenizer.encode(text.toLowerCase(), maxTokens)).toEqual(ids);
    }
  });

  it('have the vectors of PyTorch, alone and in one batch', async () => {
    const together = await encoder.encode(texts.map(({ text }) => text));
    const fresh = await openTextEncoder(model);
    for (const [row, { text, vector }] of texts.entries()) {
      expectClose(together.subarray(row * encoder.dim, (row + 1) * encoder.dim), vector);
      expectClose(await fresh.encode([text]), vector);
    }
    await fresh.close();
  });

  it('longer than the limit are cut, the last special token kept', async () => {
    const { tokenizer: folder, maxTokens } = model.manifest.text!;
    const long = Array.from({ length: 400 }, () => 'rhythm').join(' ');
    const ids = (await loadTokenizer(join(model.folder, folder))).encode(long, maxTokens);
    expect([ids.length, ids.at(-1)]).toEqual([maxTokens, texts[0]!.ids.at(-1)]);
    expect(await encoder.encode([long])).toHaveLength(encoder.dim);
  });

  it('have the sentences of PyTorch where the model has sentences', async () => {
    for (const { text, sentences } of texts) {
      if (sentences === undefined) {
        expect(encoder.encodeSentences).toBeUndefined();
        continue;
      }
      const { count, dim, vectors } = await encoder.encodeSentences!(text);
      expect([count, dim]).toEqual([sentences.length, encoder.dim]);
      expectClose(vectors, sentences.flat());
    }
  });
});

describe('a model without a text side', () => {
  it('opens no text encoder and no captioner', async () => {
    const model = await readModelFolder(folderOf('melp-encoder-tiny'));
    for (const open of [openTextEncoder, openCaptioner]) {
      await expect(open(model)).rejects.toMatchObject({
        code: 'model.feature',
        message: expect.stringContaining('melp-encoder-tiny'),
      });
    }
  });
});

describe('beat-query and token vectors of learned queries', () => {
  it('look at the whole window: they have no place of their own', async () => {
    const encoder = await openEcgEncoder(await readModelFolder(folderOf('melp-tiny')));
    const [embedding] = await encoder.embed([await readEcg('sample/records/00008_hr.hea')]);
    for (const name of ['beat-query', 'token'] as const) {
      const { count, startSamples, endSamples, ordinals } = levelOf(embedding!, name)!;
      expect([...ordinals]).toEqual([...Array(count).keys()]);
      expect(new Set(startSamples)).toEqual(new Set([0]));
      expect(new Set(endSamples)).toEqual(new Set([5000]));
    }
    expect(embedding!.rPeakSamples.length).toBeGreaterThan(5);
    await encoder.close();
  });
});
