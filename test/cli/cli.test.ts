import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { printable } from '../../src/cli/output.js';
import { type Ended, runCommand } from '../support/run-command.js';
import { copySampleArchive } from '../support/sample-archive.js';
import { LACKING_MODEL, TINY_MODEL } from '../support/tiny-app.js';

const root = join(import.meta.dirname, '../..');
const sample = join(root, 'sample');
const record = join(sample, 'records', '00008_hr.hea');
const archive = inject('sampleArchive');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the built command in another folder than the package's. */
function pqrsearch(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runCommand(args, { cwd: folder, environment });
}

async function json(args: readonly string[]) {
  const { out, code, error } = await pqrsearch([...args, '--json']);
  expect({ code, error: code === 0 ? '' : error }).toEqual({ code: 0, error: '' });
  return JSON.parse(out);
}

describe('pqrsearch', () => {
  it('prints its version and its help', async () => {
    expect((await pqrsearch(['--version'])).out.trim()).toBe(packageJson.version);
    const { out, code } = await pqrsearch(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'info',
      'convert',
      'measure',
      'plot',
      'index',
      'search',
      'classify',
      'report',
      'serve',
    ]) {
      expect(out).toContain(`${command} `);
    }
  });

  it('measures a recording: every key of the contract, times in seconds', async () => {
    const measured = await json(['measure', record]);
    expect(Object.keys(measured).slice(0, 10)).toEqual([
      ...['heartRateBpm', 'rrMilliseconds', 'prMilliseconds', 'qrsMilliseconds', 'qtMilliseconds'],
      ...['qtcMilliseconds', 'axisDegrees', 'rPeaksSeconds', 'beats', 'quality'],
    ]);
    expect(measured.heartRateBpm).toBeCloseTo(73.7, 0);
    expect(Object.keys(measured.qtcMilliseconds)).toEqual([
      ...['bazett', 'fridericia', 'framingham', 'hodges'],
    ]);
    expect(Object.keys(measured.axisDegrees)).toEqual(['p', 'qrs', 't']);
    expect(Object.keys(measured.beats[0])).toEqual([
      ...['pOnset', 'pPeak', 'pOffset', 'qrsOnset', 'rPeak', 'qrsOffset'],
      ...['tOnset', 'tPeak', 'tOffset'],
    ]);
    expect(measured.beats).toHaveLength(measured.rPeaksSeconds.length);
    expect(measured.quality).toMatchObject({ acceptable: true, reasons: [] });
  });

  it('measures one lead of a recording, and says in words what it could not', async () => {
    const { out, code } = await pqrsearch(['measure', record, '--leads', 'II']);
    expect(code).toBe(0);
    expect(out).toMatch(/^heart rate +7\d \/min$/m);
    expect(out).toMatch(/^axes +P -, QRS -, T -$/m);
    expect(out).toMatch(/^voltages +Sokolow-Lyon -, Cornell -$/m);
  });

  it('draws where waves begin and end', async () => {
    const { code } = await pqrsearch(['plot', record, 'waves.svg', '--fiducials']);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'waves.svg'), 'utf8')).toContain('P blue, QRS red, T green');
  });

  it.each([
    [['nonsense'], 2, 'unknown command'],
    [['search', 'x'], 2, '--archive'],
    [['search', 'x', '--archive', 'nowhere'], 4, 'archive.missing'],
    [['search', 'x', '--archive', archive, '-k', 'many'], 2, 'usage.invalid'],
    [['search', '--archive', archive], 2, 'query.empty'],
    [['search', 'x', '--archive', archive, '--level', 'beat-query'], 2, 'query.level'],
    [['search', 'x', '--archive', archive, '--beat', '1'], 2, 'usage.invalid'],
    [['search', 'x', '--archive', archive, '--where', 'height>2'], 2, 'query.where'],
    [['info', 'nowhere.hea'], 4, 'file.missing'],
    [['measure', 'nowhere.hea'], 4, 'file.missing'],
    [['classify', record, '--labels', 'STTC'], 2, 'label.ambiguous'],
    [['classify', record, '--labels', ' , '], 2, 'usage.invalid'],
    [['classify', record, '--labels', 'no such thing'], 2, 'label.unknown'],
    [['report', record], 2, '--archive'],
    [['plot', record, 'out.gif'], 2, 'format.unwritable'],
    [['convert', record, record], 2, 'usage.invalid'],
    [['plot', record, 'nowhere/out.svg'], 3, 'file.unwritable'],
    [['plot', record, 'out.svg', '--attention', '--model', LACKING_MODEL], 3, 'model.feature'],
    [['plot', record, 'out.svg', '--highlight', 'all'], 2, 'request.invalid'],
    [['caption', record, '--model', LACKING_MODEL], 3, 'model.feature'],
    [['caption', record, '--model', TINY_MODEL, '--text', ' '], 2, 'query.empty'],
    [['serve', '--archive', archive, '--host', '0.0.0.0'], 2, 'server.exposed'],
    [['models', 'verify', 'none'], 4, 'model.missing'],
  ])('%j ends with %i and says %s', async (args, code, said) => {
    const ended = await pqrsearch(args);
    expect(ended.code).toBe(code);
    expect(ended.error).toContain(said);
    expect(ended.out).toBe('');
  });
});

