import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/run-command.js';
import { TINY_MODEL } from '../support/tiny-app.js';

const KEY = 'c0ffee00112233445566778899aabbccddeeff0123456789';
const SAMPLE = new URL('../../sample/records/', import.meta.url).pathname;
let folder: string;
let named: string;

/** A bundled recording under a name, with a patient in its header and its report. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-deidentify-'));
  const records = join(folder, 'Doe_Jane');
  mkdirSync(records);
  const header = readFileSync(join(SAMPLE, '00008_hr.hea'), 'utf8').replaceAll('00008_hr', 'doe');
  const comments =
    '#Name: Jane Doe\n#Age: 95\n#ECG date: 02/03/2019\n#Report: Jane Doe: sinus rhythm\n';
  writeFileSync(join(records, 'doe.hea'), header.trimEnd().concat('\n', comments));
  writeFileSync(join(records, 'doe.dat'), readFileSync(join(SAMPLE, '00008_hr.dat')));
  writeFileSync(join(folder, 'site.key'), `${KEY}\n`);
  named = join(records, 'doe.hea');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  runCommand(args, { cwd: folder, environment: { PQRSEARCH_MODEL: TINY_MODEL, ...environment } });

describe('--deidentify', () => {
  it.each([
    ['convert', ['convert', 'Doe_Jane/doe.hea', 'out.json']],
    ['index', ['index', 'Doe_Jane', '--archive', 'never']],
  ])('is refused by %s without a key, and says how to make one', async (_name, args) => {
    const { code, error } = await run([...args, '--deidentify']);
    expect({ code, error }).toEqual({
      code: 2,
      error: expect.stringMatching(/openssl rand -hex 32[\s\S]*deidentify\.key/),
    });
  });

  it('names the key file that cannot be read', async () => {
    const args = ['convert', named, 'out.json', '--deidentify', '--site-key-file', 'none.key'];
    expect(await run(args)).toMatchObject({ code: 2, error: expect.stringContaining('none.key') });
  });

  it.each(['out.json', 'out.hea'])('writes %s without name, age and date', async (out) => {
    const args = ['convert', named, out, '--deidentify', '--site-key-file', 'site.key'];
    expect(await run(args)).toMatchObject({ code: 0 });
    const text = readFileSync(join(folder, out), 'utf8');
    expect(text).not.toMatch(/jane|doe|2019|(?:Age: |ageYears": ?)95/i);
    expect(text).toContain('[name]: sinus rhythm');
  });

  it('indexes with the key of the environment, and shows neither path nor name', async () => {
    const key = { PQRSEARCH_SITE_KEY: KEY };
    const index = ['index', 'Doe_Jane', '--archive', 'clean', '--json'];
    const first = await run([...index, '--deidentify'], key);
    expect(JSON.parse(first.out)).toMatchObject({ indexed: 1, failed: [] });
    const { out } = await run(['search', 'sinus rhythm', '--archive', 'clean', '--json'], key);
    expect(JSON.parse(out).hits[0].record).toMatch(/^r-[0-9a-f]{32}$/);
    expect(out).not.toMatch(/jane|doe|2019/i);
    // Once de-identified, always: without the flag the key is used, without the key it is refused.
    expect(JSON.parse((await run(index, key)).out)).toMatchObject({ unchanged: 1 });
    expect(await run(index)).toMatchObject({
      code: 2,
      error: expect.stringContaining('deidentify.key'),
    });
  });
});
