/**
 * The Node runtime against PyTorch and SciPy on fifty real recordings, preprocessing included; the reference
 * numbers and the command that made them are in test/reference/pqr-small-parity.json.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecgId } from '../../src/ecg/record.js';
import { openCaptioner } from '../../src/encoders/captioner.js';
import { openEcgEncoder } from '../../src/encoders/ecg-encoder.js';
import { prepareEcg } from '../../src/encoders/ecg-input.js';
import { type ModelFolder, readModelFolder } from '../../src/encoders/model-folder.js';
import type { Captioner, EcgEncoder, TextEncoder } from '../../src/encoders/ports.js';
import { type ModelSession, openSession } from '../../src/encoders/session.js';
import { openTextEncoder } from '../../src/encoders/text-encoder.js';
import { loadTokenizer } from '../../src/encoders/tokenizer.js';
import { readEcg } from '../../src/formats/read.js';
import reference from '../reference/pqr-small-parity.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const modelFolder = join(root, 'models/pqr-small');
const LEADS_COMPARED = ['I', 'V2'] as const;
const SHOWN_DIMS = 6;

const fileOf = (record: string) => join(root, 'sample/records', `${record.split('/').at(-1)}.hea`);

function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - got[index]!)));
  expect(worst).toBeLessThan(tolerance);
}

let model: ModelFolder;
let session: ModelSession;
let ecgEncoder: EcgEncoder;
let textEncoder: TextEncoder;
let captioner: Captioner;

beforeAll(async () => {
  model = await readModelFolder(modelFolder);
  session = await openSession(join(modelFolder, model.manifest.ecg.file));
  ecgEncoder = await openEcgEncoder(model);
  textEncoder = await openTextEncoder(model);
  captioner = await openCaptioner(model);
});

afterAll(async () => {
  await session.release();
  await Promise.all([ecgEncoder, textEncoder, captioner].map((one) => one.close()));
});

it('is measured on fifty recordings and on the graph that is there', async () => {
  expect(reference.records).toHaveLength(50);
  const graph = model.manifest.files.find(({ path }) => path === model.manifest.ecg.file)!;
  expect(graph.sha256).toBe(reference.ecgOnnxSha256);
});

describe.each(reference.records)('recording $record', (expected) => {
  it('has the id that the training script gave it', async () => {
    expect(ecgId(await readEcg(fileOf(expected.record)))).toBe(expected.contentHash);
  });

  it('becomes the same window as with SciPy', async () => {
    const { ecg, levels } = model.manifest;
    const { windows } = prepareEcg(await readEcg(fileOf(expected.record)), ecg, levels.beat!.span);
    expect(windows).toHaveLength(1);
    for (const lead of LEADS_COMPARED) {
      const offset = ecg.leads.indexOf(lead) * ecg.sampleCount;
      expectClose(windows[0]!.samples.subarray(offset), expected.window[lead], 1e-5);
    }
    const sum = windows[0]!.samples.reduce((total, value) => total + Math.abs(value), 0);
    expect(Math.abs(sum - expected.windowSum)).toBeLessThan(0.05);
  });

  it('gives the vectors, the attention and the likelihood of a caption that PyTorch gives', async () => {
    const { ecg, levels } = model.manifest;
    const record = await readEcg(fileOf(expected.record));
    const { windows, leadMask } = prepareEcg(record, ecg, levels.beat!.span);
    const spans = Float32Array.from(expected.beatSpans.flat());
    const outputs = await session.run(
      {
        ecg: { type: 'float32', shape: [1, 12, ecg.sampleCount], values: windows[0]!.samples },
        lead_mask: { type: 'float32', shape: [1, 12], values: leadMask },
        beat_spans: { type: 'float32', shape: [1, spans.length / 2, 2], values: spans },
      },
      ['rhythm', 'beat', 'token', 'attention'],
    );
    expectClose(outputs['rhythm']!.values, expected.rhythm, 1e-4);
    expectClose(outputs['beat']!.values, expected.firstBeat, 1e-4);
    const tokens = outputs['token']!;
    const last = tokens.values.subarray(tokens.values.length - tokens.shape[2]!);
    expectClose(last, expected.lastToken, 1e-4);
    expectClose(outputs['attention']!.values, expected.attention, 1e-4);
    const [embedding] = await ecgEncoder.embed([record]);
    expectClose(embedding!.levels[0]!.vectors, expected.rhythm, 1e-4);
    const [likelihood] = await captioner.logLikelihood(embedding!.levels, [reference.caption]);
    expect(Math.abs(likelihood! - expected.captionLogLikelihood)).toBeLessThan(1e-3);
  });
});

describe.each(reference.texts)('text "$text"', (expected) => {
  it('has the same tokens', async () => {
    const tokenizer = await loadTokenizer(join(modelFolder, 'tokenizer'));
    const ids = tokenizer.encode(expected.text.toLowerCase(), model.manifest.text!.maxTokens);
    expect(ids).toEqual(expected.inputIds);
  });

  it('becomes the same vector', async () => {
    const vector = await textEncoder.encode([expected.text]);
    expectClose(vector, expected.text128.slice(0, SHOWN_DIMS), 1e-4);
    expect(expected.cosineToFloat32).toBeGreaterThan(0.995);
  });
});

describe('batching', () => {
  it('gives a recording the same vectors alone and among others', async () => {
    const some = reference.records.slice(0, 5);
    const records = await Promise.all(some.map(({ record }) => readEcg(fileOf(record))));
    const together = await ecgEncoder.embed(records);
    for (const [index, record] of records.entries()) {
      const [alone] = await ecgEncoder.embed([record]);
      for (const [row, level] of alone!.levels.entries()) {
        const other = together[index]!.levels[row]!;
        expect(other.count).toBe(level.count);
        expectClose(other.vectors, [...level.vectors], 1e-4);
      }
    }
  });

  it('gives a text the same vector alone and among others', async () => {
    const texts = ['pacing', 'left bundle branch block with a first degree atrioventricular block'];
    const together = await (await openTextEncoder(model)).encode(texts);
    const alone = await (await openTextEncoder(model)).encode(texts.slice(0, 1));
    expectClose(together, [...alone], 1e-5);
  });
});
