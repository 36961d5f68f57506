import { beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import type { Delineation } from '../../src/signal/delineation.js';
import { type Measurements, measure } from '../../src/signal/measure.js';
import { measurementView } from '../../src/signal/measurement-view.js';
import { layOut, medianBeatOf, type PlacedBeat } from './made-rhythm.js';
import {
  atRate,
  BUNDLE_BRANCH_BLOCK,
  changed,
  FIBRILLATION,
  loadFixture,
  mapLead,
  onlyLeads,
} from './records.js';

const measured = (record: EcgRecord): Measurements => measure(record, delineateClassical(record));
const sample = (name: string) =>
  readEcg(new URL(`../../sample/records/${name}.hea`, import.meta.url).pathname);
const origins = ({ ectopicBeats }: Measurements) =>
  ectopicBeats.map(({ beatIndex, origin }) => [beatIndex, origin]);

let sinus: EcgRecord;
let usual: Measurements;
beforeAll(async () => {
  sinus = await sample('00008_hr');
  usual = measured(sinus);
});

describe('measurements of a recording in sinus rhythm', () => {
  it('have a rate, intervals and axes of a plausible size, in an order that must be', () => {
    const { prMilliseconds: pr, qrsMilliseconds: qrs, qtMilliseconds: qt } = usual;
    expect(usual.heartRateBpm).toBeCloseTo(60_000 / usual.rrMilliseconds!.mean, 9);
    expect(pr).toBeGreaterThan(110);
    expect(pr).toBeLessThan(220);
    expect(qrs).toBeGreaterThan(60);
    expect(qrs).toBeLessThan(110);
    expect(qt).toBeGreaterThan(qrs! + 150);
    expect(usual.axisDegrees.p).toBeGreaterThan(0);
    expect(usual.axisDegrees.p).toBeLessThan(90);
    expect(usual.ectopicBeats).toEqual([]);
    expect(usual.quality.acceptable).toBe(true);
  });

  it('stay when the voltage doubles, and the amplitudes double', () => {
    const louder = measured(makeRecord({ ...sinus, samples: sinus.samples.map((one) => 2 * one) }));
    expect(louder.prMilliseconds).toBe(usual.prMilliseconds);
    expect(louder.qtMilliseconds).toBe(usual.qtMilliseconds);
    expect(louder.axisDegrees.qrs).toBeCloseTo(usual.axisDegrees.qrs!, 3);
    const [two, one] = [louder, usual].map(({ voltages }) => voltages.sokolowLyon!);
    expect(two! / one!).toBeCloseTo(2, 2);
  });

  it.each([100, 250, 1000, 2000])('are the same at %d Hz within what a sample is', (rate) => {
    const other = measured(atRate(sinus, rate));
    expect(other.heartRateBpm).toBeCloseTo(usual.heartRateBpm!, 0);
    for (const name of ['prMilliseconds', 'qrsMilliseconds', 'qtMilliseconds'] as const) {
      expect(Math.abs(other[name]! - usual[name]!), name).toBeLessThan(20);
    }
    expect(Math.abs(other.axisDegrees.qrs! - usual.axisDegrees.qrs!)).toBeLessThan(6);
  });

  it('have the axes turned over where arm electrodes are swapped', () => {
    const swapped = changed(sinus, (lead) => {
      const [two, three] = [lead('II').slice(), lead('III').slice()];
      mapLead(lead('I'), (value) => -value);
      lead('II').set(three);
      lead('III').set(two);
      const [right, left] = [lead('aVR').slice(), lead('aVL').slice()];
      lead('aVR').set(left);
      lead('aVL').set(right);
    });
    const { qrs } = measured(swapped).axisDegrees;
    const mirrored = 180 - usual.axisDegrees.qrs!;
    expect(Math.cos(((qrs! - mirrored) * Math.PI) / 180)).toBeGreaterThan(0.999);
  });

  it('derive the axis from any two limb leads, and give none from one', () => {
    const two = measured(onlyLeads(sinus, ['II', 'III', 'V1']));
    expect(Math.abs(two.axisDegrees.qrs! - usual.axisDegrees.qrs!)).toBeLessThan(10);
    const one = measured(onlyLeads(sinus, ['II']));
    expect(one.axisDegrees).toEqual({ p: null, qrs: null, t: null });
    expect(one.voltages).toEqual({ sokolowLyon: null, sokolowLyonRight: null, cornell: null });
    expect(one.heartRateBpm).toBeCloseTo(usual.heartRateBpm!, 0);
  });

  it('keep ST levels and amplitudes under a wandering baseline', () => {
    const wander = changed(sinus, (lead) => {
      for (const name of sinus.leads) {
        mapLead(lead(name), (value, index) => value + 0.6 * Math.sin((2 * Math.PI * index) / 2000));
      }
    });
    const { stLevels, amplitudes } = measured(wander);
    usual.stLevels.forEach(({ j60, lead }, index) => {
      expect(Math.abs(stLevels[index]!.j60! - j60!), lead).toBeLessThan(0.05);
    });
    usual.amplitudes.forEach(({ qrs, lead }, index) => {
      expect(Math.abs(amplitudes[index]!.qrs! - qrs!), lead).toBeLessThan(0.05);
    });
  });

  it('raise the ST level by what is added to the ST segments', () => {
    const { beats, samplingRateHz } = usual;
    const raised = changed(sinus, (lead) => {
      for (const { qrsOffset } of beats) {
        const [from, to] = [qrsOffset!, qrsOffset! + 0.12 * samplingRateHz];
        mapLead(lead('V2'), (value, index) =>
          index >= from - 8 && index <= to ? value + 0.2 : value,
        );
      }
    });
    const delineation: Delineation = { method: 'classical', samplingRateHz, beats, leads: [] };
    const level = (one: Measurements) => one.stLevels.find(({ lead }) => lead === 'V2')!.j60!;
    expect(level(measure(raised, delineation)) - level(usual)).toBeCloseTo(0.2, 1);
  });
});

describe('what is not there', () => {
  it('is null: no P and no PR in atrial fibrillation', async () => {
    const { prMilliseconds, axisDegrees, heartRateBpm, warnings } = measured(
      await loadFixture(FIBRILLATION),
    );
    expect(prMilliseconds).toBeNull();
    expect(axisDegrees.p).toBeNull();
    expect(heartRateBpm).not.toBeNull();
    expect(warnings.map(({ code }) => code)).toContain('measure.no-p');
  });

  it.each([
    ['a flat line', 0, 5000],
    ['a line of a tenth of a second', 1, 50],
    ['missing samples', Number.NaN, 5000],
  ])('is null in %s, without an error', (_, value, count) => {
    const record = makeRecord({
      leads: ['I', 'II'],
      samplingRateHz: 500,
      samples: new Float32Array(2 * count).fill(value),
      format: 'made',
    });
    const view = measurementView(measured(record));
    expect(view).toMatchObject({
      ...{ heartRateBpm: null, rrMilliseconds: null, prMilliseconds: null, qtMilliseconds: null },
      qtcMilliseconds: { bazett: null, fridericia: null, framingham: null, hodges: null },
      ...{ beats: [], rPeaksSeconds: [], medianBeat: null, ectopicBeats: [] },
    });
    expect(view.warnings.map(({ code }) => code)).toContain('measure.few-beats');
    if (count === 5000) expect(view.quality.acceptable).toBe(false);
  });

  it('is null for one beat alone: it has intervals, but no rate and no QTc', () => {
    const one = measured(layOut(medianBeatOf(sinus), [{ seconds: 1 }], 2));
    expect(one.beats).toHaveLength(1);
    expect(one.qrsMilliseconds).not.toBeNull();
    expect([one.heartRateBpm, one.rrMilliseconds, one.qtcMilliseconds]).toEqual([null, null, null]);
  });

  it('does not keep a gap in one lead from being measured around', () => {
    const gap = changed(sinus, (lead) => lead('V3').fill(Number.NaN, 1000, 1500));
    expect(measured(gap).heartRateBpm).toBeCloseTo(usual.heartRateBpm!, 1);
  });
});

describe('a wide QRS complex', () => {
  it('is measured as wide in bundle branch block', async () => {
    const { qrsMilliseconds } = measured(await loadFixture(BUNDLE_BRANCH_BLOCK));
    expect(qrsMilliseconds).toBeGreaterThan(110);
  });
});

describe('ectopic beats', () => {
  const regular = (count: number): PlacedBeat[] =>
    Array.from({ length: count }, (_, beat) => ({ seconds: 0.8 + 0.8 * beat }));
  const rhythm = (placed: readonly PlacedBeat[]) =>
    measured(layOut(medianBeatOf(sinus), placed, 10));

  it('are none in a regular rhythm', () => {
    const one = rhythm(regular(11));
    expect(one.heartRateBpm).toBeCloseTo(75, 0);
    expect(one.rrMilliseconds!.sd).toBeLessThan(3);
    expect(origins(one)).toEqual([]);
  });

  it('are supraventricular where a beat of the usual shape comes early', () => {
    const early = regular(11).with(5, { seconds: 0.8 + 0.8 * 5 - 0.3 });
    expect(origins(rhythm(early))).toEqual([[5, 'supraventricular']]);
  });

  it('are ventricular where an early beat has another shape, which stays out of the intervals', () => {
    const early = regular(11).with(5, { seconds: 0.8 + 0.8 * 5 - 0.25, odd: true });
    const one = rhythm(early);
    expect(origins(one)).toEqual([[5, 'ventricular']]);
    expect(one.medianBeat!.beatCount).toBeLessThan(11);
    expect(Math.abs(one.qrsMilliseconds! - rhythm(regular(11)).qrsMilliseconds!)).toBeLessThan(6);
  });

  it('are not named for early beats of a rhythm that is irregular throughout', () => {
    const steps = [0.5, 0.9, 0.6, 1.1, 0.5, 0.8, 0.55, 1, 0.6, 0.95, 0.5, 0.85];
    const placed = steps.map((_, beat) => ({
      seconds: 0.6 + steps.slice(0, beat).reduce((sum, step) => sum + step, 0),
    }));
    expect(origins(rhythm(placed))).toEqual([]);
  });

  it('are not a beat that the end of the recording cuts through', () => {
    const whole = layOut(medianBeatOf(sinus), regular(11), 10);
    const start = Math.round(0.78 * whole.samplingRateHz); // 20 ms before the first R peak
    const { leads, sampleCount } = whole;
    const samples = new Float32Array(leads.length * (sampleCount - start));
    leads.forEach((_, lead) => {
      const row = whole.samples.subarray(lead * sampleCount + start, (lead + 1) * sampleCount);
      samples.set(row, lead * row.length);
    });
    const { adcPerMillivolt: _, ...rest } = whole;
    const cut = measured(makeRecord({ ...rest, samples }));
    expect(origins(cut)).toEqual([]);
  });

  it('are found in sample recordings that are coded so, and not in one in plain sinus rhythm', async () => {
    for (const name of ['00170_hr', '00287_hr', '00823_hr']) {
      const found = measured(await sample(name)).ectopicBeats.map(({ origin }) => origin);
      expect(found, name).toContain('ventricular');
    }
    expect(measured(await sample('00008_hr')).ectopicBeats).toEqual([]);
  });
});

describe('measurements where leads hold no signal', () => {
  it('take no RR interval over a stretch that no lead recorded', () => {
    const holed = measured(
      changed(sinus, (lead) => {
        for (const name of sinus.leads) lead(name).fill(Number.NaN, 1000, 1600);
      }),
    );
    expect(holed.beats.length).toBeLessThan(usual.beats.length);
    expect(Math.abs(holed.heartRateBpm! - usual.heartRateBpm!)).toBeLessThan(1.5);
  });

  it('take a lead that stands still for no lead: no axis along it, no amplitudes of nought', () => {
    const still = measured(
      changed(sinus, (lead) => {
        lead('I').fill(0);
        lead('II').fill(Number.NaN);
      }),
    );
    for (const wave of ['p', 'qrs', 't'] as const) {
      const apart = Math.abs(still.axisDegrees[wave]! - usual.axisDegrees[wave]!);
      expect(apart, wave).toBeLessThan(10);
    }
    expect(still.amplitudes.map(({ lead }) => lead)).not.toContain('I');
  });
});

describe('measurementView', () => {
  it('gives times in seconds, in order within each beat and within the recording', () => {
    const view = measurementView(usual);
    expect(view.rPeaksSeconds).toEqual(view.beats.map(({ rPeak }) => rPeak));
    for (const beat of view.beats) {
      const order = [
        ...[beat.pOnset, beat.pPeak, beat.pOffset, beat.qrsOnset, beat.rPeak],
        ...[beat.qrsOffset, beat.tOnset, beat.tPeak, beat.tOffset],
      ].filter((time) => time !== null);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      for (const time of order) expect(time).toBeLessThanOrEqual(10);
    }
  });

  it('writes numbers that survive JSON: none is NaN or infinite', () => {
    const text = JSON.stringify(measurementView(usual), (_, value) => {
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      return value;
    });
    expect(JSON.parse(text).medianBeat.leads).toHaveLength(12);
  });
});
