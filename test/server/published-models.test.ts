/** The service with models that lack parts, and after the thread that runs them broke off. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';

const models = resolve(import.meta.dirname, '../fixtures/models');

/** Every thread that this process has started, oldest first. */
const threads: Worker[] = [];
process.on('worker', (thread) => threads.push(thread));

interface Served {
  get(path: string): Promise<{ status: number; retryAfter: string | null; body: Json }>;
  post(path: string, body: object): Promise<{ status: number; body: Json }>;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: any answer of the service
type Json = any;

/** The sample, indexed with a model and served. */
async function serve(modelName: string): Promise<Served> {
  const archive = mkdtempSync(join(tmpdir(), 'pqrsearch-served-'));
  const options = { modelName: join(models, modelName), port: 0, logLevel: 'silent' };
  const app = createApp(loadConfig({}, options));
  await app.indexSample(archive);
  const { url, close } = await app.serve(archive);
  return {
    async get(path) {
      const response = await fetch(`${url}/v1/${path}`);
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, retryAfter, body: await response.json() };
    },
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      const sent = { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await fetch(`${url}/v1/${path}`, sent);
      return { status: response.status, body: await response.json() };
    },
    async close() {
      await close();
      await app.close();
      rmSync(archive, { recursive: true, force: true });
    },
  };
}

describe('a model without a text side', () => {
  let served: Served;
  let ecgId: string;
  beforeAll(async () => {
    served = await serve('melp-encoder-tiny');
    ecgId = (await served.get('search?q=sinusrhythmus&level=text&k=1')).body.hits[0].ecgId;
  });
  afterAll(() => served.close());

  it('finds recordings like one, and names its levels', async () => {
    const { body } = await served.get(`search?like=${ecgId}&level=beat-query&k=2`);
    expect(body.hits).toHaveLength(2);
    const { levels } = (await served.get('archive')).body;
    const names = levels.map((one: { level: string }) => one.level);
    expect(names).toEqual(['rhythm', 'beat-query', 'token']);
  });

  it('refuses words, labels and drafts with 422 and what to do instead', async () => {
    const refused = [
      await served.get('search?q=afib'),
      await served.get(`search?q=afib&like=${ecgId}`),
      await served.post('classify', { ecgId }),
      await served.post('reports', { ecgId }),
      await served.get(`search?like=${ecgId}&beat=0`),
    ];
    for (const { status, body } of refused) {
      expect([status, body.code]).toEqual([422, 'model.feature']);
      expect(body.detail).toContain('melp-encoder-tiny');
      expect(body.hint).toContain('models list');
    }
  });
});

describe('a thread of the model that broke off', () => {
  it('fails what waits with 503, and the service answers again', async () => {
    const served = await serve('merl-tiny');
    const before = await served.get('search?q=atrial+fibrillation');
    expect(before.status).toBe(200);
    const asked = Promise.all(
      Array.from({ length: 20 }, (_, at) => served.get(`search?q=question+number+${at}`)),
    );
    await new Promise((done) => setTimeout(done, 10));
    const threadCount = threads.length;
    await threads.at(-1)!.terminate();
    for (const { status, retryAfter, body } of await asked) {
      expect([200, 503]).toContain(status);
      if (status === 200) continue;
      expect([body.code, retryAfter]).toEqual(['model.crashed', '2']);
    }
    const after = await served.get('search?q=ventricular+pacing');
    expect([after.status, threads.length]).toEqual([200, threadCount + 1]);
    const again = await served.get('search?q=atrial+fibrillation');
    expect(again.body.hits).toEqual(before.body.hits);
    await served.close();
  });
});
