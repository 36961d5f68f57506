import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/ecg/limits.js';
import { startApp } from '../support/start-app.js';

const sample = join(import.meta.dirname, '../../sample');
let service: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  service = await startApp();
});
afterAll(() => service.close());

// biome-ignore lint/suspicious/noExplicitAny: the answers are what is tested
type Json = any;

async function get(path: string): Promise<{ status: number; type: string; body: Json }> {
  return answer(await fetch(`${service.url}${path}`));
}

async function post(
  path: string,
  body: unknown,
): Promise<{ status: number; type: string; body: Json }> {
  return answer(
    await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
}

async function answer(response: Response): Promise<{ status: number; type: string; body: Json }> {
  const type = response.headers.get('content-type') ?? '';
  const body = type.includes('json') ? await response.json() : await response.text();
  return { status: response.status, type, body };
}

const find = (query: string) => get(`/v1/search?${query}`);
const upload = (name: string) => ({
  files: ['.hea', '.dat'].map((extension) => ({
    name: `${name}${extension}`,
    base64: readFileSync(join(sample, 'records', `${name}${extension}`)).toString('base64'),
  })),
});
const RECORD = '00008_hr';

describe('GET /v1/search', () => {
  it('answers a question with hits, scores, levels and evidence in seconds', async () => {
    const { status, body } = await find('q=atrial+fibrillation&k=5');
    expect(status).toBe(200);
    expect(body.hits).toHaveLength(5);
    for (const hit of body.hits) {
      expect(hit).toMatchObject({
        ecgId: expect.stringMatching(/^[0-9a-f]{32}$/),
        record: expect.any(String),
        metadata: { codes: expect.any(Array) },
      });
      for (const one of hit.evidence.filter((e: Json) => e.level !== 'text')) {
        expect(one.endSeconds).toBeGreaterThan(one.startSeconds);
        expect(one.endSeconds).toBeLessThanOrEqual(hit.metadata.durationSeconds);
      }
    }
    const scores = body.hits.map((hit: Json) => hit.score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it.each([
    ['atrial fibrillation', ['AFIB']],
    ['left bundle branch block', ['CLBBB']],
    ['paced rhythm', ['PACE']],
    ['sinus tachycardia', ['STACH']],
    ['premature ventricular complexes', ['PVC', 'BIGU', 'TRIGU']],
  ])('finds %s first, from the signal alone', async (question, codes) => {
    const { body } = await find(`q=${encodeURIComponent(question)}&k=3&level=rhythm`);
    const right = body.hits.filter((hit: Json) =>
      hit.metadata.codes.some((code: string) => codes.includes(code)),
    );
    expect(right.length).toBeGreaterThanOrEqual(2);
  });

  it('understands German and abbreviations', async () => {
    const english = await find('q=atrial+fibrillation&k=5&level=rhythm');
    for (const words of ['Vorhofflimmern', 'AFIB', 'afib']) {
      const { body } = await find(`q=${words}&k=5&level=rhythm`);
      const ids = new Set(english.body.hits.map((hit: Json) => hit.ecgId));
      expect(body.hits.filter((hit: Json) => ids.has(hit.ecgId)).length).toBeGreaterThanOrEqual(2);
    }
  });

  it('finds cases like one of the archive, without itself and its patient', async () => {
    const first = (await find('q=paced+rhythm&k=1')).body.hits[0];
    const { body } = await find(`like=${first.ecgId}&k=20`);
    expect(body.hits).toHaveLength(20);
    for (const hit of body.hits) {
      expect(hit.ecgId).not.toBe(first.ecgId);
      expect(hit.metadata.patientId).not.toBe(first.metadata.patientId);
    }
  });

  it('keeps to the filter', async () => {
    const { body } = await find(
      `q=infarction&k=50&where=${encodeURIComponent('age>=60 and sex=female')}`,
    );
    expect(body.hits.length).toBeGreaterThan(3);
    for (const { metadata } of body.hits) {
      expect(metadata.sex).toBe('female');
      expect(metadata.age).toBeGreaterThanOrEqual(60);
    }
  });

  it('searches reports alone at level text', async () => {
    const { body } = await find('q=linksschenkelblock&level=text&k=5');
    expect(body.hits.length).toBeGreaterThan(0);
    for (const hit of body.hits) expect(Object.keys(hit.levels)).toEqual(['text']);
  });

  it('says when neither knowledge nor reports know the words', async () => {
    const { body } = await find('q=xylophone&k=3');
    expect(body).toMatchObject({ confident: false, notices: [expect.stringContaining('guess')] });
    expect((await find('q=Linksschenkelblock&k=3')).body).toMatchObject({
      confident: true,
      notices: [],
    });
  });

  it('ranks what the question denies lower', async () => {
    const shareOf = async (question: string, code: string) => {
      const { body } = await find(`q=${encodeURIComponent(question)}&k=20&level=rhythm`);
      return body.hits.filter((hit: Json) => hit.metadata.codes.includes(code)).length;
    };
    expect(await shareOf('no atrial fibrillation', 'AFIB')).toBe(0);
    expect(await shareOf('atrial fibrillation', 'AFIB')).toBeGreaterThan(5);
  });

  it('says when nothing fits the filter', async () => {
    const { body } = await find(`q=anything&where=${encodeURIComponent('age>200')}`);
    expect(body).toMatchObject({ confident: false, hits: [], notices: [expect.any(String)] });
  });

  it.each([
    ['', 'query.empty', 400],
    ['q=%20', 'query.empty', 400],
    ['q=x&k=0', 'request.invalid', 400],
    ['q=x&k=1001', 'request.invalid', 400],
    ['q=x&level=nothing', 'request.invalid', 400],
    ['q=x&level=beat-query', 'query.level', 400],
    ['q=x&beat=1', 'usage.invalid', 400],
    ['q=x&where=height%3E2', 'query.where', 400],
    ['like=../../etc/passwd', 'request.invalid', 400],
    [`like=${'0'.repeat(32)}`, 'ecg.missing', 404],
    [`q=${'a'.repeat(9000)}`, 'request.invalid', 400],
  ])('refuses "%s" as a problem', async (query, code, expected) => {
    const { status, type, body } = await find(query);
    expect(type).toContain('application/problem+json');
    expect(status).toBe(expected);
    expect(body).toMatchObject({
      code,
      status: expected,
      title: expect.any(String),
      detail: expect.any(String),
    });
  });
});

describe('one ECG', () => {
  it('is described with heart rate and R peaks', async () => {
    const { ecgId } = (await find('q=sinus+rhythm&k=1')).body.hits[0];
    const { body } = await get(`/v1/ecgs/${ecgId}`);
    expect(body).toMatchObject({
      ecgId,
      samplingRateHz: 500,
      sampleCount: 5000,
      durationSeconds: 10,
    });
    expect(body.leads).toHaveLength(12);
    expect(body.heartRateBpm).toBeGreaterThan(20);
    expect(body.rPeaksSeconds.length).toBeGreaterThan(3);
    expect(body.report).toEqual(expect.any(String));
  });

  it('is drawn as SVG and PNG', async () => {
    const { ecgId } = (await find('q=normal&k=1')).body.hits[0];
    const svg = await get(`/v1/ecgs/${ecgId}/plot.svg?layout=6x2&highlight=1.5-2.5`);
    expect(svg.type).toContain('image/svg+xml');
    const png = await fetch(`${service.url}/v1/ecgs/${ecgId}/plot.png`);
    expect(png.headers.get('content-type')).toBe('image/png');
    expect([...new Uint8Array(await png.arrayBuffer()).subarray(0, 4)]).toEqual([
      0x89, 0x50, 0x4e, 0x47,
    ]);
  });

  it('that is not there is 404', async () => {
    expect((await get(`/v1/ecgs/${'f'.repeat(32)}`)).body.code).toBe('ecg.missing');
  });

  it('that is not there is asked for again: its 404 is not kept by a cache', async () => {
    for (const plot of ['plot.svg', 'plot.png']) {
      const { status, headers } = await fetch(`${service.url}/v1/ecgs/${'f'.repeat(32)}/${plot}`);
      expect(status).toBe(404);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('classify and report', () => {
  it('score labels by name and by code, with percentile', async () => {
    const { ecgId } = (await find('q=left+bundle+branch+block&level=rhythm&k=1')).body.hits[0];
    const { body } = await post('/v1/classify', {
      ecgId,
      labels: ['CLBBB', 'atrial fibrillation', 'ptbxl:STTC'],
    });
    expect(body.labels.map((one: Json) => one.key)).toEqual(['CLBBB', 'AFIB', 'ptbxl:STTC']);
    expect(body.labels[0].percentile).toBeGreaterThan(90);
    expect(body.labels[0].score).toBeGreaterThan(body.labels[1].score);
  });

  it('refuse a label that is ambiguous, with the choices', async () => {
    const { ecgId } = (await find('q=normal&k=1')).body.hits[0];
    const { status, body } = await post('/v1/classify', { ecgId, labels: ['STTC'] });
    expect(status).toBe(400);
    expect(body.code).toBe('label.ambiguous');
    expect(`${body.detail} ${body.hint}`).toContain('ptbxl');
  });

  it('draft a report in which every sentence names evidence that is there', async () => {
    const { ecgId } = (await find('q=atrial+fibrillation&level=rhythm&k=1')).body.hits[0];
    const { body } = await post('/v1/reports', { ecgId });
    expect(body.status).toBe('draft');
    expect(body.similar).toHaveLength(5);
    const known = new Set(body.evidence.map((one: Json) => one.id));
    const sentences = body.sections.flatMap((section: Json) => section.sentences);
    expect(sentences.length).toBeGreaterThan(4);
    for (const { evidence } of sentences) {
      expect(evidence.length).toBeGreaterThan(0);
      for (const id of evidence) expect(known).toContain(id);
    }
  });

  it('give the draft as text and as a preliminary FHIR report', async () => {
    const { ecgId } = (await find('q=normal&k=1')).body.hits[0];
    const text = await post('/v1/reports', { ecgId, format: 'text' });
    expect(text.type).toContain('text/plain');
    const fhir = await post('/v1/reports', { ecgId, format: 'fhir' });
    expect(fhir.body).toMatchObject({ resourceType: 'DiagnosticReport', status: 'preliminary' });
  });
});

describe('uploads', () => {
  it('are described, drawn, classified, searched with and drafted, and not stored', async () => {
    const before = (await get('/v1/archive')).body.ecgCount;
    const { status, body } = await post('/v1/ecgs/inspect', upload(RECORD));
    expect(status).toBe(201);
    const id = encodeURIComponent(body.uploadId);
    expect((await get(`/v1/ecgs/${id}`)).body.leads).toHaveLength(12);
    expect((await get(`/v1/ecgs/${id}/plot.svg`)).status).toBe(200);
    const similar = await find(`like=${id}&k=3`);
    expect(similar.body.hits).toHaveLength(3);
    expect(similar.body.hits.map((hit: Json) => hit.record).join()).not.toContain(RECORD);
    const labels = await post('/v1/classify', { ecgId: body.uploadId, labels: 'default' });
    expect(labels.body.labels).toHaveLength(71);
    expect((await post('/v1/reports', { ecgId: body.uploadId })).body.status).toBe('draft');
    expect((await get('/v1/archive')).body.ecgCount).toBe(before);
  });

  it('have missing leads computed and marked where that is asked for', async () => {
    const csv = 'time_s,II,V1,V5\n'.concat(
      ...Array.from({ length: 500 }, (_, at) => {
        const wave = at % 80 < 4 ? 1 : 0.02 * Math.sin(at / 7);
        return `${at / 100},${wave},${-wave},${0.8 * wave}\n`;
      }),
    );
    const files = [{ name: 'three.csv', base64: Buffer.from(csv).toString('base64') }];
    const plain = await post('/v1/ecgs/inspect', { files });
    expect(plain.body).toMatchObject({ leads: ['II', 'V1', 'V5'], reconstructedLeads: [] });
    const { body } = await post('/v1/ecgs/inspect', { files, repairLeads: true });
    expect(body.leads).toHaveLength(12);
    expect(body.reconstructedLeads.map((one: Json) => one.lead)).toContain('V6');
    expect(body.quality.leads.map((one: Json) => one.lead)).toEqual(['II', 'V1', 'V5']);
    expect(body.warnings.map((one: Json) => one.code)).toContain('signal.reconstructed');
    const draft = await post('/v1/reports', { ecgId: body.uploadId });
    expect(JSON.stringify(draft.body.sections)).toContain('Reconstructed, not recorded');
  });

  it.each([
    ['a header without its samples', { files: upload(RECORD).files.slice(0, 1) }, 404],
    ['nothing known', { files: [{ name: 'a.txt', base64: 'aGVsbG8=' }] }, 415],
    ['an empty file', { files: [{ name: 'a.hea', base64: '' }] }, 422],
    ['a name with a folder', { files: [{ name: '../a.hea', base64: 'aGVsbG8=' }] }, 400],
    ['two files of one name', { files: [...upload(RECORD).files, upload(RECORD).files[0]] }, 400],
    ['no base64', { files: [{ name: 'a.hea', base64: '***' }] }, 400],
    ['no file', { files: [] }, 400],
  ])('that hold %s are refused', async (_name, body, expected) => {
    const { status, type } = await post('/v1/ecgs/inspect', body);
    expect(type).toContain('application/problem+json');
    expect(status).toBe(expected);
  });
});

describe('the service', () => {
  it('is healthy and ready', async () => {
    expect((await get('/healthz')).body).toEqual({ status: 'ok' });
    expect((await get('/readyz')).body).toMatchObject({ status: 'ready', ecgCount: 150 });
  });

  it('lists labels that classify takes back', async () => {
    const { labels } = (await get('/v1/labels')).body;
    expect(labels.length).toBeGreaterThan(100);
    const { ecgId } = (await find('q=normal&k=1')).body.hits[0];
    const keys = labels.map((label: Json) => label.key);
    for (let first = 0; first < keys.length; first += DEFAULT_LIMITS.labelCount) {
      const some = keys.slice(first, first + DEFAULT_LIMITS.labelCount);
      const scored = await post('/v1/classify', { ecgId, labels: some });
      expect(scored.body.labels.map((one: Json) => one.key)).toEqual(some);
    }
  });

  it('names its source and serves the page', async () => {
    expect((await get('/v1/archive')).body.attribution).toContain('PTB-XL');
    const { type, body } = await get('/');
    expect(type).toContain('text/html');
    expect(body).toContain('<html');
  });

  it('answers unknown addresses and broken JSON with a problem', async () => {
    expect((await get('/v1/nothing')).body.code).toBe('route.missing');
    const broken = await fetch(`${service.url}/v1/classify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{',
    });
    expect((await answer(broken)).body.code).toBe('request.invalid');
  });

  it('refuses a Host that is not this machine', async () => {
    const status = await new Promise((resolve, reject) => {
      const { port } = new URL(service.url);
      const call = httpRequest(
        { port, path: '/v1/archive', headers: { Host: 'evil.example' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      call.on('error', reject).end();
    });
    expect(status).toBe(400);
  });
});

describe('GET /v1/ecgs/:id/measurements', () => {
  const KEYS = [
    ...['heartRateBpm', 'rrMilliseconds', 'prMilliseconds', 'qrsMilliseconds', 'qtMilliseconds'],
    ...['qtcMilliseconds', 'axisDegrees', 'rPeaksSeconds', 'beats', 'quality'],
  ];

  it('measures a recording of the archive, and the same one uploaded alike', async () => {
    const hit = (await find(`q=sinus&where=record+like+${RECORD}`)).body.hits[0];
    const stored = await get(`/v1/ecgs/${hit.ecgId}/measurements`);
    expect(stored.status).toBe(200);
    for (const key of KEYS) expect(stored.body).toHaveProperty(key);
    expect(stored.body.qtcMilliseconds.bazett).toBeGreaterThan(300);
    const { uploadId } = (await post('/v1/ecgs/inspect', upload(RECORD))).body;
    const uploaded = await get(`/v1/ecgs/${encodeURIComponent(uploadId)}/measurements`);
    expect({ ...uploaded.body, ecgId: hit.ecgId }).toEqual(stored.body);
  });

  it.each([
    ['0'.repeat(32), 404],
    ['nonsense', 400],
    ['upload:00000000-0000-0000-0000-000000000000', 404],
  ])('answers %s with %i', async (id, status) => {
    expect((await get(`/v1/ecgs/${id}/measurements`)).status).toBe(status);
  });

  it('draws the boundaries of waves when asked, and never keeps such a picture', async () => {
    const hit = (await find('q=sinus+rhythm&k=1')).body.hits[0];
    const address = `${service.url}/v1/ecgs/${hit.ecgId}/plot.svg`;
    const striped = await fetch(`${address}?fiducials=1`);
    expect(striped.headers.get('cache-control')).toBe('no-store');
    expect(await striped.text()).toContain('stripes: P blue, QRS red, T green');
    expect(await (await fetch(address)).text()).not.toContain('stripes');
  });
});
