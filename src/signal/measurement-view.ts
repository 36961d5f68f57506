/** Measurements as the command line, the service and the page give them: rounded, times in seconds. */
import type { EcgWarning } from '../ecg/record.js';
import type { BeatWaves } from './delineation.js';
import type { Measurements } from './measure.js';
import type { MedianBeat } from './median-beat.js';

const MILLIVOLT_DECIMALS = 3;
const SECOND_DECIMALS = 4;

/** One JSON object; the keys up to `quality` are stable (DESIGN, command line). */
export function measurementView(measured: Measurements) {
  const { samplingRateHz, rrMilliseconds, qtcMilliseconds, axisDegrees, voltages } = measured;
  const seconds = (sample: number | null) =>
    sample === null ? null : round(sample / samplingRateHz, SECOND_DECIMALS);
  return {
    heartRateBpm: round(measured.heartRateBpm, 1),
    rrMilliseconds: rrMilliseconds && rounded(rrMilliseconds, 1),
    prMilliseconds: round(measured.prMilliseconds, 1),
    qrsMilliseconds: round(measured.qrsMilliseconds, 1),
    qtMilliseconds: round(measured.qtMilliseconds, 1),
    qtcMilliseconds: rounded(qtcMilliseconds ?? NO_QTC, 1),
    axisDegrees: rounded(axisDegrees, 0),
    rPeaksSeconds: measured.beats.map(({ rPeak }) => seconds(rPeak)!),
    beats: measured.beats.map((beat) => beatView(beat, seconds)),
    quality: { ...measured.quality, score: round(measured.quality.score, 3)! },
    method: measured.method,
    pMilliseconds: round(measured.pDurationMilliseconds, 1),
    ectopicBeats: measured.ectopicBeats.map(({ beatIndex, seconds: at, origin }) => ({
      ...{ beatIndex, seconds: round(at, SECOND_DECIMALS)!, origin },
    })),
    stLevels: measured.stLevels.map(({ lead, ...levels }) => ({
      ...{ lead, ...rounded(levels, MILLIVOLT_DECIMALS) },
    })),
    amplitudes: measured.amplitudes.map(({ lead, ...heights }) => ({
      ...{ lead, ...rounded(heights, MILLIVOLT_DECIMALS) },
    })),
    voltages: rounded(voltages, MILLIVOLT_DECIMALS),
    medianBeat: measured.medianBeat && medianBeatView(measured.medianBeat),
    warnings: measured.warnings as readonly EcgWarning[],
  };
}

export type MeasurementView = ReturnType<typeof measurementView>;

const NO_QTC = { bazett: null, fridericia: null, framingham: null, hodges: null };

function beatView(beat: BeatWaves, seconds: (sample: number | null) => number | null) {
  return {
    pOnset: seconds(beat.pOnset),
    pPeak: seconds(beat.pPeak),
    pOffset: seconds(beat.pOffset),
    qrsOnset: seconds(beat.qrsOnset),
    rPeak: seconds(beat.rPeak)!,
    qrsOffset: seconds(beat.qrsOffset),
    tOnset: seconds(beat.tOnset),
    tPeak: seconds(beat.tPeak),
    tOffset: seconds(beat.tOffset),
  };
}

/** Times from the start of the median beat; one array of millivolts a lead. */
function medianBeatView({ leads, samplingRateHz, sampleCount, samples, ...beat }: MedianBeat) {
  const { rPeak, ...waves } = beatView({ ...beat.waves, rPeak: beat.rSample }, (sample) =>
    sample === null ? null : round(sample / samplingRateHz, SECOND_DECIMALS),
  );
  return {
    samplingRateHz,
    beatCount: beat.beatCount,
    waves: { ...waves, rPeak },
    leads: leads.map((lead, index) => ({
      lead,
      millivolts: Array.from(
        samples.subarray(index * sampleCount, (index + 1) * sampleCount),
        (value) => (Number.isFinite(value) ? round(value, MILLIVOLT_DECIMALS) : null),
      ),
    })),
  };
}

function round<T extends number | null>(value: T, decimals: number): T {
  if (value === null) return value;
  const scale = 10 ** decimals;
  // Plus zero: no minus sign before a nought.
  return (Math.round((value as number) * scale) / scale + 0) as T;
}

function rounded<T extends object>(values: T, decimals: number): T {
  const entries = Object.entries(values).map(([name, value]) => [name, round(value, decimals)]);
  return Object.fromEntries(entries) as T;
}
