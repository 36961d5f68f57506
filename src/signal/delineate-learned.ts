/**
 * Wave boundaries from a learned segmenter (segmenter.ts): each lead's probabilities by themselves, their mean
 * over the leads for the recording, one decision a beat (decode-waves.ts). Beats are those of the QRS detector.
 * A P wave that no complex follows, and U waves, are not among them.
 */
import type { EcgRecord } from '../ecg/record.js';
import { type AllWaves, assembleDelineation, type Wave } from './assemble-delineation.js';
import { type BeatSpans, type ClassCurves, decodeWaves, type Span } from './decode-waves.js';
import type { Delineation } from './delineation.js';
import { SEGMENT_CLASSES, type SegmentOptions, type WaveSegmenter } from './segmenter.js';
import { type WorkingLead, workingBeats } from './working-leads.js';

/**
 * The probability from which on something is a P wave, chosen on PTB-XL fold 9. Of the mean over many leads, as
 * some do not show the wave: the lowest that called nothing in atrial fibrillation so. Of few leads: the lowest
 * that called less than 1 % of its beats so (lead II alone). Within a lead, where the recording has the wave.
 */
const P_LEVEL = { manyLeads: 0.3, fewLeads: 0.5, withinLead: 0.5 };
const MANY_LEADS = 4;

/** @throws what the segmenter throws */
export async function delineateLearned(
  record: EcgRecord,
  segmenter: WaveSegmenter,
  options: SegmentOptions = {},
): Promise<Delineation> {
  const { samplingRateHz: rateHz } = segmenter;
  const { rPeakSamples, rPeaks, leads } = workingBeats(record, {
    samplingRateHz: rateHz,
    bridgePacing: false,
  });
  const probabilities =
    leads.length === 0
      ? new Float32Array(0)
      : await segmenter.segment(
          leads.map(({ samples }) => samples),
          options,
        );
  const waves = wavesFrom(probabilities, leads, rPeaks, rateHz);
  return assembleDelineation('learned', record, rPeakSamples, waves);
}

/**
 * The waves of all leads together and of each.
 * @param probabilities `[leads x 4 x samples]` as a segmenter gives them
 */
function wavesFrom(
  probabilities: Float32Array,
  leads: readonly WorkingLead[],
  rPeaks: readonly number[],
  rateHz: number,
): AllWaves {
  const sampleCount = leads[0]?.samples.length ?? 0;
  const curvesOf = (classes: Float32Array): ClassCurves => {
    const [p, qrs, t] = [1, 2, 3].map((index) =>
      classes.subarray(index * sampleCount, (index + 1) * sampleCount),
    );
    return { p: p!, qrs: qrs!, t: t! };
  };
  const size = SEGMENT_CLASSES.length * sampleCount;
  const perLead = leads.map((_, row) => probabilities.subarray(row * size, (row + 1) * size));
  const decode = (classes: Float32Array, pLevel: number) =>
    decodeWaves(curvesOf(classes), rPeaks, { rateHz, pLevel });
  const pLevel = leads.length < MANY_LEADS ? P_LEVEL.fewLeads : P_LEVEL.manyLeads;
  const merged = decode(meanOf(perLead, size), pLevel);
  const byLead = perLead.map((classes) => decode(classes, P_LEVEL.withinLead));
  const found = (kind: keyof BeatSpans) => ({
    merged: merged.map((beat, at) => toWave(kind, beat[kind], rPeaks[at]!, leads)),
    byLead: byLead.map((beats, row) =>
      beats.map((beat, at) => {
        const isSame = overlaps(beat[kind], merged[at]![kind]);
        return isSame ? toWave(kind, beat[kind], rPeaks[at]!, [leads[row]!]) : null;
      }),
    ),
  });
  return {
    leads: leads.map(({ lead }) => lead),
    rateHz,
    p: found('p'),
    qrs: found('qrs'),
    t: found('t'),
  };
}

function meanOf(rows: readonly Float32Array[], size: number): Float32Array {
  const mean = new Float32Array(size);
  for (const row of rows) {
    for (let index = 0; index < size; index += 1) mean[index]! += row[index]! / rows.length;
  }
  return mean;
}

function overlaps(one: Span | null, other: Span | null): boolean {
  return one !== null && other !== null && one.onset <= other.offset && other.onset <= one.offset;
}

function toWave(
  kind: keyof BeatSpans,
  span: Span | null,
  rPeak: number,
  leads: readonly WorkingLead[],
): Wave | null {
  if (!span) return null;
  return { ...span, peak: kind === 'qrs' ? rPeak : peakWithin(span, leads) };
}

/** Where the leads together are furthest from the straight lines between the wave's ends. */
function peakWithin({ onset, offset }: Span, leads: readonly WorkingLead[]): number {
  const first = Math.ceil(onset);
  const last = Math.floor(offset);
  let peak = (onset + offset) / 2;
  let highest = 0;
  for (let index = first; index <= last; index += 1) {
    const part = last > first ? (index - first) / (last - first) : 0;
    let height = 0;
    for (const { samples } of leads) {
      const line = samples[first]! + part * (samples[last]! - samples[first]!);
      height += Math.abs(samples[index]! - line);
    }
    if (height > highest) [peak, highest] = [index, height];
  }
  return peak;
}
