/**
 * One curve for all leads that is high where a QRS complex is: the first half of the QRS detector (qrs.ts).
 *
 * Each lead is brought to about 250 Hz by averaging, band-passed to where QRS energy lies, and scaled by its
 * own typical QRS, so that polarity, gain and unit do not matter. Leads are then summed as squares, each
 * weighted block by block by how much quieter it is between its peaks than in them: a noisy or disturbed lead
 * loses its say while it is disturbed.
 */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { butterworthBandpass, filterZeroPhase } from './filter.js';
import { fillGaps, isMissing } from './gaps.js';
import { bridgeSpikes } from './pacing.js';

const WORKING_HZ = 250;
const BAND_LOW_HZ = 7;
const BAND_HIGH_HZ = 22;
const BAND_ORDER = 2;
/** Blocks in which a lead's peak and its mean are taken; long enough for a beat at 30 a minute. */
export const BLOCK_SECONDS = 2;
/** Mean over typical peak of a clean lead in a block; noise has 0.3. At or below it no lead is better. */
const CLEAN_RATIO = 0.08;
/** Below it the lead is silent in that block: lead off, or filled up. */
const QUIET_RATIO = 0.01;
/** A block whose peak is below this part of the lead's largest tells nothing about its typical peak. */
const EMPTY_BLOCK_RATIO = 0.002;
/** How fast a lead loses weight as its ratio rises above the best lead's. */
const WEIGHT_POWER = 4;
/** Bound of a scaled sample: a spike in one lead may not outvote the others. */
const SCALED_MAX = 3;
/** A lead whose typical peak is below this part of the largest lead's is flat. */
const FLAT_RATIO = 0.002;

/** The combined leads at the working rate. */
export interface QrsActivity {
  readonly samplingRateHz: number;
  /** Samples of the recording in one sample here. */
  readonly decimation: number;
  /** Weighted root mean square over leads of what was band-passed; a typical QRS peaks near 1. */
  readonly magnitude: Float32Array;
  /** The same of the slope a sample. */
  readonly slope: Float32Array;
}

interface BandedLead {
  readonly banded: Float32Array;
  readonly blockMeans: Float32Array;
  /** Median of the blocks' peaks. */
  readonly scale: number;
}

/** The combined curve, or undefined where no lead has a signal. */
export function qrsActivity(record: EcgRecord): QrsActivity | undefined {
  const decimation = Math.max(1, Math.round(record.samplingRateHz / WORKING_HZ));
  const samplingRateHz = record.samplingRateHz / decimation;
  const sos = butterworthBandpass({
    order: BAND_ORDER,
    lowHz: BAND_LOW_HZ,
    highHz: Math.min(BAND_HIGH_HZ, 0.45 * samplingRateHz),
    samplingRateHz,
  });
  const blockSampleCount = Math.round(BLOCK_SECONDS * samplingRateHz);
  const leads: BandedLead[] = [];
  for (let index = 0; index < record.leads.length; index += 1) {
    const samples = leadSamples(record, index);
    if (isMissing(samples)) continue;
    const whole = bridgeSpikes(fillGaps(samples), record.samplingRateHz);
    leads.push(measureLead(filterZeroPhase(sos, decimate(whole, decimation)), blockSampleCount));
  }
  const largest = Math.max(0, ...leads.map(({ scale }) => scale));
  const alive = leads.filter(({ scale }) => scale > 0 && scale >= FLAT_RATIO * largest);
  if (alive.length === 0) return undefined;
  return { samplingRateHz, decimation, ...combine(alive, blockSampleCount) };
}

/** Means of `factor` samples each, the last of what is left. */
function decimate(source: Float32Array, factor: number): Float32Array {
  if (factor === 1) return source;
  const target = new Float32Array(Math.ceil(source.length / factor));
  for (let index = 0; index < target.length; index += 1) {
    const end = Math.min(source.length, (index + 1) * factor);
    let sum = 0;
    for (let at = index * factor; at < end; at += 1) sum += source[at]!;
    target[index] = sum / (end - index * factor);
  }
  return target;
}

function measureLead(banded: Float32Array, blockSampleCount: number): BandedLead {
  const blockCount = Math.max(1, Math.floor(banded.length / blockSampleCount));
  const blockMeans = new Float32Array(blockCount);
  const blockPeaks = new Float32Array(blockCount);
  for (let block = 0; block < blockCount; block += 1) {
    const start = block * blockSampleCount;
    const end = block === blockCount - 1 ? banded.length : start + blockSampleCount;
    let peak = 0;
    let sum = 0;
    for (let index = start; index < end; index += 1) {
      const size = Math.abs(banded[index]!);
      sum += size;
      if (size > peak) peak = size;
    }
    blockMeans[block] = sum / (end - start);
    blockPeaks[block] = peak;
  }
  return { banded, blockMeans, scale: typicalPeak(blockPeaks) };
}

/** The median peak of the blocks that hold a signal: a lead may be there for a part of the time only. */
function typicalPeak(blockPeaks: Float32Array): number {
  const sorted = blockPeaks.sort();
  const quiet = EMPTY_BLOCK_RATIO * sorted.at(-1)!;
  const held = sorted.subarray(sorted.findIndex((peak) => peak >= quiet));
  return held[held.length >> 1]!;
}

function combine(
  leads: readonly BandedLead[],
  blockSampleCount: number,
): { magnitude: Float32Array; slope: Float32Array } {
  const sampleCount = leads[0]!.banded.length;
  const blockCount = leads[0]!.blockMeans.length;
  const magnitude = new Float32Array(sampleCount);
  const slope = new Float32Array(sampleCount);
  const weights = new Float64Array(leads.length);
  for (let block = 0; block < blockCount; block += 1) {
    weighLeads(leads, block, weights);
    const start = block * blockSampleCount;
    const end = block === blockCount - 1 ? sampleCount : start + blockSampleCount;
    leads.forEach(({ banded, scale }, lead) => {
      const weight = weights[lead]!;
      const bound = SCALED_MAX * scale;
      let last = banded[Math.max(0, start - 1)]!;
      for (let index = start; index < end; index += 1) {
        const value = Math.min(bound, Math.max(-bound, banded[index]!));
        magnitude[index]! += weight * value * value;
        slope[index]! += weight * (value - last) * (value - last);
        last = value;
      }
    });
  }
  for (let index = 0; index < sampleCount; index += 1) {
    magnitude[index] = Math.sqrt(magnitude[index]!);
    slope[index] = Math.sqrt(slope[index]!);
  }
  return { magnitude, slope };
}

/**
 * Sets each lead's factor for its squares in this block. Scaled leads share a total weight of 1, or of 0
 * where all are silent.
 */
function weighLeads(leads: readonly BandedLead[], block: number, weights: Float64Array): void {
  let best = Number.POSITIVE_INFINITY;
  leads.forEach(({ blockMeans, scale }, index) => {
    const ratio = blockMeans[block]! / scale;
    weights[index] = ratio < QUIET_RATIO ? Number.POSITIVE_INFINITY : Math.max(CLEAN_RATIO, ratio);
    best = Math.min(best, weights[index]!);
  });
  if (best === Number.POSITIVE_INFINITY) {
    weights.fill(0);
    return;
  }
  let total = 0;
  leads.forEach((_, index) => {
    weights[index] = (best / weights[index]!) ** WEIGHT_POWER;
    total += weights[index]!;
  });
  leads.forEach(({ scale }, index) => {
    weights[index]! /= total * scale * scale;
  });
}
