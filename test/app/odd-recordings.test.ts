/** Recordings that are not twelve clean leads of ten seconds at 500 Hz, through the whole chain. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { type EcgRecord, leadSamples, makeRecord } from '../../src/ecg/record.js';
import { resample } from '../../src/signal/resample.js';

const sample = join(import.meta.dirname, '../../sample/records/00008_hr.hea');
let folder: string;
let app: App;
let original: EcgRecord;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-odd-'));
  app = createApp(loadConfig({}));
  original = await app.readEcg(sample);
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The original with some of its leads, at another rate, each sample changed. */
function variant(change: {
  leads?: readonly string[];
  samplingRateHz?: number;
  each?: (millivolts: number, sample: number, lead: string) => number;
  seconds?: number;
}): EcgRecord {
  const leads = change.leads ?? original.leads;
  const samplingRateHz = change.samplingRateHz ?? original.samplingRateHz;
  const rows = leads.map((lead) => {
    const source = leadSamples(original, original.leads.indexOf(lead));
    const row = resample(source, original.samplingRateHz, samplingRateHz);
    const sampleCount = Math.round((change.seconds ?? 10) * samplingRateHz);
    const repeated = Float32Array.from({ length: sampleCount }, (_, at) => row[at % row.length]!);
    return repeated.map((value, at) => change.each?.(value, at, lead) ?? value);
  });
  const samples = new Float32Array(rows.length * rows[0]!.length);
  for (const [index, row] of rows.entries()) samples.set(row, index * row.length);
  return makeRecord({ leads, samplingRateHz, samples, format: 'made' });
}

const VARIANTS: [string, () => EcgRecord, string[]][] = [
  ['one-lead', () => variant({ leads: ['II'] }), ['signal.few-leads']],
  ['three-leads', () => variant({ leads: ['II', 'V1', 'V5'] }), ['signal.few-leads']],
  ['100-hz', () => variant({ samplingRateHz: 100 }), []],
  ['1000-hz', () => variant({ samplingRateHz: 1000 }), []],
  ['two-seconds', () => variant({ seconds: 2 }), []],
  ['thirty-seconds', () => variant({ seconds: 30 }), []],
  [
    'gaps',
    () => variant({ each: (value, at) => (at % 1000 < 100 ? Number.NaN : value) }),
    ['signal.gaps'],
  ],
  [
    'dead-lead',
    () => variant({ each: (value, _, lead) => (lead === 'V3' ? Number.NaN : value) }),
    ['signal.missing'],
  ],
  [
    'flat-lead',
    () => variant({ each: (value, _, lead) => (lead === 'V4' ? 0 : value) }),
    ['signal.flat'],
  ],
  ['microvolts', () => variant({ each: (value) => value * 1000 }), ['signal.amplitude']],
  [
    'avl-avf-swapped',
    () => {
      const swapped = variant({});
      const leads = swapped.leads.map((lead) => ({ aVL: 'aVF', aVF: 'aVL' })[lead] ?? lead);
      return makeRecord({ ...swapped, leads });
    },
    ['signal.limb-leads'],
  ],
];

describe.each(VARIANTS)('%s', (name, make, warnings) => {
  it('is written, read back, warned about, indexed and found', async () => {
    const file = join(folder, `${name}.npy`);
    await app.writeEcg(make(), file);
    const read = await app.readEcg(file);
    for (const code of warnings) expect(read.warnings.map((one) => one.code)).toContain(code);
    if (warnings.length === 0) expect(read.warnings).toEqual([]);
    const archiveFolder = join(folder, `archive-${name}`);
    const { indexed, failed, ...result } = await app.index({ paths: [file], archiveFolder });
    expect({ indexed, failed }).toEqual({ indexed: 1, failed: [] });
    for (const code of warnings) expect(result.warnings[code]).toBe(1);
    const service = await app.openService(archiveFolder);
    const { hits } = await service.search({ text: 'inferior infarction', k: 5, level: 'rhythm' });
    expect(hits).toHaveLength(1);
    const [evidence] = hits[0]!.evidence;
    expect(evidence!.endSeconds).toBeLessThanOrEqual(hits[0]!.metadata.durationSeconds);
    expect(evidence!.endSeconds! - evidence!.startSeconds!).toBeLessThanOrEqual(10);
  });
});

describe('a recording', () => {
  it('of 1000 Hz and one of 100 Hz give nearly the vector of the original', async () => {
    const { ecgEncoder } = await app.model();
    const records = [original, variant({ samplingRateHz: 100 }), variant({ samplingRateHz: 1000 })];
    const vectors = (await ecgEncoder.embed(records)).map((one) => one.levels[0]!.vectors);
    for (const other of vectors.slice(1)) {
      const cosine = other.reduce((sum, value, index) => sum + value * vectors[0]![index]!, 0);
      expect(cosine).toBeGreaterThan(0.97);
    }
  });

  it('with none of the leads the model reads fails by itself, and nothing else does', async () => {
    const foreign = makeRecord({
      leads: ['Vx', 'Vy'],
      samplingRateHz: 500,
      samples: new Float32Array(10_000).map((_, at) => Math.sin(at / 20)),
      format: 'made',
    });
    await app.writeEcg(foreign, join(folder, 'foreign.npy'));
    const paths = [join(folder, 'foreign.npy'), sample];
    const { indexed, failed } = await app.index({
      paths,
      archiveFolder: join(folder, 'archive-foreign'),
    });
    expect(indexed).toBe(1);
    expect(failed).toMatchObject([{ code: 'signal.unusable' }]);
  });

  it('without any signal is refused, not read as a rhythm', async () => {
    for (const [name, value] of [
      ['flat', 0],
      ['missing', Number.NaN],
    ] as const) {
      const file = join(folder, `${name}.npy`);
      await app.writeEcg(variant({ each: () => value }), file);
      const archiveFolder = join(folder, `archive-${name}`);
      const { indexed, failed } = await app.index({ paths: [file], archiveFolder });
      expect(indexed).toBe(0);
      expect(failed).toMatchObject([
        { code: 'signal.unusable', message: expect.stringContaining('No lead has a signal') },
      ]);
    }
  });

  it('of minutes gets scores, but no percentile among recordings of seconds', async () => {
    const call = {
      labels: ['AFIB', 'NORM'],
      prompts: 'name',
      archiveFolder: inject('sampleArchive'),
    };
    for (const label of await app.classify(variant({ seconds: 60 }), call)) {
      expect(label).toMatchObject({ percentile: null, decision: null });
      expect(Math.abs(label.score)).toBeLessThanOrEqual(1);
    }
    for (const label of await app.classify(original, call)) expect(label.percentile).not.toBeNull();
  });

  it('that fails leaves what was indexed before as it was', async () => {
    const archiveFolder = join(folder, 'archive-kept');
    const good = join(folder, 'kept.hea');
    await app.writeEcg(original, good);
    await app.index({ paths: [good], archiveFolder });
    const before = (await app.openService(archiveFolder)).search({
      text: 'infarction',
      k: 1,
      level: 'rhythm',
    });
    truncateSync(join(folder, 'kept.dat'), 1000);
    writeFileSync(join(folder, 'empty.hea'), '');
    const { failed } = await app.index({ paths: [good, join(folder, 'empty.hea')], archiveFolder });
    expect(failed.map((one) => one.code).sort()).toEqual(['format.empty', 'format.truncated']);
    const after = (await app.openService(archiveFolder)).search({
      text: 'infarction',
      k: 1,
      level: 'rhythm',
    });
    expect((await after).hits).toEqual((await before).hits);
  });
});
