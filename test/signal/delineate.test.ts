/** Both delineators on real recordings: the bundled segmenter through the real runtime, and the wavelets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { openSegmenter } from '../../src/encoders/segmenter.js';
import { parseMitAnnotations } from '../../src/formats/mit-annotations.js';
import { readEcg } from '../../src/formats/read.js';
import { delineate } from '../../src/signal/delineate.js';
import type { Delineation } from '../../src/signal/delineation.js';
import type { WaveSegmenter } from '../../src/signal/segmenter.js';
import { expectSound, medianMilliseconds, type Point, shareWith } from './delineation-rules.js';
import {
  atRate,
  BUNDLE_BRANCH_BLOCK,
  changed,
  FIBRILLATION,
  fixturePath,
  loadFixture,
  onlyLeads,
  PACED,
  SINUS,
} from './records.js';

const root = join(import.meta.dirname, '../..');
const sample = (name: string) => readEcg(join(root, 'sample/records', `${name}.hea`));
/** PTB-XL's code AFIB, and no flutter. */
const FIBRILLATIONS = ['02886_hr', '06186_hr', '08041_hr', '17658_hr'];

let segmenter: WaveSegmenter;
beforeAll(async () => {
  segmenter = await openSegmenter(join(root, 'models/pqr-delineator'));
});
afterAll(() => segmenter.close());

describe.each(['learned', 'classical'] as const)('the %s delineator', (method) => {
  const run = (record: EcgRecord): Promise<Delineation> =>
    delineate(record, method === 'learned' ? segmenter : undefined);

  it('measures a normal ECG as its waves can be seen', async () => {
    const record = await loadFixture(SINUS);
    const found = await run(record);
    expect(found.method).toBe(method);
    expect(found.samplingRateHz).toBe(500);
    expectSound(found, record);
    expect(found.beats).toHaveLength(11);
    for (const point of ['qrsOnset', 'tOffset'] as const) expect(shareWith(found, point)).toBe(1);
    expect(shareWith(found, 'pOnset')).toBeGreaterThan(0.9);
    expect(medianMilliseconds(found, 'qrsOnset', 'qrsOffset')).toBeLessThan(125);
    expect(medianMilliseconds(found, 'qrsOnset', 'qrsOffset')).toBeGreaterThan(65);
    expect(medianMilliseconds(found, 'pOnset', 'qrsOnset')).toBeGreaterThan(105);
    expect(medianMilliseconds(found, 'pOnset', 'qrsOnset')).toBeLessThan(200);
    expect(medianMilliseconds(found, 'qrsOnset', 'tOffset')).toBeGreaterThan(330);
    expect(medianMilliseconds(found, 'qrsOnset', 'tOffset')).toBeLessThan(450);
  });

  it('has each lead with the same beats', async () => {
    const record = await loadFixture(SINUS);
    const { leads } = await run(record);
    expect(leads.map(({ lead }) => lead)).toEqual(record.leads);
    const withT = leads.filter(({ beats }) => beats.filter((beat) => beat.tPeak).length > 8);
    expect(withT.length).toBeGreaterThanOrEqual(9);
  });

  it('sees wide complexes wide', async () => {
    const record = await loadFixture(BUNDLE_BRANCH_BLOCK);
    const found = await run(record);
    expectSound(found, record);
    expect(medianMilliseconds(found, 'qrsOnset', 'qrsOffset')).toBeGreaterThan(115);
  });

  it('is within 20 ms of a cardiologist’s QRS and T marks in lead II, in the median', async () => {
    const { annotations } = parseMitAnnotations(readFileSync(`${fixturePath(FIBRILLATION)}.ii`));
    const record = onlyLeads(await loadFixture(FIBRILLATION), ['II']);
    const { beats } = await run(record);
    for (const [symbol, before, after] of [
      ['N', 'qrsOnset', 'qrsOffset'],
      ['t', 'tOnset', 'tOffset'],
    ] as const) {
      const marks = annotations.flatMap((mark, at) =>
        mark.symbol === symbol ? [[annotations[at - 1]!.sample, annotations[at + 1]!.sample]] : [],
      );
      expect(marks.length).toBeGreaterThan(10);
      for (const [side, point] of [before, after].entries()) {
        const errors = marks.map((mark) => nearest(beats, point, mark[side]!)! - mark[side]!);
        const median = 2 * errors.sort((a, b) => a - b)[errors.length >> 1]!;
        expect(Math.abs(median), `${point} ${median} ms`).toBeLessThan(20);
      }
    }
  });

  it.each(FIBRILLATIONS)('finds no P wave in the atrial fibrillation of %s', async (name) => {
    const found = await run(await sample(name));
    expect(found.beats.length).toBeGreaterThan(5);
    expect(shareWith(found, 'pOnset')).toBeLessThan(0.15);
    expect(shareWith(found, 'qrsOnset')).toBe(1);
  });

  it('finds none in the fibrillation of LUDB 38', async () => {
    expect(shareWith(await run(await loadFixture(FIBRILLATION)), 'pOnset')).toBe(0);
  });

  it('is not misled by pacing spikes', async () => {
    const record = await loadFixture(PACED);
    const found = await run(record);
    expectSound(found, record);
    expect(found.beats).toHaveLength(12);
    expect(shareWith(found, 'qrsOnset')).toBe(1);
    expect(medianMilliseconds(found, 'qrsOnset', 'qrsOffset')).toBeLessThan(150);
  });

  it.each([100, 250, 1000])('finds the same at %d Hz', async (samplingRateHz) => {
    const record = await loadFixture(SINUS);
    const [whole, other] = await Promise.all([run(record), run(atRate(record, samplingRateHz))]);
    expect(other.samplingRateHz).toBe(samplingRateHz);
    expect(other.beats).toHaveLength(whole.beats.length);
    for (const [from, to] of [
      ['qrsOnset', 'qrsOffset'],
      ['pOnset', 'qrsOnset'],
      ['qrsOnset', 'tOffset'],
    ] as const) {
      const difference = medianMilliseconds(other, from, to) - medianMilliseconds(whole, from, to);
      expect(Math.abs(difference)).toBeLessThan(20);
    }
  });

  it.each(['I', 'II', 'V2', 'V5'])('works on lead %s alone', async (lead) => {
    const record = onlyLeads(await loadFixture(SINUS), [lead]);
    const found = await run(record);
    expectSound(found, record);
    expect(found.leads).toHaveLength(1);
    expect(found.beats).toHaveLength(11);
    for (const point of ['qrsOnset', 'tOffset'] as const) {
      expect(shareWith(found, point)).toBeGreaterThan(0.85);
    }
  });

  it('takes no notice of a flat lead, a missing one and one with a gap', async () => {
    const record = await loadFixture(SINUS);
    const spoilt = changed(record, (lead) => {
      lead('V1').fill(0);
      lead('V2').fill(Number.NaN);
      lead('V3').fill(Number.NaN, 1200, 3000);
    });
    const [whole, found] = await Promise.all([run(record), run(spoilt)]);
    expectSound(found, spoilt);
    expect(found.leads.map(({ lead }) => lead)).not.toContain('V1');
    expect(found.leads.map(({ lead }) => lead)).not.toContain('V2');
    const difference =
      medianMilliseconds(found, 'qrsOnset', 'tOffset') -
      medianMilliseconds(whole, 'qrsOnset', 'tOffset');
    expect(Math.abs(difference)).toBeLessThan(30);
  });

  it('invents no waves in a gap of all leads', async () => {
    const record = await loadFixture(SINUS);
    const spoilt = changed(record, (lead) => {
      for (const name of record.leads) lead(name).fill(Number.NaN, 1500, 3000);
    });
    const found = await run(spoilt);
    expectSound(found, spoilt);
    const inside = found.beats.flatMap((beat) => Object.values(beat) as (number | null)[]);
    expect(inside.filter((at) => at !== null && at > 1560 && at < 2940)).toEqual([]);
  });

  it('has no beats in a flat, an empty or a very short recording', async () => {
    const record = await loadFixture(SINUS);
    const flat = changed(record, (lead) => {
      for (const name of record.leads) lead(name).fill(0.1);
    });
    const missing = changed(record, (lead) => {
      for (const name of record.leads) lead(name).fill(Number.NaN);
    });
    for (const one of [flat, missing, shorter(record, 0.1), shorter(record, 0.002)]) {
      const { beats, leads } = await run(one);
      expect(beats).toEqual([]);
      for (const lead of leads) expect(lead.beats).toEqual([]);
    }
  });

  it.each([0.5, 1, 1.7])('does what it can with %d seconds', async (seconds) => {
    const record = shorter(await loadFixture(SINUS), seconds);
    expectSound(await run(record), record);
  });
});