describe('what it prints', () => {
  it('may be read by a program that stops early, as head does', async () => {
    const child = spawn(process.execPath, [join(root, 'bin/pqrsearch.js'), 'labels', 'list']);
    child.stdout.destroy();
    let error = '';
    child.stderr.on('data', (chunk) => {
      error += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, error }).toEqual({ code: 0, error: '' });
  });

  it('passes no control characters of a report on to the terminal', () => {
    expect(printable('a\x1b[2Jb\r\n\tc\u009b')).toBe('a\ufffd[2Jb\ufffd\n\tc\ufffd');
  });
});

describe('on one file', () => {
  it('info says what it is', async () => {
    const info = await json(['info', record]);
    expect(info).toMatchObject({
      format: 'wfdb',
      samplingRateHz: 500,
      sampleCount: 5000,
      durationSeconds: 10,
      warnings: [],
    });
    expect(info.leads).toHaveLength(12);
    expect(info.amplitudeMillivolts.max).toBeGreaterThan(0.2);
    expect(info.amplitudeMillivolts.max).toBeLessThan(10);
  });

  it('convert writes each format, and info reads each back alike', async () => {
    const original = await json(['info', record]);
    for (const extension of ['csv', 'npy', 'hea']) {
      const out = join(folder, `copy.${extension}`);
      expect((await pqrsearch(['convert', record, out])).code).toBe(0);
      const copy = await json(['info', out]);
      expect(copy.leads).toEqual(original.leads);
      expect(copy.sampleCount).toBe(original.sampleCount);
      expect(copy.samplingRateHz).toBe(original.samplingRateHz);
      expect(copy.amplitudeMillivolts.max).toBeCloseTo(original.amplitudeMillivolts.max, 5);
    }
    expect((await pqrsearch(['convert', record, join(folder, 'copy.json')])).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'copy.json'), 'utf8')).samplingRateHz).toBe(500);
  });

  it('info says how good the signal is', async () => {
    const { quality, reconstructedLeads } = await json(['info', record]);
    expect(quality).toMatchObject({ acceptable: true, reasons: expect.any(Array) });
    expect(quality.score).toBeGreaterThan(0.5);
    expect(quality.leads).toHaveLength(12);
    expect(reconstructedLeads).toEqual([]);
    expect((await pqrsearch(['info', record])).out).toMatch(/quality +0\.\d+ of 1, acceptable/);
  });

  it('convert computes missing leads where it is told to, and the copy stays marked', async () => {
    const out = join(folder, 'twelve.hea');
    const three = ['--leads', 'II,V1,V5'];
    const converted = await pqrsearch(['convert', record, out, ...three, '--repair-leads']);
    expect({ code: converted.code, error: converted.error }).toMatchObject({
      code: 0,
      error: expect.stringContaining('Reconstructed, not recorded'),
    });
    const copy = await json(['info', out]);
    expect(copy.leads).toHaveLength(12);
    expect(copy.reconstructedLeads).toHaveLength(9);
    expect(copy.warnings.map((one: { code: string }) => one.code)).toContain(
      'signal.reconstructed',
    );
    const plain = join(folder, 'three.hea');
    expect((await pqrsearch(['convert', record, plain, ...three])).code).toBe(0);
    expect((await json(['info', plain])).leads).toEqual(['II', 'V1', 'V5']);
    const svg = join(folder, 'twelve.svg');
    expect((await pqrsearch(['plot', out, svg])).code).toBe(0);
    expect(readFileSync(svg, 'utf8')).toContain('stroke-dasharray');
  });

  it('search shows the quality of its hits and leaves out what is not acceptable if told to', async () => {
    const call = ['search', 'sinus rhythm', '--archive', archive, '-k', '3'];
    const { hits } = await json(call);
    for (const { quality } of hits) expect(quality).toMatchObject({ acceptable: true });
    expect((await json([...call, '--acceptable-only'])).hits).toEqual(hits);
    expect((await json([...call, '--where', 'acceptable=false'])).hits).toEqual([]);
  });

  it('plot draws SVG and PNG', async () => {
    for (const [name, start] of [
      ['a.svg', '<svg'],
      ['a.png', '\x89PNG'],
    ] as const) {
      expect((await pqrsearch(['plot', record, join(folder, name)])).code).toBe(0);
      expect(readFileSync(join(folder, name), 'latin1').slice(0, 400)).toContain(start);
    }
  });

  it('warns of microvolts taken for millivolts', async () => {
    const name = join(folder, 'microvolts.csv');
    const rows = Array.from({ length: 2500 }, (_, i) =>
      i % 400 < 10 ? '1200' : String(20 * Math.sin(i / 40)),
    );
    writeFileSync(name, `I,II\n${rows.map((value) => `${value},${value}`).join('\n')}\n`);
    const info = await json(['info', name, '--sampling-rate', '500']);
    expect(info.warnings.map((one: { code: string }) => one.code)).toContain('signal.amplitude');
  });

  it('classify scores labels by name and code, with a percentile where there is an archive', async () => {
    const alone = await json(['classify', record, '--labels', 'NORM,atrial fibrillation']);
    expect(alone.labels.map((one: { key: string }) => one.key)).toEqual(['NORM', 'AFIB']);
    expect(alone.labels[0].percentile).toBeNull();
    const ranked = await json(['classify', record, '--labels', 'NORM,AFIB', '--archive', archive]);
    expect(ranked.labels[0].percentile).toBeGreaterThanOrEqual(0);
    expect(ranked.labels[0].score).toBe(alone.labels[0].score);
  });

  it('report drafts as text, JSON and FHIR', async () => {
    const text = await pqrsearch(['report', record, '--archive', archive]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/\[E\d+/);
    const draft = await json(['report', record, '--archive', archive]);
    expect(draft.status).toBe('draft');
    const fhir = await pqrsearch(['report', record, '--archive', archive, '--format', 'fhir']);
    expect(JSON.parse(fhir.out).resourceType).toBe('DiagnosticReport');
  });
});

