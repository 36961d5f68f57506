/** `pqrsearch labels` and own labels in `classify`, as a user runs them; the model is a tiny one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fails, type LlmServer, says, startLlmServer } from '../support/llm-server.js';
import { runCommand } from '../support/run-command.js';
import { openTinyApp, sampleRecord, TINY_MODEL, type TinyApp } from '../support/tiny-app.js';

let tiny: TinyApp;
let folder: string;
let server: LlmServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-labels-'));
  tiny = await openTinyApp();
  server = await startLlmServer(says('{}'));
});
afterAll(async () => {
  await tiny.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  runCommand(args, { cwd: folder, environment: { PQRSEARCH_MODEL: TINY_MODEL, ...environment } });
async function json(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { out, code, error } = await run([...args, '--json'], environment);
  expect({ code, error: code === 0 ? '' : error }).toEqual({ code: 0, error: '' });
  return JSON.parse(out);
}
const inArchive = () => ['--archive', tiny.archive];
const record = sampleRecord('00008_hr');

describe('pqrsearch labels', () => {
  it('adds, builds, lists, scores and removes a label kept in an archive', async () => {
    const text = 'ST elevation in V1-V3 with coved shape';
    const more = ['--key', 'coved', '--synonym', 'coved ST', '--synonym', 'coved', '--excludes'];
    const added = await json(['labels', 'add', text, ...more, 'CLBBB,NORM', ...inArchive()]);
    expect(added).toMatchObject({ change: 'added', version: 1, excludes: ['CLBBB', 'NORM'] });
    const built = await json(['labels', 'build', ...inArchive()]);
    expect(built.labels).toEqual([
      {
        key: 'coved',
        version: 1,
        prompts: [text, 'coved ST', 'coved'],
        droppedCount: 0,
        model: null,
        failed: null,
      },
    ]);
    const { labels: own } = await json(['labels', 'list', '--own', ...inArchive()]);
    expect(own).toHaveLength(1);
    const { labels: all } = await json(['labels', 'list', ...inArchive()]);
    const { labels: known } = await json(['labels', 'list']);
    expect(all).toHaveLength(known.length + 1);
    const scored = await json(['classify', record, '--labels', 'coved,AFIB', ...inArchive()]);
    expect(scored.labels.map(({ key }: { key: string }) => key)).toEqual(['coved', 'AFIB']);
    expect(scored.labels[0]).toMatchObject({ version: 1, percentile: expect.any(Number) });
    expect((await json(['labels', 'remove', 'coved', ...inArchive()])).removed).toBe(true);
    expect((await run(['labels', 'remove', 'coved', ...inArchive()])).code).toBe(2);
  });

  it('keeps labels in a file where there is no archive', async () => {
    await json(['labels', 'add', 'tented T', '--key', 'tented', '--file', 'mine.json']);
    const { labels } = await json([
      'classify',
      record,
      '--labels',
      'tented',
      '--label-file',
      'mine.json',
    ]);
    expect(labels[0]).toMatchObject({ key: 'tented', set: 'own', percentile: null });
    const again = await run([
      'labels',
      'add',
      'taller T',
      '--key',
      'tented',
      '--file',
      'mine.json',
    ]);
    expect(again.out.trim()).toBe('tented: changed, version 2');
  });

  it('lets a language model add what entries say, and goes without where it fails', async () => {
    const llm = {
      PQRSEARCH_LLM_URL: server.url,
      PQRSEARCH_LLM_MODEL: 'm',
      PQRSEARCH_CACHE: join(folder, 'cache'),
    };
    const place = ['--file', 'llm.json'];
    await json(['labels', 'add', 'a Brugada pattern', '--key', 'bru', ...place]);
    server.script(fails(401, { message: 'no' }));
    const failed = await run(['labels', 'build', ...place, '--json'], llm);
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out).labels[0]).toMatchObject({
      prompts: ['a Brugada pattern'],
      failed: { code: 'llm.rejected' },
    });
    const terms = [
      { term: 'Brugada ECG', entry: 'BRUGADA' },
      { term: 'athletic heart', entry: 'BRUGADA' },
    ];
    server.script(says({ subtypes: terms, attributes: [] }));
    const built = await json(['labels', 'build', 'bru', ...place], llm);
    expect(built.labels[0]).toMatchObject({
      prompts: ['a Brugada pattern', 'Brugada ECG'],
      droppedCount: 1,
      failed: null,
    });
    const sent = JSON.stringify(server.calls[0]!.body);
    expect(sent).not.toContain(folder);
    expect(Object.keys(server.calls[0]!.body).sort()).toEqual(
      ['max_tokens', 'messages', 'model', 'response_format', 'stream', 'temperature'].sort(),
    );
  });

  it('calibrates from a table of examples, names what it cannot find, and uses it', async () => {
    await json(['labels', 'add', 'sinus rhythm or not', '--key', 'sinus', ...inArchive()]);
    await run(['classify', '--all', ...inArchive(), '--labels', 'sinus', '--out', 's.csv']);
    const rows = readFileSync(join(folder, 's.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const ranked = rows
      .map((line) => line.split(','))
      .sort((a, b) => Number(b[4]) - Number(a[4]))
      .map(([, path]) => path!);
    // Examples that the scores can tell apart, with some noise; named by path, by its end, by its name.
    const table = ranked.map((path, at) => {
      const positive = at % 9 === 0 ? at >= 60 : at < 60;
      const name =
        at % 3 === 0
          ? path
          : at % 3 === 1
            ? path.split('/').slice(-2).join('/')
            : `${path.split('/').at(-1)}.hea`;
      return `${name},${positive ? 1 : 0}`;
    });
    writeFileSync(join(folder, 'ex.csv'), ['record,sinus', ...table, 'nowhere,1', 'x,'].join('\n'));
    const ended = await run([
      ...['labels', 'calibrate', 'sinus', '--examples', 'ex.csv', '--json'],
      ...inArchive(),
    ]);
    expect(ended.code).toBe(1); // one record was not found
    const { calibration, failed } = JSON.parse(ended.out);
    expect(failed).toEqual([{ path: 'nowhere', code: 'ecg.missing', message: expect.any(String) }]);
    expect(calibration).toMatchObject({ method: 'platt', foldCount: 5 });
    expect(calibration.positiveCount + calibration.negativeCount).toBe(150);
    expect(calibration.sensitivity).toBeGreaterThan(0.7);
    const { labels } = await json(['classify', record, '--labels', 'sinus', ...inArchive()]);
    expect(labels[0]).toMatchObject({ calibration: 'platt', probability: expect.any(Number) });
    const list = await run(['labels', 'list', '--own', ...inArchive()]);
    expect(list.out).toContain('calibrated (platt)');
  });

  it.each([
    [['labels', 'add', 'x'], 2, 'usage.invalid'],
    [['labels', 'add', 'x', '--archive', 'nowhere'], 4, 'archive.missing'],
    [['labels', 'add', 'x', '--archive', 'a', '--file', 'b'], 2, 'usage.invalid'],
    [['labels', 'add', ' ', '--file', 'new.json'], 3, 'label.invalid'],
    [['labels', 'add', 'x', '--key', 'AFIB', '--file', 'new.json'], 3, 'label.invalid'],
    [['labels', 'add', 'x', '--requires', 'xyz', '--file', 'new.json'], 2, 'label.unknown'],
    [['labels', 'build', 'none', '--file', 'new.json'], 2, 'label.unknown'],
    [
      ['labels', 'calibrate', 'none', '--examples', 'e.csv', '--file', 'new.json'],
      2,
      'label.unknown',
    ],
    [['classify'], 2, 'usage.invalid'],
    [['classify', '--all', '--out', 'a.csv'], 2, 'usage.invalid'],
    [['classify', record, '--all', '--out', 'a.csv', '--archive', 'a'], 2, 'usage.invalid'],
    [['classify', record, '--labels', 'own:none'], 2, 'label.unknown'],
    [['classify', record, '--labels', 'AFIB', '--prompts', 'llm'], 2, 'llm.off'],
    [['classify', record, '--labels', 'AFIB', '--prompts', 'compose-99'], 4, 'file.missing'],
  ])('%j ends with %i and says %s', async (args, code, said) => {
    const ended = await run(args);
    expect(ended.error).toContain(said);
    expect(ended.code).toBe(code);
  });
});