it('the learned delineator goes through a recording of many windows without a seam', async () => {
  const record = await loadFixture(SINUS);
  const times = 8;
  const samples = new Float32Array(times * record.samples.length);
  record.leads.forEach((_, lead) => {
    const own = record.samples.subarray(lead * record.sampleCount, (lead + 1) * record.sampleCount);
    for (let time = 0; time < times; time += 1) {
      samples.set(own, (lead * times + time) * record.sampleCount);
    }
  });
  const long = makeRecord({ ...record, samples });
  const [once, found] = await Promise.all([
    delineate(record, segmenter),
    delineate(long, segmenter),
  ]);
  expectSound(found, long);
  expect(shareWith(found, 'qrsOnset')).toBe(1);
  expect(shareWith(found, 'tOffset')).toBeGreaterThan(0.95);
  const difference =
    medianMilliseconds(found, 'qrsOnset', 'tOffset') -
    medianMilliseconds(once, 'qrsOnset', 'tOffset');
  expect(Math.abs(difference)).toBeLessThan(6);
});

it('the learned delineator can be given up', async () => {
  const controller = new AbortController();
  controller.abort();
  const call = delineate(await loadFixture(SINUS), segmenter, { signal: controller.signal });
  await expect(call).rejects.toMatchObject({ code: 'request.aborted' });
});

function nearest(beats: Delineation['beats'], point: Point, mark: number): number | null {
  const found = beats.map((beat) => beat[point]).filter((at) => at !== null);
  return found.sort((a, b) => Math.abs(a - mark) - Math.abs(b - mark))[0] ?? null;
}

function shorter(record: EcgRecord, seconds: number): EcgRecord {
  const count = Math.max(1, Math.round(seconds * record.samplingRateHz));
  const samples = new Float32Array(record.leads.length * count);
  record.leads.forEach((_, lead) => {
    const from = lead * record.sampleCount;
    samples.set(record.samples.subarray(from, from + count), lead * count);
  });
  return makeRecord({ ...record, samples });
}
