import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { giveSiteKey } from '../../src/app-deidentify.js';
import { loadConfig } from '../../src/config.js';
import type { Listening } from '../../src/server/listen.js';
import { sampleRecord, TINY_MODEL } from '../support/tiny-app.js';

const KEY = 'c0ffee00112233445566778899aabbccddeeff0123456789';
let folder: string;
let app: App;
let service: Listening;

const serve = async (siteKey?: string) => {
  app = createApp(loadConfig({}, { modelName: TINY_MODEL, port: 0, logLevel: 'silent', siteKey }));
  await giveSiteKey(app, folder);
  service = await app.serve(folder);
};

const stop = async () => {
  await service.close();
  await app.close();
};

function upload(deidentify?: boolean) {
  const header = `${readFileSync(sampleRecord('00008_hr'), 'utf8').trimEnd()}\n#Name: Jane Doe\n#Report: Doe: normal\n`;
  const files = [
    { name: '00008_hr.hea', base64: Buffer.from(header).toString('base64') },
    {
      name: '00008_hr.dat',
      base64: readFileSync(sampleRecord('00008_hr').replace('hea', 'dat')).toString('base64'),
    },
  ];
  return fetch(`${service.url}/v1/ecgs/inspect`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ files, ...(deidentify !== undefined && { deidentify }) }),
  });
}

describe('an upload that asks to be de-identified', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pqrsearch-upload-'));
    const first = createApp(loadConfig({}, { modelName: TINY_MODEL }));
    await first.index({ paths: [sampleRecord('00010_hr')], archiveFolder: folder });
    await first.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is, where the service has a site key', async () => {
    await serve(KEY);
    const clean = (await (await upload(true)).json()) as { report: string };
    const plain = (await (await upload()).json()) as { report: string };
    await stop();
    expect(clean.report).toBe('[name]: normal');
    expect(plain.report).toBe('Doe: normal');
  });

  it('is refused where it has none', async () => {
    await serve();
    const response = await upload(true);
    await stop();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'deidentify.key' });
  });
});
