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

const bundled = join(import.meta.dirname, '../../models/pqr-small');
const fixtures = join(import.meta.dirname, '../fixtures/models');
const jsonOf = (path: string) => JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));
const bundledJson = () => jsonOf(bundled);
let folder: string;

// biome-ignore lint/suspicious/noExplicitAny: a manifest that is about to be broken
type Json = any;
const share = (manifest: Json) => {
  manifest.levels.rhythm.sharedWithText = true;
};

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

  it.each([
    ['pqr without text', 'pqr-tiny', (m: Json) => delete m.text, 'text'],
    [
      'a mask that no rule fills',
      'merl-tiny',
      (m: Json) => (m.ecg.inputs.leadMask = 'm'),
      'leadMask',
    ],
    [
      'no mask where the rule needs one',
      'pqr-tiny',
      (m: Json) => delete m.ecg.inputs.leadMask,
      'leadMask',
    ],
    [
      'spans without a beat level',
      'melp-tiny',
      (m: Json) => (m.ecg.inputs.beatSpans = 's'),
      'beatSpans',
    ],
    ['a level shared with no text', 'melp-encoder-tiny', share, 'levels.rhythm.sharedWithText'],
    [
      'a shared level of another size',
      'melp-tiny',
      (m: Json) => (m.levels['beat-query'].dim = 24),
      'beat-query.dim',
    ],
    [
      'tokens that are cells and queries',
      'melp-tiny',
      (m: Json) => (m.levels.token.cellSamples = 16),
      'levels.token',
    ],
    [
      'tokens that are neither',
      'melp-tiny',
      (m: Json) => delete m.levels.token.count,
      'levels.token',
    ],
    ['a decoder without time cells', 'pqr-tiny', (m: Json) => delete m.levels.token, 'decoder'],
    [
      'a hop beyond the window',
      'merl-tiny',
      (m: Json) => (m.ecg.hopSamples = 5001),
      'ecg.hopSamples',
    ],
    [
      'an unlisted sentence projection',
      'melp-tiny',
      (m: Json) => m.files.splice(1, 1),
      'sentence_projection.onnx',
    ],
    [
      'an unknown normalisation',
      'merl-tiny',
      (m: Json) => (m.ecg.normalisation.type = 'z'),
      'ecg.normalisation',
    ],
  ])('with %s (%s) is refused, and the field named', (_name, fixture, change, named) => {
    const json = jsonOf(join(fixtures, fixture));
    expect(parseManifest(json, 'm').name).toBe(fixture);
    change(json);
    expect(() => parseManifest(json, 'm')).toThrow(
      expect.objectContaining({ code: 'model.manifest', message: expect.stringContaining(named) }),
    );
  });

  it("of kind melp names its queries and sizes; the levels of the identity are the manifest's", () => {
    const { levels } = identityOf(parseManifest(jsonOf(join(fixtures, 'melp-tiny')), 'm'));
    expect(levels).toEqual({
      rhythm: { dim: 16, sharedWithText: true },
      'beat-query': { dim: 16, sharedWithText: true },
      token: { dim: 24, sharedWithText: false },
    });
  });

  it.each([
    ['models/pqr-small', '8d2ff537ae6cbd7aa9d4cc6a30ba81cd844ae966645571179b8384c56a435d31'],
    [
      'test/fixtures/models/pqr-tiny',
      'e8f05100940746ebab05cba281b3a9a4225ee7a227fed9690601857493ed802c',
    ],
  ])('of %s keeps its identity: archives made with it stay readable', async (path, hash) => {
    const { identity } = await readModelFolder(join(import.meta.dirname, '../..', path));
    expect(identity.hash).toBe(hash);
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