describe('on an archive', () => {
  it('search finds by words, by example, and by one beat', async () => {
    const words = await json([
      'search',
      'left bundle branch block',
      '--archive',
      archive,
      '-k',
      '3',
      '--level',
      'rhythm',
    ]);
    expect(words.hits).toHaveLength(3);
    const codes = words.hits.flatMap(
      (hit: { metadata: { codes: string[] } }) => hit.metadata.codes,
    );
    expect(codes).toContain('CLBBB');
    const like = await json(['search', '--like', record, '--archive', archive, '-k', '3']);
    expect(like.hits.map((hit: { record: string }) => hit.record).join()).not.toContain('00008_hr');
    const beat = await json([
      'search',
      '--like',
      record,
      '--archive',
      archive,
      '--level',
      'beat',
      '--beat',
      '1',
      '-k',
      '3',
    ]);
    expect(beat.hits[0].evidence[0].endSeconds).toBeGreaterThan(
      beat.hits[0].evidence[0].startSeconds,
    );
    const none = await pqrsearch([
      'search',
      '--like',
      record,
      '--archive',
      archive,
      '--level',
      'beat',
      '--beat',
      '999',
    ]);
    expect(none.code).toBe(2);
  });

  it('status and verify say that it is sound', async () => {
    expect(await json(['archive', 'status', archive])).toMatchObject({
      ecgCount: 150,
      reportCount: 150,
    });
    expect(await json(['archive', 'verify', '--archive', archive])).toEqual({
      ok: true,
      problems: [],
    });
  });

  it('rebuild makes a new index that finds the same', async () => {
    const copy = copySampleArchive(archive);
    const question = ['search', 'paced rhythm', '--archive', copy, '-k', '5'];
    const before = await json(question);
    await json(['archive', 'rebuild', copy]);
    const after = await json(question);
    expect(after.hits).toEqual(before.hits);
    rmSync(copy, { recursive: true, force: true });
  });

  it('index adds, leaves alone, lists what fails, and ends with 1 then', async () => {
    const input = join(folder, 'input');
    const own = join(folder, 'own');
    mkdirSync(input);
    const names = readdirSync(join(sample, 'records')).filter((name) =>
      /^0000\d|^0001\d/.test(name),
    );
    for (const name of names) cpSync(join(sample, 'records', name), join(input, name));
    const count = names.filter((name) => name.endsWith('.hea')).length;
    const first = await json([
      'index',
      input,
      '--archive',
      own,
      '--metadata',
      join(sample, 'metadata.csv'),
    ]);
    expect(first).toMatchObject({ indexed: count, updated: 0, unchanged: 0, failed: [] });
    const second = await json([
      'index',
      input,
      '--archive',
      own,
      '--metadata',
      join(sample, 'metadata.csv'),
    ]);
    expect(second).toMatchObject({ indexed: 0, updated: 0, unchanged: count, failed: [] });

    writeFileSync(
      join(input, 'escape.hea'),
      'escape 1 500 10\n../../etc/passwd 16 200 16 0 0 0 0 I\n',
    );
    writeFileSync(join(input, 'short.hea'), 'short 1 500 1000\nshort.dat 16 200 16 0 0 0 0 I\n');
    writeFileSync(join(input, 'short.dat'), Buffer.alloc(100));
    const third = await pqrsearch(['index', input, '--archive', own, '--json']);
    expect(third.code).toBe(1);
    const { unchanged, failed } = JSON.parse(third.out);
    expect(unchanged).toBe(count);
    expect(failed.map((one: { code: string }) => one.code).sort()).toEqual([
      'format.escape',
      'format.truncated',
    ]);
    expect((await json(['archive', 'status', own])).ecgCount).toBe(count);
  });

  it('index takes as many files as a shell can name', async () => {
    const missing = Array.from(
      { length: 3000 },
      (_, at) => `${'no-such-folder-'.repeat(8)}${at}.hea`,
    );
    const { code, out } = await pqrsearch([
      'index',
      record,
      ...missing,
      '--archive',
      join(folder, 'many'),
      '--json',
    ]);
    expect(code).toBe(1);
    const { indexed, failed } = JSON.parse(out);
    expect({ indexed, failed: failed.length }).toEqual({ indexed: 1, failed: 3000 });
  });

  it('made by another model is refused with both names, and can be embedded anew', async () => {
    const copy = copySampleArchive(archive);
    const models = join(folder, 'models');
    cpSync(join(root, 'models/pqr-small'), join(models, 'other'), { recursive: true });
    const path = join(models, 'other', 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.name = 'other';
    manifest.ecg.filter.highHz = 35;
    writeFileSync(path, JSON.stringify(manifest));
    const environment = { PQRSEARCH_MODELS: models, PQRSEARCH_MODEL: 'other' };
    const refused = await pqrsearch(['search', 'paced rhythm', '--archive', copy], environment);
    expect(refused.code).toBe(3);
    expect(refused.error).toMatch(/model\.mismatch/);
    expect(refused.error).toMatch(/pqr-small/);
    expect(refused.error).toMatch(/other/);
    const rebuilt = await pqrsearch(
      ['archive', 'rebuild', copy, '--model', 'other', '--json'],
      environment,
    );
    expect(rebuilt.code).toBe(0);
    expect(JSON.parse(rebuilt.out).model.name).toBe('other');
    const found = await pqrsearch(
      ['search', 'paced rhythm', '--archive', copy, '--json'],
      environment,
    );
    expect(JSON.parse(found.out).hits).toHaveLength(10);
    rmSync(copy, { recursive: true, force: true });
  });

  it('index refuses a model whose file differs, and leaves the archive as it was', async () => {
    const models = join(folder, 'damaged');
    cpSync(join(root, 'models/pqr-small'), join(models, 'pqr-small'), { recursive: true });
    writeFileSync(join(models, 'pqr-small', 'ecg.onnx'), 'not a model');
    const { code, error } = await pqrsearch(['index', record, '--archive', join(folder, 'never')], {
      PQRSEARCH_MODELS: models,
    });
    expect(code).toBe(3);
    expect(error).toContain('model.hash');
  });

  it.skipIf(process.getuid?.() === 0)('index says which folder it may not read', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o000);
    const { code, out } = await pqrsearch([
      'index',
      closed,
      '--archive',
      join(folder, 'none'),
      '--json',
    ]);
    chmodSync(closed, 0o700);
    expect(code).toBe(1);
    expect(JSON.parse(out).failed[0].code).toBe('file.denied');
  });
});

