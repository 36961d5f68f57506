/** The label routes over a real archive of the sample recordings, embedded by the tiny model. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openTinyApp, type TinyApp } from '../support/tiny-app.js';

// biome-ignore lint/suspicious/noExplicitAny: the answers are what is tested
type Json = any;

let tiny: TinyApp;
let listening: Awaited<ReturnType<TinyApp['app']['serve']>>;
beforeAll(async () => {
  tiny = await openTinyApp();
  listening = await tiny.app.serve(tiny.archive);
});
afterAll(async () => {
  await listening.close();
  await tiny.close();
});
afterEach(async () => {
  for (const { key, set } of (await call('GET', '/v1/labels')).body.labels) {
    if (set === 'own') await call('DELETE', `/v1/labels/${key}`);
  }
});

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${listening.url}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

const COVED = 'ST elevation in V1-V3 with coved shape';
const anEcg = async () => (await call('GET', '/v1/search?q=sinus&k=1')).body.hits[0].ecgId;

describe('/v1/labels', () => {
  it('takes a label, lists it after those of the knowledge base, and shows it', async () => {
    const added = await call('POST', '/v1/labels', {
      text: COVED,
      key: 'coved',
      synonyms: ['coved ST'],
      excludes: ['CLBBB'],
    });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({
      key: 'coved',
      set: 'own',
      change: 'added',
      version: 1,
      prompts: [COVED, 'coved ST'],
      excludes: ['CLBBB'],
      calibration: null,
      stale: { build: null, calibration: null, scores: [] },
    });
    const { labels } = (await call('GET', '/v1/labels')).body;
    expect(labels.at(-1)).toMatchObject({ key: 'coved', set: 'own' });
    expect(labels[0].set).not.toBe('own');
    const { change: _, ...shown } = added.body;
    expect((await call('GET', '/v1/labels/coved')).body).toEqual(shown);
  });

  it('changes and removes it', async () => {
    await call('POST', '/v1/labels', { text: COVED, key: 'coved' });
    const changed = await call('PATCH', '/v1/labels/coved', { requires: ['ST elevation'] });
    expect(changed).toMatchObject({ status: 200, body: { version: 2, change: 'changed' } });
    expect(changed.body.text).toBe(COVED);
    expect((await call('DELETE', '/v1/labels/coved')).status).toBe(204);
    expect((await call('GET', '/v1/labels/coved')).status).toBe(404);
    expect((await call('DELETE', '/v1/labels/coved')).status).toBe(404);
    expect((await call('PATCH', '/v1/labels/coved', { text: 'x' })).status).toBe(404);
  });

  it.each([
    [{}, 'request.invalid'],
    [{ text: '' }, 'label.invalid'],
    [{ text: 'x'.repeat(9000) }, 'request.invalid'],
    [{ text: 'x', key: 'AFIB' }, 'label.invalid'],
    [{ text: 'x', key: 'afib' }, 'label.exists'],
    [{ text: 'x', requires: ['nothing known'] }, 'label.unknown'],
    [{ text: 'x', secret: 1 }, 'request.invalid'],
  ])('refuses %j', async (body, code) => {
    const { status, body: problem } = await call('POST', '/v1/labels', body);
    expect(problem.code).toBe(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('cannot be changed by a page from elsewhere: only JSON is taken', async () => {
    const response = await fetch(`${listening.url}/v1/labels`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ text: 'x' }),
    });
    expect(response.status).toBe(400);
  });
});

describe('POST /v1/classify', () => {
  it('scores own labels beside others, by key or own:key, in the order asked', async () => {
    await call('POST', '/v1/labels', { text: COVED, key: 'coved' });
    const body = { ecgId: await anEcg(), labels: ['AFIB', 'coved', 'own:coved', 'LVH'] };
    const { labels } = (await call('POST', '/v1/classify', body)).body;
    expect(labels.map((one: Json) => [one.key, one.set])).toEqual([
      ['AFIB', 'ptbxl-scp'],
      ['coved', 'own'],
      ['LVH', 'ptbxl-scp'],
    ]);
    expect(labels[1]).toMatchObject({
      version: 1,
      probability: null,
      calibration: null,
      percentile: expect.any(Number),
      prompt: COVED,
      promptSource: { mode: 'own', template: 'own-1', version: 1 },
    });
    for (const { vetoed, supportedBy } of labels) {
      expect([vetoed, supportedBy]).toEqual([expect.any(Array), expect.any(Array)]);
    }
  });

  it('lets a measured rate speak: a slow and a fast rhythm are not both possible', async () => {
    const ecgId = await anEcg();
    const { heartRateBpm } = (await call('GET', `/v1/ecgs/${ecgId}`)).body;
    const slow = heartRateBpm < 80;
    const concept = slow ? 'STACH' : 'SBRAD'; // what it cannot be
    await call('POST', '/v1/labels', { text: 'anything', key: 'mine', requires: [concept] });
    const body = { ecgId, labels: ['mine', concept] };
    const [own, known] = (await call('POST', '/v1/classify', body)).body.labels;
    expect(own.decision).toBe('low');
    expect(own.vetoed[0]).toMatchObject({
      by: 'measurement',
      concept,
      message: expect.stringMatching(/heart rate .*measured \d/),
    });
    expect(known.vetoed[0]).toMatchObject({ by: 'measurement', concept });
  });

  it('says that an own label is not there, and that no language model is', async () => {
    const ecgId = await anEcg();
    const none = await call('POST', '/v1/classify', { ecgId, labels: ['own:none'] });
    expect(none.body.code).toBe('label.unknown');
    const off = await call('POST', '/v1/classify', { ecgId, labels: ['AFIB'], prompts: 'llm' });
    expect(off.body.code).toBe('llm.off');
  });

  it('takes the templates by name, and no path', async () => {
    const ecgId = await anEcg();
    const body = { ecgId, labels: ['BRUGADA'], prompts: 'compose-2' };
    const [label] = (await call('POST', '/v1/classify', body)).body.labels;
    expect(label.promptSource.template).toBe('compose-2');
    expect(label.prompt).toContain('coved elevation');
    const path = { ...body, prompts: '/etc/passwd' };
    expect((await call('POST', '/v1/classify', path)).body.code).toBe('request.invalid');
  });
});

describe('GET /v1/labels/:key/scores', () => {
  it('shows the recordings that score highest and how the scores are spread', async () => {
    await call('POST', '/v1/labels', { text: COVED, key: 'coved' });
    const { body } = await call('GET', '/v1/labels/coved/scores?k=5');
    expect(body).toMatchObject({ key: 'coved', set: 'own', prompts: [COVED] });
    const { count, bins, percentiles, min, max } = body.distribution;
    expect(count).toBe(150);
    expect(bins.reduce((sum: number, bin: Json) => sum + bin.count, 0)).toBe(count);
    expect(percentiles['50']).toBeGreaterThanOrEqual(min);
    expect(percentiles['99']).toBeLessThanOrEqual(max);
    const scores = body.hits.map((hit: Json) => hit.score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeCloseTo(max, 6);
    const [best] = body.hits;
    expect(best.percentile).toBe(100);
    expect(best.metadata.leads).toHaveLength(12);
    const classify = { ecgId: best.ecgId, labels: ['coved'] };
    const [alone] = (await call('POST', '/v1/classify', classify)).body.labels;
    expect(alone.score).toBeCloseTo(best.score, 3);
    expect(alone.percentile).toBe(best.percentile);
    expect(alone.decision).toBe(best.decision);
  });

  it('knows the labels of the knowledge base, too', async () => {
    const { body } = await call('GET', '/v1/labels/AFIB/scores?k=1');
    expect(body).toMatchObject({ key: 'AFIB', set: 'ptbxl-scp' });
    expect((await call('GET', '/v1/labels/none/scores')).status).toBe(404);
  });
});
