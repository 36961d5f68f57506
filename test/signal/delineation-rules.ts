/** What every delineation keeps to, whatever made it. */
import { expect } from 'vitest';
import type { EcgRecord } from '../../src/ecg/record.js';
import type { BeatWaves, Delineation } from '../../src/signal/delineation.js';

const ORDER = [
  'pOnset',
  'pPeak',
  'pOffset',
  'qrsOnset',
  'rPeak',
  'qrsOffset',
  'tOnset',
  'tPeak',
  'tOffset',
] as const satisfies readonly (keyof BeatWaves)[];

export type Point = (typeof ORDER)[number];

/** Points lie in the recording and in their order, waves are there with all three points, leads fit the beats. */
export function expectSound({ beats, leads }: Delineation, record: EcgRecord): void {
  for (const beat of beats) {
    const found = ORDER.map((point) => beat[point]).filter((sample) => sample !== null);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found[0]).toBeGreaterThanOrEqual(0);
    expect(found.at(-1)).toBeLessThanOrEqual(record.sampleCount - 1);
    for (const wave of [
      ['pOnset', 'pPeak', 'pOffset'],
      ['tOnset', 'tPeak', 'tOffset'],
    ] as const) {
      expect(new Set(wave.map((point) => beat[point] === null)).size).toBe(1);
    }
    expect(beat.qrsOnset === null).toBe(beat.qrsOffset === null);
  }
  for (const lead of leads) {
    expect(record.leads).toContain(lead.lead);
    expect(lead.beats.map(({ rPeak }) => rPeak)).toEqual(beats.map(({ rPeak }) => rPeak));
  }
}

/** The share of beats that have a point. */
export function shareWith({ beats }: Delineation, point: Point): number {
  return beats.filter((beat) => beat[point] !== null).length / beats.length;
}

export function medianMilliseconds({ beats, samplingRateHz }: Delineation, from: Point, to: Point) {
  const spans = beats.flatMap((beat) => {
    const [first, last] = [beat[from], beat[to]];
    return first === null || last === null ? [] : [((last - first) * 1000) / samplingRateHz];
  });
  return spans.sort((a, b) => a - b)[spans.length >> 1] ?? Number.NaN;
}
