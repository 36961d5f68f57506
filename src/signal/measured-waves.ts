/** The waves of all beats as stretches of time, to be drawn or listed. */
import type { BeatWaves } from './delineation.js';

export interface WaveStretch {
  readonly wave: 'P' | 'QRS' | 'T';
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** In the order of the beats; waves without both ends are left out. */
export function waveStretches(beats: readonly BeatWaves[], samplingRateHz: number): WaveStretch[] {
  return beats.flatMap((beat) => [
    ...stretch('P', beat.pOnset, beat.pOffset, samplingRateHz),
    ...stretch('QRS', beat.qrsOnset, beat.qrsOffset, samplingRateHz),
    ...stretch('T', beat.tOnset, beat.tOffset, samplingRateHz),
  ]);
}

function stretch(
  wave: WaveStretch['wave'],
  onset: number | null,
  offset: number | null,
  samplingRateHz: number,
): WaveStretch[] {
  if (onset === null || offset === null) return [];
  return [{ wave, startSeconds: onset / samplingRateHz, endSeconds: offset / samplingRateHz }];
}