describe('with a model that has every part', () => {
  const model = ['--model', TINY_MODEL];

  it('search finds moments and says when each phrase is on the trace', async () => {
    const own = join(folder, 'moments');
    const names = readdirSync(join(sample, 'records')).filter((name) =>
      /^000\d\d.*hea$/.test(name),
    );
    const files = names.map((name) => join(sample, 'records', name));
    await json(['index', ...files, '--archive', own, ...model]);
    const question = [
      'search',
      'atrial fibrillation',
      '--archive',
      own,
      '--level',
      'token',
      ...model,
    ];
    const { hits } = await json([...question, '-k', '2']);
    expect(hits).toHaveLength(2);
    const [{ evidence, levels }] = hits;
    expect(Object.keys(levels)).toEqual(['token']);
    expect(evidence[0]).toMatchObject({ level: 'token', phrase: 'atrial fibrillation' });
    expect(evidence[0].endSeconds).toBeGreaterThan(evidence[0].startSeconds);
    const { out } = await pqrsearch(question);
    expect(out).toMatch(/atrial fibrillation at \d\.\d to \d+\.\d s/);
  });

  it('plot shades where the model looked', async () => {
    const out = join(folder, 'looked.svg');
    const marked = ['--highlight', '1-1.5:wide QRS,3-4'];
    const drawn = await pqrsearch(['plot', record, out, '--attention', ...marked, ...model]);
    expect(drawn.code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('where the model looked');
    expect(readFileSync(out, 'utf8')).toContain('wide QRS');
  });

  it('caption says the ECG in its own words, and that nobody checked them', async () => {
    const { captions, logLikelihood, notice } = await json([
      ...['caption', record, '--text', 'sinus rhythm', ...model],
    ]);
    expect(captions[0]).toMatchObject({ window: 0, startSeconds: 0, endSeconds: 10 });
    expect(logLikelihood).toBeLessThan(0);
    const said = await pqrsearch(['caption', record, ...model]);
    expect(said.out.trim()).toBe(captions[0].text);
    expect(said.error).toContain(notice);
  });

  it('models list names what each model can do and what it lacks', async () => {
    const environment = { PQRSEARCH_MODELS: dirname(TINY_MODEL) };
    const { out } = await pqrsearch(['models', 'list', '--json'], environment);
    const { models } = JSON.parse(out);
    const named = (wanted: string) => models.find(({ name }: { name: string }) => name === wanted);
    const parts = ['words', 'attention', 'captions'];
    expect(named('pqr-tiny').features).toEqual(expect.arrayContaining(parts));
    const lacking = named('melp-tiny').lacking.map(({ feature }: { feature: string }) => feature);
    expect(lacking).toEqual(expect.arrayContaining(parts));
  });
});

describe('serve', () => {
  it('serves until it is told to stop, and then ends well', async () => {
    const child = spawn(
      process.execPath,
      [join(root, 'bin/pqrsearch.js'), 'serve', '--archive', archive, '--port', '0'],
      {
        cwd: folder,
      },
    );
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(chunk.toString());
        if (found) resolve(found[0]);
      });
      child.once('close', () => reject(new Error('it ended')));
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
  });
});
