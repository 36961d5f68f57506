/** The bundled segmenter against PyTorch's numbers, and folders that are refused. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAnyModel } from '../../src/encoders/any-model.js';
import { listModelNames } from '../../src/encoders/model-folder.js';
import { openSegmenter } from '../../src/encoders/segmenter.js';
import { segmentWindows } from '../../src/encoders/segmenter-input.js';
import { readEcg } from '../../src/formats/read.js';
import type { WaveSegmenter } from '../../src/signal/segmenter.js';
import { workingLeads } from '../../src/signal/working-leads.js';

const root = join(import.meta.dirname, '../..');
const bundled = join(root, 'models/pqr-delineator');

interface Reference {
  readonly step: number;
  readonly records: Record<string, { shape: [number, number, number]; values: number[] }>;
}
const reference: Reference = JSON.parse(
  readFileSync(join(root, 'test/reference/pqr-delineator.json'), 'utf8'),
);

describe('the bundled segmenter', () => {
  let segmenter: WaveSegmenter;
  beforeAll(async () => {
    segmenter = await openSegmenter(bundled);
  });
  afterAll(() => segmenter.close());

  it.each(Object.keys(reference.records))(
    'gives the probabilities of PyTorch for %s, preprocessing included',
    async (name) => {
      const { shape, values } = reference.records[name]!;
      const record = await readEcg(join(root, 'sample/records', `${name}.hea`));
      const leads = workingLeads(record, {
        samplingRateHz: segmenter.samplingRateHz,
        bridgePacing: false,
      }).map(({ samples }) => samples);
      const found = await segmenter.segment(leads);
      const sampleCount = leads[0]!.length;
      const picked = Array.from({ length: shape[0] * shape[1] }, (_, row) =>
        Array.from(
          { length: shape[2] },
          (_, at) => found[row * sampleCount + at * reference.step]!,
        ),
      ).flat();
      expect(picked).toHaveLength(values.length);
      const largest = picked.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - values[index]!)),
        0,
      );
      expect(largest).toBeLessThan(1e-4);
      expect(values.some((value) => value > 0.9)).toBe(true);
    },
  );

  it('gives probabilities that sum to one, of a lead without any signal too', async () => {
    const found = await segmenter.segment([new Float32Array(1001), sine(1001)]);
    expect(found).toHaveLength(2 * 4 * 1001);
    for (const [lead, sample] of [
      [0, 0],
      [0, 1000],
      [1, 500],
    ] as const) {
      const classes = [0, 1, 2, 3].map((kind) => found[(lead * 4 + kind) * 1001 + sample]!);
      expect(classes.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    }
  });

  it('gives nothing for no leads', async () => {
    expect(await segmenter.segment([])).toEqual(new Float32Array(0));
  });
});

describe('segmentWindows', () => {
  const rules = { windowSamples: 96, overlapSamples: 32, lengthMultiple: 32 };
  const windows = (sampleCount: number) => segmentWindows(sampleCount, rules as never);

  it('pads what fits into one window', () => {
    expect(windows(33)).toEqual([{ start: 0, paddedCount: 64, from: 0, to: 33 }]);
    expect(windows(96)).toEqual([{ start: 0, paddedCount: 96, from: 0, to: 96 }]);
  });

  it.each([97, 160, 161, 500, 1001])('takes every one of %d samples from one window', (count) => {
    let next = 0;
    for (const { start, from, to } of windows(count)) {
      expect(from).toBe(next);
      expect(from).toBeGreaterThanOrEqual(start);
      expect(to).toBeLessThanOrEqual(start + 96);
      next = to;
    }
    expect(next).toBe(count);
  });
});

describe('a segmenter’s folder', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pqr-segmenter-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function copyWith(name: string, change: (copy: string) => void): string {
    const copy = join(folder, name);
    cpSync(bundled, copy, { recursive: true });
    change(copy);
    return copy;
  }

  function withManifest(name: string, change: (manifest: Record<string, never>) => void): string {
    return copyWith(name, (copy) => {
      const path = join(copy, 'manifest.json');
      const manifest = JSON.parse(readFileSync(path, 'utf8'));
      change(manifest);
      writeFileSync(path, JSON.stringify(manifest));
    });
  }

  it('is verified like any model, and is not listed as one that embeds', async () => {
    expect((await verifyAnyModel(bundled)).name).toBe('pqr-delineator');
    const names = await listModelNames(join(root, 'models'));
    expect(names).toContain('pqr-small');
    expect(names).not.toContain('pqr-delineator');
  });

  it('is below 1.5 MB', async () => {
    const { files } = await verifyAnyModel(bundled);
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1.5e6);
  });

  it('is refused where a file is another one', async () => {
    const copy = copyWith('changed', (at) => {
      const path = join(at, 'segmenter.onnx');
      const bytes = readFileSync(path);
      bytes[5000]! ^= 1;
      writeFileSync(path, bytes);
    });
    await expect(openSegmenter(copy)).rejects.toMatchObject({ code: 'model.hash' });
    await expect(verifyAnyModel(copy)).rejects.toMatchObject({ code: 'model.hash' });
  });

  it.each([
    ['lead.classes', (lead: { classes: string[] }) => lead.classes.reverse()],
    ['lead.file', (lead: { file: string }) => Object.assign(lead, { file: 'other.onnx' })],
    ['lead.file', (lead: { file: string }) => Object.assign(lead, { file: '../a.onnx' })],
    ['lead.windowSamples', (lead: object) => Object.assign(lead, { windowSamples: 7521 })],
    ['lead.overlapSamples', (lead: object) => Object.assign(lead, { overlapSamples: 5000 })],
    ['lead.samplingRateHz', (lead: object) => Object.assign(lead, { samplingRateHz: 0 })],
  ])('is refused where the manifest’s %s does not fit', async (field, change) => {
    const copy = withManifest(`bad-${Math.abs(hash(String(change)))}`, (manifest) => {
      change(manifest['lead']!);
    });
    await expect(openSegmenter(copy)).rejects.toMatchObject({
      code: 'model.manifest',
      message: expect.stringContaining(field),
    });
  });

  it('is missing where there is none, and no segmenter where it holds an encoder', async () => {
    await expect(openSegmenter(join(folder, 'none'))).rejects.toMatchObject({
      code: 'model.missing',
    });
    await expect(openSegmenter(join(root, 'models/pqr-small'))).rejects.toMatchObject({
      code: 'model.manifest',
    });
  });
});

function sine(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index / 20));
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);
}
