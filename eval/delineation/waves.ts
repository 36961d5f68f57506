/** Waves as the scores see them: marked in LUDB, or found by a delineator. Positions in samples at 500 Hz. */
import type { BeatWaves, Delineation } from '../../src/signal/delineation.js';

export const KINDS = ['p', 'qrs', 't'] as const;
export type Kind = (typeof KINDS)[number];

export const POINTS = ['onset', 'peak', 'offset'] as const;
export type Point = (typeof POINTS)[number];

export type Wave = Readonly<Record<Point, number | null>>;
export type Waves = Readonly<Record<Kind, readonly Wave[]>>;

const ONE_WAVE_SAMPLES = 60;

const FIELDS = {
  p: ['pOnset', 'pPeak', 'pOffset'],
  qrs: ['qrsOnset', 'rPeak', 'qrsOffset'],
  t: ['tOnset', 'tPeak', 'tOffset'],
} as const satisfies Record<Kind, readonly (keyof BeatWaves)[]>;

/** The waves over all leads, or of one. */
export function wavesOf({ beats, samplingRateHz }: Delineation, ofLead = beats): Waves {
  const at = (sample: number | null) => (sample === null ? null : (sample * 500) / samplingRateHz);
  const pick = (kind: Kind) =>
    ofLead
      .map((beat) => {
        const [onset, peak, offset] = FIELDS[kind].map((field) => at(beat[field]));
        return { onset: onset!, peak: peak!, offset: offset! };
      })
      .filter(({ peak }) => peak !== null);
  return { p: pick('p'), qrs: pick('qrs'), t: pick('t') };
}

/**
 * One list from those of several leads: waves with peaks within 120 ms are one, and its points are the medians.
 * @param fewest leads that must have it
 */
export function medianWaves(leads: readonly Waves[], fewest: number): Waves {
  const merge = (kind: Kind) =>
    groups(leads.flatMap((lead) => lead[kind])).flatMap((group) => {
      if (group.length < fewest) return [];
      const middle = (point: Point) => median(group.map((wave) => wave[point]));
      return [{ onset: middle('onset'), peak: middle('peak'), offset: middle('offset') }];
    });
  return { p: merge('p'), qrs: merge('qrs'), t: merge('t') };
}

function groups(waves: readonly Wave[]): Wave[][] {
  const placed = waves.filter(({ peak }) => peak !== null).sort((a, b) => a.peak! - b.peak!);
  const found: Wave[][] = [];
  for (const wave of placed) {
    const last = found.at(-1);
    if (last && wave.peak! - last[0]!.peak! <= ONE_WAVE_SAMPLES) last.push(wave);
    else found.push([wave]);
  }
  return found;
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
