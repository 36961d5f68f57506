/** What a model with every part gives over HTTP: moments, attention, captions, and what it is. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord } from '../../src/ecg/record.js';
import { type AttentionWindow, shadesOf } from '../../src/server/attention.js';
import type { Listening } from '../../src/server/listen.js';
import { LACKING_MODEL, openTinyApp, sampleRecord, type TinyApp } from '../support/tiny-app.js';

let tiny: TinyApp;
let service: Listening;
let ecgId: string;

beforeAll(async () => {
  tiny = await openTinyApp();
  service = await tiny.app.serve(tiny.archive);
  ecgId = (await get('/v1/search?q=sinus+rhythm&k=1')).body.hits[0].ecgId;
});
afterAll(async () => {
  await service.close();
  await tiny.close();
});

// biome-ignore lint/suspicious/noExplicitAny: the answers are what is tested
type Json = any;

async function get(
  path: string,
  { url }: Listening = service,
): Promise<{ status: number; headers: Headers; body: Json }> {
  const response = await fetch(`${url}${path}`);
  const { status, headers } = response;
  const isJson = headers.get('content-type')?.includes('json');
  return { status, headers, body: isJson ? await response.json() : await response.text() };
}

describe('the archive', () => {
  it('names its model with what it can do and what it lacks', async () => {
    const { model, levels } = (await get('/v1/archive')).body;
    expect(model).toMatchObject({ name: 'pqr-tiny', version: '1.0.0' });
    expect(model.features).toEqual(expect.arrayContaining(['words', 'attention', 'captions']));
    expect(model.lacking.map(({ feature }: Json) => feature)).not.toContain('captions');
    expect(levels.map(({ level }: Json) => level)).toContain('token');
  });
});

describe('GET /v1/search?level=token', () => {
  it('names each phrase with the seconds of its moment', async () => {
    const { body } = await get('/v1/search?q=atrial+fibrillation+with+LBBB&level=token&k=3');
    expect(body.hits).toHaveLength(3);
    for (const { evidence } of body.hits) {
      expect(evidence.map(({ phrase }: Json) => phrase)).toEqual([
        'atrial fibrillation',
        'complete left bundle branch block',
      ]);
      for (const { startSeconds, endSeconds } of evidence) {
        expect(endSeconds - startSeconds).toBeGreaterThan(0);
        expect(endSeconds - startSeconds).toBeLessThanOrEqual(0.3201);
      }
    }
  });
});

describe('GET /v1/ecgs/:id/attention', () => {
  it('gives the cells of the window with weights that sum to 1', async () => {
    const { body } = await get(`/v1/ecgs/${ecgId}/attention`);
    expect(body).toMatchObject({ ecgId, model: { name: 'pqr-tiny' } });
    const [window] = body.windows;
    expect(body.windows).toHaveLength(1);
    expect(window).toMatchObject({ window: 0, startSeconds: 0, endSeconds: 10 });
    expect(window.cells).toHaveLength(63);
    const sum = window.cells.reduce((total: number, { weight }: Json) => total + weight, 0);
    expect(sum).toBeCloseTo(1, 4);
    expect((await get(`/v1/ecgs/${ecgId}/attention?start=20&seconds=5`)).body.windows).toEqual([]);
  });

  it.each(['start=-1', 'seconds=0', 'start=x'])('refuses %s', async (query) => {
    const { status, body } = await get(`/v1/ecgs/${ecgId}/attention?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'request.invalid' });
  });

  it('is shaded on the plot when asked for, and that plot is not kept by a cache', async () => {
    const plain = await get(`/v1/ecgs/${ecgId}/plot.svg`);
    const shaded = await get(`/v1/ecgs/${ecgId}/plot.svg?attention=1`);
    expect(plain.body).not.toContain('where the model looked');
    expect(shaded.body).toContain('where the model looked');
    expect(plain.headers.get('cache-control')).toContain('max-age');
    expect(shaded.headers.get('cache-control')).toBe('no-store');
    const png = await get(`/v1/ecgs/${ecgId}/plot.png?attention=true`);
    expect(png.headers.get('content-type')).toBe('image/png');
    expect((await get(`/v1/ecgs/${ecgId}/plot.svg?attention=yes`)).status).toBe(400);
  });

  it('is drawn beside stretches that are marked by name', async () => {
    const { body } = await get(`/v1/ecgs/${ecgId}/plot.svg?highlight=1-1.32:wide+%3CQRS%3E,3-4`);
    expect(body).toContain('wide &#60;QRS&#62;');
    expect((await get(`/v1/ecgs/${ecgId}/plot.svg?highlight=1-2:a:b`)).body).toMatchObject({
      code: 'request.invalid',
      hint: expect.stringContaining('1.2-2.0'),
    });
  });
});

describe('GET /v1/ecgs/:id/caption', () => {
  it('says the stored vectors in words, with a notice that nobody checked them', async () => {
    const { body } = await get(`/v1/ecgs/${ecgId}/caption`);
    expect(body).toMatchObject({ ecgId, model: { name: 'pqr-tiny' }, windowCount: 1 });
    expect(body.captions).toHaveLength(1);
    expect(body.captions[0]).toMatchObject({ window: 0, startSeconds: 0, endSeconds: 10 });
    expect(body.captions[0].text).toEqual(expect.any(String));
    expect(body.notice).toContain('No finding');
    expect(body).not.toHaveProperty('logLikelihood');
  });

  it('is what the file itself gives: stored vectors are those of the recording', async () => {
    const like = await tiny.app.readEcg(sampleRecord('00008_hr'));
    const id = (await get('/v1/search?q=x&k=1&where=record%20like%2000008_hr')).body.hits[0].ecgId;
    const text = 'atrial fibrillation';
    const { body } = await get(`/v1/ecgs/${id}/caption?text=${encodeURIComponent(text)}`);
    const own = await tiny.app.caption(like, { text });
    expect(body.captions[0].text).toBe(own.captions[0]!.text);
    expect(body.logLikelihood).toBeCloseTo(own.logLikelihood!, 3);
    expect(body.logLikelihood).toBeLessThan(0);
  });

  it.each([
    [1.5, ['caption.short']],
    [2.5, []],
  ])('warns of a recording of %s s as much as it should', async (seconds, codes) => {
    const whole = await tiny.app.readEcg(sampleRecord('00008_hr'));
    const sampleCount = seconds * whole.samplingRateHz;
    const samples = new Float32Array(whole.leads.length * sampleCount);
    for (const lead of whole.leads.keys()) {
      const from = lead * whole.sampleCount;
      samples.set(whole.samples.subarray(from, from + sampleCount), lead * sampleCount);
    }
    const { warnings } = await tiny.app.caption(makeRecord({ ...whole, samples }));
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('speaks of an upload too', async () => {
    const files = ['hea', 'dat'].map((extension) => ({
      name: `00008_hr.${extension}`,
      base64: readFileSync(sampleRecord('00008_hr').replace('hea', extension)).toString('base64'),
    }));
    const response = await fetch(`${service.url}/v1/ecgs/inspect`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ files }),
    });
    const id = encodeURIComponent(((await response.json()) as Json).uploadId);
    expect((await get(`/v1/ecgs/${id}/caption`)).body.captions).toHaveLength(1);
    expect((await get(`/v1/ecgs/${id}/attention`)).body.windows).toHaveLength(1);
  });

  it.each([
    ['beam=9', 400, 'request.invalid'],
    ['window=1', 400, 'usage.invalid'],
    ['text=%20', 400, 'query.empty'],
    [`text=${'a'.repeat(9000)}`, 400, 'request.invalid'],
  ])('refuses %s', async (query, status, code) => {
    const got = await get(`/v1/ecgs/${ecgId}/caption?${query}`);
    expect({ status: got.status, code: got.body.code }).toEqual({ status, code });
  });

  it('is no evidence: a draft neither cites nor holds it', async () => {
    const caption = (await get(`/v1/ecgs/${ecgId}/caption`)).body.captions[0].text;
    const response = await fetch(`${service.url}/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ecgId }),
    });
    const draft = (await response.json()) as Json;
    expect(draft.status).toBe('draft');
    expect(draft.evidence.map(({ kind }: Json) => kind)).not.toContain('caption');
    expect(JSON.stringify(draft)).not.toContain(caption);
  });
});

describe('a model that lacks them', () => {
  it('is named where they are asked for, with where to look for another', async () => {
    const lacking = await openTinyApp(LACKING_MODEL);
    const plain = await lacking.app.serve(lacking.archive);
    try {
      const { hits } = (await get('/v1/search?q=normal&k=1', plain)).body;
      for (const path of ['attention', 'caption', 'plot.svg?attention=1', 'plot.png?attention=1']) {
        const { status, headers, body } = await get(`/v1/ecgs/${hits[0].ecgId}/${path}`, plain);
        expect({ status, code: body.code }).toEqual({ status: 422, code: 'model.feature' });
        expect(headers.get('content-type')).toContain('application/problem+json');
        expect(body.detail).toContain('melp-tiny');
        expect(body.hint).toContain('models list');
      }
      const { model } = (await get('/v1/archive', plain)).body;
      expect(model.lacking.map(({ feature }: Json) => feature)).toEqual(
        expect.arrayContaining(['words', 'attention', 'captions']),
      );
    } finally {
      await plain.close();
      await lacking.close();
    }
  });
});

describe('a recording of several windows', () => {
  it('is captioned window by window, each with its seconds', async () => {
    const record = await longRecord();
    const { captions, windowCount } = await tiny.app.caption(record);
    expect(windowCount).toBe(4);
    const spans = captions.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds]);
    expect(spans).toEqual([
      [0, 10],
      [5, 15],
      [10, 20],
      [13, 23],
    ]);
    const service = await tiny.app.openService(tiny.archive);
    const later = await service.caption(record, { firstWindow: 2, windowCount: 1 });
    expect(later.captions).toEqual([captions[2]]);
  });

  it('is shaded as one strip without overlaps, from its first to its last sample', async () => {
    const shades = await tiny.app.attention(await longRecord());
    expect(shades[0]!.startSeconds).toBe(0);
    expect(shades.at(-1)!.endSeconds).toBe(23);
    for (let at = 1; at < shades.length; at += 1) {
      expect(shades[at]!.startSeconds).toBeCloseTo(shades[at - 1]!.endSeconds, 6);
    }
  });

  it('shows each window up to the middle of what two share, and weights as shares of even ones', () => {
    const window = (startSeconds: number, weights: number[]): AttentionWindow => ({
      window: 0,
      startSeconds,
      endSeconds: startSeconds + weights.length,
      cells: weights.map((weight, at) => ({
        startSeconds: startSeconds + at,
        endSeconds: startSeconds + at + 1,
        weight,
      })),
    });
    expect(shadesOf([window(0, [0.5, 0.5, 0, 0]), window(2, [0, 0.25, 0.25, 0.5])])).toEqual([
      { startSeconds: 0, endSeconds: 1, share: 2 },
      { startSeconds: 1, endSeconds: 2, share: 2 },
      { startSeconds: 2, endSeconds: 3, share: 0 },
      { startSeconds: 3, endSeconds: 4, share: 1 },
      { startSeconds: 4, endSeconds: 5, share: 1 },
      { startSeconds: 5, endSeconds: 6, share: 2 },
    ]);
  });
});

/** 23 s: a real recording of 10 s, again and again. */
async function longRecord() {
  const record = await tiny.app.readEcg(sampleRecord('00008_hr'));
  const sampleCount = 23 * record.samplingRateHz;
  const samples = new Float32Array(record.leads.length * sampleCount);
  for (let at = 0; at < samples.length; at += 1) {
    const lead = Math.floor(at / sampleCount);
    const sample = (at % sampleCount) % record.sampleCount;
    samples[at] = record.samples[lead * record.sampleCount + sample]!;
  }
  return makeRecord({ ...record, samples });
}
