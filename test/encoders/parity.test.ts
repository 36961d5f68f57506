/**
 * The Node runtime against SciPy and onnxruntime for Python, preprocessing included; the reference numbers
 * and the command that made them are in test/reference/pqr-resnet-parity.json.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ecgId } from '../../src/ecg/record.js';
import { openEcgEncoder } from '../../src/encoders/ecg-encoder.js';
import { prepareEcg } from '../../src/encoders/ecg-input.js';
import { type ModelFolder, readModelFolder } from '../../src/encoders/model-folder.js';
import type { TextEncoder } from '../../src/encoders/ports.js';
import { openSession } from '../../src/encoders/session.js';
import { openTextEncoder } from '../../src/encoders/text-encoder.js';
import { loadTokenizer } from '../../src/encoders/tokenizer.js';
import { readEcg } from '../../src/formats/read.js';
import reference from '../reference/pqr-resnet-parity.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const modelFolder = join(root, 'models/pqr-resnet');
const LEADS_COMPARED = ['I', 'V2'] as const;

function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - got[index]!)));
  expect(worst).toBeLessThan(tolerance);
}

let model: ModelFolder;
let textEncoder: TextEncoder;

beforeAll(async () => {
  model = await readModelFolder(modelFolder);
  textEncoder = await openTextEncoder(model);
});

describe.each(reference.records)('recording $record', (expected) => {
  const file = join(root, 'sample/records', `${expected.record.split('/').at(-1)}.hea`);

  it('has the id that the training script gave it', async () => {
    expect(ecgId(await readEcg(file))).toBe(expected.contentHash);
  });

  it('becomes the same window as with SciPy', async () => {
    const { ecg, levels } = model.manifest;
    const { windows } = prepareEcg(await readEcg(file), ecg, levels.beat!.span);
    expect(windows).toHaveLength(1);
    for (const lead of LEADS_COMPARED) {
      const offset = ecg.leads.indexOf(lead) * ecg.sampleCount;
      expectClose(windows[0]!.samples.subarray(offset), expected.window[lead], 1e-5);
    }
    const sum = windows[0]!.samples.reduce((total, value) => total + Math.abs(value), 0);
    expect(Math.abs(sum - expected.windowSum)).toBeLessThan(0.05);
  });

  it('becomes the same rhythm and beat vector as with onnxruntime for Python', async () => {
    const { ecg, levels } = model.manifest;
    const { windows, leadMask } = prepareEcg(await readEcg(file), ecg, levels.beat!.span);
    const session = await openSession(join(modelFolder, ecg.file));
    const spans = Float32Array.from(expected.beatSpans.flat());
    const outputs = await session.run(
      {
        ecg: { type: 'float32', shape: [1, 12, ecg.sampleCount], values: windows[0]!.samples },
        lead_mask: { type: 'float32', shape: [1, 12], values: leadMask },
        beat_spans: { type: 'float32', shape: [1, spans.length / 2, 2], values: spans },
      },
      ['rhythm', 'beat', 'attention'],
    );
    expectClose(outputs['rhythm']!.values, expected.rhythm, 1e-4);
    expectClose(outputs['beat']!.values, expected.firstBeat, 1e-4);
    expectClose(outputs['attention']!.values, expected.attention, 1e-4);
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
    expectClose(vector, expected.text128.slice(0, 8), 5e-3);
  });
});

describe('batching', () => {
  it('gives a recording the same vectors alone and among others', async () => {
    const records = await Promise.all(
      reference.records.map(({ record }) =>
        readEcg(join(root, 'sample/records', `${record.split('/').at(-1)}.hea`)),
      ),
    );
    const encoder = await openEcgEncoder(model);
    const together = await encoder.embed(records);
    for (const [index, record] of records.entries()) {
      const [alone] = await encoder.embed([record]);
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
    expectClose(together, [...alone], 1e-6);
  });
});
