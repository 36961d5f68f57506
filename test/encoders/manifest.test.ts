import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf, parseManifest } from '../../src/encoders/manifest.js';
import {
  listModelNames,
  readModelFolder,
  trainingRecordIds,
  verifyModelFolder,
} from '../../src/encoders/model-folder.js';

const bundled = join(import.meta.dirname, '../../models/pqr-resnet');
const bundledJson = () => JSON.parse(readFileSync(join(bundled, 'manifest.json'), 'utf8'));
let folder: string;

// biome-ignore lint/suspicious/noExplicitAny: a manifest that is about to be broken
type Json = any;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-model-'));
  cpSync(bundled, join(folder, 'copy'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the manifest', () => {
  it('of the bundled model is read, and its files verify', async () => {
    const model = await readModelFolder(bundled);
    await expect(verifyModelFolder(model)).resolves.toBeUndefined();
    expect(model.identity.levels.rhythm?.sharedWithText).toBe(true);
    // 2,331 recordings, four of them twice under two numbers of PTB-XL
    expect((await trainingRecordIds(model)).size).toBe(2327);
  });

  it.each([
    ['a file outside the folder', (m: Json) => (m.ecg.file = '../ecg.onnx'), 'ecg.file'],
    ['no rhythm level', (m: Json) => delete m.levels.rhythm, 'levels.rhythm'],
    ['a hash of the wrong length', (m: Json) => (m.files[0].sha256 = 'abc'), 'files.0.sha256'],
    ['a rate of 0', (m: Json) => (m.ecg.samplingRateHz = 0), 'ecg.samplingRateHz'],
    ['a template without {text}', (m: Json) => (m.text.template = 'an ECG'), 'text.template'],
    ['an unlisted file', (m: Json) => m.files.shift(), 'not listed'],
    ['another kind', (m: Json) => (m.kind = 'mystery'), 'kind'],
  ])('with %s is refused, and the field named', (_name, change, named) => {
    const json = bundledJson();
    change(json);
    expect(() => parseManifest(json, 'manifest.json')).toThrow(
      expect.objectContaining({ code: 'model.manifest', message: expect.stringContaining(named) }),
    );
  });

  it('gives another identity where anything that changes a vector differs', () => {
    const base = identityOf(parseManifest(bundledJson(), 'm')).hash;
    const json = bundledJson();
    json.ecg.filter.lowHz = 0.3;
    expect(identityOf(parseManifest(json, 'm')).hash).not.toBe(base);
    const described = { ...bundledJson(), description: 'other words' };
    expect(identityOf(parseManifest(described, 'm')).hash).toBe(base);
  });
});

describe('a model folder', () => {
  it('whose file differs is refused by name', async () => {
    const path = join(folder, 'copy', 'text_projection.onnx');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    const model = await readModelFolder(join(folder, 'copy'));
    await expect(verifyModelFolder(model)).rejects.toMatchObject({
      code: 'model.hash',
      message: expect.stringContaining('text_projection.onnx'),
    });
    writeFileSync(path, bytes.subarray(0, 100));
    await expect(verifyModelFolder(model)).rejects.toMatchObject({
      code: 'model.hash',
      message: expect.stringContaining('100 bytes'),
    });
  });

  it('that is not there is model.missing', async () => {
    await expect(readModelFolder(join(folder, 'none'))).rejects.toMatchObject({
      code: 'model.missing',
    });
  });

  it('is listed where it has a manifest', async () => {
    expect(await listModelNames(folder)).toEqual(['copy']);
    expect(await listModelNames(join(folder, 'none'))).toEqual([]);
  });
});
