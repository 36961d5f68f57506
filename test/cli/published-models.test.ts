/**
 * MERL's and MELP's folders (random weights) as a user brings them: added, verified, real recordings indexed,
 * searched, scored and drafted with them; what a model lacks is refused.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { makeRecord } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import type { SearchLevel } from '../../src/search/ports.js';
import type { ArchiveService } from '../../src/server/archive-service.js';
import { type Ended, runCommand } from '../support/run-command.js';

const root = join(import.meta.dirname, '../..');
const sample = join(root, 'sample');
const record = join(sample, 'records', '00008_hr.hea');
const SAMPLE_COUNT = 150;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-published-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pqrsearch(args: readonly string[]): Promise<Ended> {
  const environment = { PQRSEARCH_MODELS: join(folder, 'models') };
  return runCommand(args, { cwd: folder, environment });
}

async function json(args: readonly string[]) {
  const { out, code, error } = await pqrsearch([...args, '--json']);
  expect({ code, error: code === 0 ? '' : error }).toEqual({ code: 0, error: '' });
  return JSON.parse(out);
}

interface Known {
  readonly name: string;
  readonly features: readonly string[];
  /** Vectors of each level in the sample archive; 13 and 128 learned queries a recording. */
  readonly vectorCounts: Readonly<Record<string, number>>;
}

const MODELS: readonly Known[] = [
  { name: 'merl-tiny', features: ['text', 'attention'], vectorCounts: { rhythm: SAMPLE_COUNT } },
  {
    name: 'melp-tiny',
    features: ['text', 'sentences'],
    vectorCounts: {
      rhythm: SAMPLE_COUNT,
      'beat-query': 13 * SAMPLE_COUNT,
      token: 128 * SAMPLE_COUNT,
    },
  },
  {
    name: 'melp-encoder-tiny',
    features: [],
    vectorCounts: {
      rhythm: SAMPLE_COUNT,
      'beat-query': 13 * SAMPLE_COUNT,
      token: 128 * SAMPLE_COUNT,
    },
  },
];

describe.each(MODELS)('$name', ({ name, features, vectorCounts }) => {
  const has = (feature: string) => features.includes(feature);
  const on = () => ['--model', name, '--archive', join(folder, name)];

  it('is added, verified, listed with what it can and cannot do', async () => {
    await json(['models', 'add', join(root, 'test/fixtures/models', name)]);
    expect(await json(['models', 'verify', name])).toMatchObject({ ok: true, model: name });
    const { models } = await json(['models', 'list']);
    const listed = models.find((one: { name: string }) => one.name === name);
    expect(listed).toMatchObject({ levels: Object.keys(vectorCounts), features });
    const lacking = listed.lacking.map(({ feature }: { feature: string }) => feature);
    expect(lacking.includes('text')).toBe(!has('text'));
    expect(lacking).toEqual(expect.arrayContaining(['beats', 'captions']));
    const { out } = await pqrsearch(['models', 'list']);
    if (!has('text')) expect(out).toContain('no text: without search by words, classify, report');
  });

  it('indexes real recordings at every level, and the archive verifies', async () => {
    const metadata = ['--metadata', join(sample, 'metadata.csv')];
    const result = await json(['index', join(sample, 'records'), ...metadata, ...on()]);
    expect(result).toMatchObject({ indexed: SAMPLE_COUNT, failed: [] });
    const { model, levels } = await json(['archive', 'status', join(folder, name)]);
    expect(model.name).toBe(name);
    const counts = levels.map((one: { level: string; vectorCount: number }) => [
      one.level,
      one.vectorCount,
    ]);
    expect(Object.fromEntries(counts)).toEqual(vectorCounts);
    expect(await json(['archive', 'verify', join(folder, name)])).toMatchObject({ ok: true });
  });

  it('finds recordings like a given one, by the command', async () => {
    const { hits } = await json(['search', '--like', record, '-k', '3', ...on()]);
    expect(hits).toHaveLength(3);
    for (const hit of hits) expect(hit.record).not.toContain('00008_hr');
    const beat = await pqrsearch(['search', '--like', record, '--beat', '1', ...on()]);
    expect([beat.code, beat.out]).toEqual([3, '']);
    expect(beat.error).toContain('model.feature');
  });

  it.each([
    ['a question', (): string[] => ['search', 'atrial fibrillation', ...on()]],
    ['a question beside an ECG', (): string[] => ['search', 'afib', '--like', record, ...on()]],
    [
      'labels in an archive',
      (): string[] => ['classify', record, '--labels', 'AFIB,NORM', ...on()],
    ],
    ['labels alone', (): string[] => ['classify', record, '--labels', 'AFIB', '--model', name]],
    ['a draft', (): string[] => ['report', record, ...on()]],
  ])('answers %s where it has a text side, and else says what to do', async (_what, argsOf) => {
    if (has('text')) {
      const answer = await json(argsOf());
      const given = answer.hits ?? answer.labels ?? answer.sections;
      expect(given.length).toBeGreaterThan(0);
      return;
    }
    const { code, out, error } = await pqrsearch(argsOf());
    expect([code, out]).toEqual([3, '']);
    for (const said of [name, 'has no text side', '--like FILE', 'model.feature']) {
      expect(error).toContain(said);
    }
  });

  it('searches each of its levels alone, for an ECG; never at a beat', async () => {
    await withService(async (service) => {
      const like = await readEcg(record);
      for (const level of Object.keys(vectorCounts) as SearchLevel[]) {
        const { hits } = await service.search({ like, level, k: 3 });
        expect(hits.map((hit) => Object.keys(hit.levels))).toEqual([[level], [level], [level]]);
      }
      await expect(service.search({ like, level: 'beat', k: 1 })).rejects.toMatchObject({
        code: 'query.level',
      });
    });
  });

  it('finds a recording again at another gain: the block is scaled, absolute voltage is lost', async () => {
    await withService(async (service) => {
      const original = await readEcg(record);
      const samples = original.samples.map((value) => 3 * value);
      const { leads, samplingRateHz, format } = original;
      const like = makeRecord({ leads, samplingRateHz, format, samples });
      const { hits } = await service.search({ like, level: 'rhythm', k: 1 });
      expect(hits[0]!.record).toContain('00008_hr');
      expect(hits[0]!.score).toBeGreaterThan(0.9999);
    });
  });

  it('compares words with the levels of their space alone; reports need no model', async () => {
    await withService(async (service) => {
      const ask = (level: SearchLevel) => service.search({ text: 'Vorhofflimmern', level, k: 3 });
      expect((await ask('text')).hits.length).toBeGreaterThan(0);
      const shared = has('sentences') ? ['rhythm', 'beat-query'] : has('text') ? ['rhythm'] : [];
      for (const level of Object.keys(vectorCounts) as SearchLevel[]) {
        if (shared.includes(level)) expect((await ask(level)).hits).toHaveLength(3);
        else await expect(ask(level)).rejects.toMatchObject({ code: 'model.feature' });
      }
    });
  });

  async function withService(use: (service: ArchiveService) => Promise<void>): Promise<void> {
    const modelsFolder = join(folder, 'models');
    const app = createApp(loadConfig({}, { modelsFolder, modelName: name }));
    try {
      await use(await app.openService(join(folder, name)));
    } finally {
      await app.close();
    }
  }
});
