import { beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { detectQrs } from '../../src/signal/qrs.js';
import { rhythmOf } from '../../src/signal/rhythm.js';
import { isBeat, readMitAnnotations } from '../support/mit-annotations.js';
import { seededNormal } from '../support/seeded.js';
import { matchBeats } from './match-beats.js';
import {
  atRate,
  BUNDLE_BRANCH_BLOCK,
  changed,
  FIBRILLATION,
  fixturePath,
  loadFixture,
  mapLead,
  onlyLeads,
  PACED,
  SINUS,
} from './records.js';

/** QRS complexes as read off the traces by eye, to about 10 samples. */
const SEEN = {
  [SINUS]: [112, 578, 1040, 1502, 1965, 2437, 2913, 3398, 3867, 4325, 4808],
  // four wide ventricular beats and twelve smaller ones with bundle branch block between them
  [BUNDLE_BRANCH_BLOCK]: [
    185, 590, 900, 1215, 1530, 1730, 2160, 2475, 2790, 3105, 3320, 3735, 4045, 4360, 4670, 4870,
  ],
  // atrial spikes of 3 mV stand 130 samples before each of them
  [PACED]: [292, 698, 1105, 1515, 1920, 2328, 2735, 3140, 3548, 3955, 4362, 4772],
};
const TOLERANCE = 25;

const peaksOf = (record: EcgRecord) => [...detectQrs(record).rPeakSamples];

describe('detectQrs', () => {
  const records = new Map<string, EcgRecord>();
  beforeAll(async () => {
    for (const name of [SINUS, BUNDLE_BRANCH_BLOCK, PACED, FIBRILLATION]) {
      records.set(name, await loadFixture(name));
    }
  });
  const expectSeen = (name: keyof typeof SEEN, peaks: readonly number[]) => {
    const { missed, extra } = matchBeats(peaks, SEEN[name], TOLERANCE);
    expect({ missed, extra }, name).toEqual({ missed: [], extra: [] });
  };

  it.each([SINUS, BUNDLE_BRANCH_BLOCK, PACED] as const)('finds every QRS complex of %s', (name) => {
    expectSeen(name, peaksOf(records.get(name)!));
  });

  it('finds what cardiologists marked in atrial fibrillation with extrasystoles', () => {
    const marks = readMitAnnotations(`${fixturePath(FIBRILLATION)}.ii`);
    const [first, last] = [marks[0]!.sample, marks.at(-1)!.sample];
    const truth = marks.filter(isBeat).map(({ sample }) => sample);
    const peaks = peaksOf(records.get(FIBRILLATION)!).filter((s) => s >= first && s <= last);
    expect(truth).toHaveLength(15);
    expect(matchBeats(peaks, truth, 75)).toMatchObject({ missed: [], extra: [] });
  });

  it.each([100, 128, 250, 360, 1000, 2000])('finds the same at %d Hz', (samplingRateHz) => {
    for (const name of [SINUS, BUNDLE_BRANCH_BLOCK] as const) {
      const peaks = peaksOf(atRate(records.get(name)!, samplingRateHz));
      expectSeen(
        name,
        peaks.map((sample) => (sample * 500) / samplingRateHz),
      );
    }
  });

  it.each(['I', 'II', 'aVR', 'V1', 'V2', 'V4', 'V6'])('finds them in lead %s alone', (lead) => {
    expectSeen(SINUS, peaksOf(onlyLeads(records.get(SINUS)!, [lead])));
  });

  it('does not depend on polarity, unit, offset or the gain of single leads', () => {
    const sinus = records.get(SINUS)!;
    const plain = peaksOf(sinus);
    const flipped = makeRecord({ ...sinus, samples: sinus.samples.map((v) => -1000 * v + 7) });
    const uneven = changed(sinus, (lead) => {
      mapLead(lead('V2'), (value) => 20 * value);
      mapLead(lead('I'), (value) => -0.1 * value);
    });
    for (const [index, peak] of peaksOf(flipped).entries()) {
      expect(Math.abs(peak - plain[index]!)).toBeLessThanOrEqual(1);
    }
    for (const [index, peak] of peaksOf(uneven).entries()) {
      expect(Math.abs(peak - plain[index]!)).toBeLessThanOrEqual(4);
    }
  });

  it('puts the R peak on the dominant deflection', () => {
    const sinus = records.get(SINUS)!;
    const row = sinus.leads.indexOf('V5') * sinus.sampleCount;
    for (const peak of peaksOf(sinus)) {
      const around = sinus.samples.subarray(row + peak - 40, row + peak + 40);
      const top = around.indexOf(Math.max(...around)) - 40;
      expect(Math.abs(top)).toBeLessThanOrEqual(6); // 12 ms
    }
  });

  it('is not misled by leads of pure noise, flat leads, missing leads and electrode pops', () => {
    const normal = seededNormal(21);
    const spoilt = changed(records.get(SINUS)!, (lead) => {
      for (const name of ['I', 'III', 'aVL', 'V3']) mapLead(lead(name), normal);
      for (const name of ['V1', 'V6']) lead(name).fill(0);
      lead('aVR').fill(Number.NaN);
      lead('V5').fill(Number.NaN, 2000, 3000);
      mapLead(lead('V4'), (value, index) => (index > 800 && index < 803 ? 30 : value));
    });
    expectSeen(SINUS, peaksOf(spoilt));
  });

  it('stands noise as large as a quarter of the QRS complexes in every lead', () => {
    const normal = seededNormal(22);
    const noisy = changed(records.get(SINUS)!, (lead) => {
      for (const name of records.get(SINUS)!.leads) {
        mapLead(lead(name), (value) => value + 0.12 * normal());
      }
    });
    expectSeen(SINUS, peaksOf(noisy));
  });

  it('reads leads that are there for a part of the time only', () => {
    const sheet = changed(records.get(SINUS)!, (lead) => {
      const columns = [
        ['I', 'II', 'III'],
        ['aVR', 'aVL', 'aVF'],
        ['V1', 'V2', 'V3'],
        ['V4', 'V5', 'V6'],
      ];
      columns.forEach((names, column) => {
        for (const name of names) {
          lead(name).fill(Number.NaN, 0, column * 1250);
          lead(name).fill(Number.NaN, (column + 1) * 1250);
        }
      });
    });
    expectSeen(SINUS, peaksOf(sheet));
  });

  it('finds the beats of a long recording wherever they lie, across a change of amplitude', () => {
    const sinus = records.get(SINUS)!;
    const repeats = 30;
    const samples = new Float32Array(repeats * sinus.sampleCount);
    const lead = sinus.samples.subarray(sinus.sampleCount * 1, sinus.sampleCount * 2);
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const gain = repeat < 15 ? 1 : 0.2;
      samples.set(
        lead.map((value) => gain * value),
        repeat * sinus.sampleCount,
      );
    }
    const long = makeRecord({ leads: ['II'], samplingRateHz: 500, samples, format: 'csv' });
    const truth = Array.from({ length: repeats }, (_, repeat) =>
      SEEN[SINUS].map((sample) => sample + repeat * sinus.sampleCount),
    ).flat();
    const { missed, extra } = matchBeats(peaksOf(long), truth, TOLERANCE);
    expect({ missed, extra }).toEqual({ missed: [], extra: [] });
  });

  it('gives rising sample indices within the recording, and a heart rate', () => {
    const { rPeakSamples } = detectQrs(records.get(SINUS)!);
    expect([...rPeakSamples].every((s, i) => s > (rPeakSamples[i - 1] ?? -1) && s < 5000)).toBe(
      true,
    );
    expect(rhythmOf(rPeakSamples, 500).heartRateBpm).toBeCloseTo(63.9, 0);
  });

  it('finds nothing where there is nothing', () => {
    const lead = (samples: Float32Array) =>
      makeRecord({ leads: ['II'], samplingRateHz: 500, samples, format: 'csv' });
    expect(peaksOf(lead(new Float32Array(5000)))).toEqual([]);
    expect(peaksOf(lead(new Float32Array(5000).fill(1.5)))).toEqual([]);
    expect(peaksOf(lead(new Float32Array(5000).fill(Number.NaN)))).toEqual([]);
    expect(peaksOf(lead(Float32Array.of(1)))).toEqual([]);
    expect(peaksOf(lead(new Float32Array(150).fill(1)))).toEqual([]);
  });

  it('does not change the record', () => {
    const sinus = records.get(PACED)!;
    const before = sinus.samples.slice();
    detectQrs(sinus);
    expect(sinus.samples).toEqual(before);
  });
});
