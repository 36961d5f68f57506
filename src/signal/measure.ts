/**
 * The measurements of a recording: rate, intervals, QTc, axes, ST levels, amplitudes, voltages, ectopic beats and
 * the median beat, from its samples and the wave boundaries that a delineator found (delineation.ts).
 *
 * Definitions are the field's (Kligfield et al. 2007, doi 10.1016/j.jacc.2007.01.024); each is in its own file.
 * What is not there is null: no PR without P waves, no axis without two limb leads, no rate from one beat. Nothing
 * here names a diagnosis.
 */
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { type Axes, axesOf } from './axis.js';
import { beatShapes } from './beat-shapes.js';
import type { BeatWaves, Delineation } from './delineation.js';
import { type BeatOrigin, ectopicBeats } from './ectopic-beats.js';
import { unseenSpans } from './gaps.js';
import { type Intervals, intervalsOf } from './intervals.js';
import { type LeadRows, leadRows } from './lead-rows.js';
import { type MedianBeat, medianBeat } from './median-beat.js';
import { type CorrectedQt, correctedQt } from './qtc.js';
import { type RecordQuality, recordQuality } from './record-quality.js';
import { rhythmOf } from './rhythm.js';
import { type Voltages, voltagesOf } from './voltages.js';
import { amplitudesOf, type LeadAmplitudes, type StLevel, stLevelsOf } from './wave-amplitudes.js';

export interface EctopicBeat {
  /** Place in `beats`. */
  readonly beatIndex: number;
  readonly seconds: number;
  readonly origin: BeatOrigin;
}

export interface Measurements extends Intervals {
  /** What found the boundaries. */
  readonly method: Delineation['method'];
  readonly samplingRateHz: number;
  /** Over all beats of the recording, ectopic ones too. */
  readonly heartRateBpm: number | null;
  readonly rrMilliseconds: { readonly mean: number; readonly sd: number } | null;
  readonly qtcMilliseconds: CorrectedQt | null;
  readonly axisDegrees: Axes;
  /** In samples of the recording. */
  readonly beats: readonly BeatWaves[];
  readonly ectopicBeats: readonly EctopicBeat[];
  readonly stLevels: readonly StLevel[];
  readonly amplitudes: readonly LeadAmplitudes[];
  readonly voltages: Voltages;
  /** Null where there is no beat. */
  readonly medianBeat: MedianBeat | null;
  readonly quality: RecordQuality;
  /** The record's own remarks and those on what could not be measured. */
  readonly warnings: readonly EcgWarning[];
}

/** A dominant-shaped beat is this much like the others. */
const NORMAL_LIKENESS = 0.8;

/** Measures a recording in time linear in its length. */
export function measure(record: EcgRecord, delineation: Delineation): Measurements {
  const { beats, method } = delineation;
  const { samplingRateHz } = record;
  const sorted = sortBeats(leadRows(record), beats);
  const intervals = intervalsOf(
    sorted.normal.map((beat) => beats[beat]!),
    samplingRateHz,
  );
  const peaks = Int32Array.from(beats, ({ rPeak }) => Math.round(rPeak));
  const { heartRateBpm, rrMilliseconds } = rhythmOf(peaks, samplingRateHz, unseenSpans(record));
  const { median } = sorted;
  const amplitudes = median ? amplitudesOf(median) : [];
  return {
    ...{ method, samplingRateHz, heartRateBpm, rrMilliseconds, ...intervals },
    qtcMilliseconds: correctedQt(intervals.qtMilliseconds, rrMilliseconds?.mean ?? null),
    axisDegrees: median ? axesOf(median) : { p: null, qrs: null, t: null },
    beats,
    ectopicBeats: sorted.origins.flatMap((origin, beatIndex) => {
      const seconds = beats[beatIndex]!.rPeak / samplingRateHz;
      return origin === null ? [] : [{ beatIndex, seconds, origin }];
    }),
    stLevels: median ? stLevelsOf(median) : [],
    amplitudes,
    voltages: voltagesOf(amplitudes),
    medianBeat: median,
    quality: recordQuality(record),
    warnings: [...record.warnings, ...measureWarnings(beats, intervals)],
  };
}

interface SortedBeats {
  readonly origins: readonly (BeatOrigin | null)[];
  /** Places of the beats that intervals and the median beat are taken from. */
  readonly normal: readonly number[];
  readonly median: MedianBeat | null;
}

/** Which beats are the recording's own; where all are odd, every one counts. */
function sortBeats(leads: LeadRows, beats: readonly BeatWaves[]): SortedBeats {
  if (beats.length === 0 || leads.rows.length === 0)
    return { origins: beats.map(() => null), normal: beats.map((_, beat) => beat), median: null };
  const shapes = beatShapes(leads, beats);
  const origins = ectopicBeats(beats, shapes, leads);
  const all = beats.map((_, beat) => beat);
  const own = all.filter(
    (beat) => origins[beat] === null && shapes.likeness[beat]! >= NORMAL_LIKENESS,
  );
  const normal = own.length > 0 ? own : all;
  return { origins, normal, median: medianBeat(leads, beats, normal, shapes) };
}

function measureWarnings(beats: readonly BeatWaves[], intervals: Intervals): EcgWarning[] {
  const found = beats.length;
  if (found < 2) {
    const what = found === 0 ? 'No heartbeat was' : 'Only one heartbeat was';
    return [
      {
        code: 'measure.few-beats',
        message: `${what} found, so there is no heart rate and no QTc.`,
      },
    ];
  }
  if (intervals.prMilliseconds !== null) return [];
  return [
    {
      code: 'measure.no-p',
      message: 'No P wave was found before most beats, so there is no PR interval and no P axis.',
    },
  ];
}
