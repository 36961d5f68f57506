import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { makeRecord } from '../../src/ecg/record.js';
import { checkHost } from '../../src/server/guard.js';
import { toPqrError } from '../../src/server/problem.js';
import { Uploads } from '../../src/server/uploads.js';

describe('listening', () => {
  it.each(['127.0.0.1', 'localhost', '::1', '127.1.2.3'])('on %s is allowed', (host) => {
    expect(() => checkHost(host)).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org'])(
    'on %s is refused without keys',
    (host) => {
      expect(() => checkHost(host)).toThrow(expect.objectContaining({ code: 'server.exposed' }));
    },
  );
});

describe('configuration', () => {
  it('takes flags before the environment before defaults', () => {
    expect(loadConfig({}).port).toBe(8080);
    expect(loadConfig({ PORT: '9001' }).port).toBe(9001);
    expect(loadConfig({ PORT: '9001' }, { port: 9002 }).port).toBe(9002);
  });

  it('leaves HOST alone, which shells and conda set to the name of the machine', () => {
    expect(loadConfig({ HOST: 'x86_64-conda-linux-gnu' }).host).toBe('127.0.0.1');
    expect(loadConfig({ PQRSEARCH_HOST: '::1' }).host).toBe('::1');
  });

  it('names the setting and the variable that is wrong', () => {
    expect(() => createApp(loadConfig({ PORT: 'eighty' }))).toThrow(
      expect.objectContaining({
        code: 'config.invalid',
        message: expect.stringContaining('port'),
        hint: expect.stringContaining('PORT'),
      }),
    );
  });
});

describe('a native addon built for another Node', () => {
  it.each([
    Object.assign(new Error('compiled against NODE_MODULE_VERSION 115'), {
      code: 'ERR_DLOPEN_FAILED',
    }),
    new Error('Could not locate the bindings file. Tried: ...'),
  ])('is told with what to do: %s', (thrown) => {
    expect(toPqrError(thrown)).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('this Node'),
      hint: expect.stringContaining('npm ci'),
    });
  });
});

describe('uploads', () => {
  const record = makeRecord({
    leads: ['I'],
    samplingRateHz: 500,
    samples: new Float32Array(500),
    format: 'csv',
  });

  it('are forgotten after an hour', () => {
    let now = 0;
    const uploads = new Uploads(() => now);
    const id = uploads.add(record);
    expect(uploads.get(id)).toBe(record);
    now = 61 * 60 * 1000;
    expect(uploads.get(id)).toBeUndefined();
  });

  it('are bounded: the oldest goes first', () => {
    const uploads = new Uploads(() => 0);
    const ids = Array.from({ length: 40 }, () => uploads.add(record));
    expect(ids.filter((id) => uploads.get(id))).toEqual(ids.slice(-32));
  });
});
