/**
 * Which peaks of the activity curve are QRS complexes: the second half of the QRS detector (qrs.ts).
 *
 * Candidates are the maxima of the curve integrated over about a QRS width, a refractory time apart. A candidate
 * is a beat where it stands far enough above the local floor, on the way to the local QRS level (both medians over
 * blocks on both sides), and is not the T wave of the beat before (slope test). Long gaps are searched again with
 * a lower threshold. The thresholds were set on LUDB, whole and lead by lead, with and without added noise.
 */
import { BLOCK_SECONDS, type QrsActivity } from './qrs-activity.js';

const INTEGRATION_SECONDS = 0.1;
const REFRACTORY_SECONDS = 0.2;
/** Parts of the local level at which a candidate counts, at first and when a gap is searched again. */
const THRESHOLD = 0.35;
const SEARCH_BACK_THRESHOLD = 0.22;
/** A gap longer than this many typical RR intervals is searched again. */
const GAP_RR = 1.5;
/** So is any gap longer than this: frequent large ectopic beats can hide the smaller ones between. */
const LONG_GAP_SECONDS = 1.5;
/** A missed beat keeps this part of a typical RR interval, but not more than the seconds, to both sides. */
const GAP_EDGE_RR = 0.4;
const GAP_EDGE_SECONDS = 0.36;
/** RR intervals on each side that make the typical one. */
const RR_REACH = 4;
/** Up to this long after a beat a weaker, less steep candidate is its T wave. */
const T_WAVE_SECONDS = 0.4;
const T_WAVE_SLOPE = 0.4;
/** Blocks on each side whose peaks make the local level. */
const LEVEL_REACH_BLOCKS = 4;

interface Candidate {
  readonly index: number;
  readonly height: number;
  /** Largest slope of the curve within the candidate. */
  readonly slope: number;
}

/** Indices into the activity curve, rising: the middle of each QRS complex's energy. */
export function decideBeats(activity: QrsActivity): Int32Array {
  const { samplingRateHz } = activity;
  const integrated = integrate(
    activity.magnitude,
    Math.round(INTEGRATION_SECONDS * samplingRateHz),
  );
  const candidates = findCandidates(activity, integrated);
  const rules: Rules = {
    threshold: localThreshold(integrated, Math.round(BLOCK_SECONDS * samplingRateHz)),
    tWaveReach: T_WAVE_SECONDS * samplingRateHz,
    longGap: LONG_GAP_SECONDS * samplingRateHz,
    gapEdge: GAP_EDGE_SECONDS * samplingRateHz,
  };
  const beats = searchGaps(accept(candidates, rules), candidates, rules);
  return Int32Array.from(beats, ({ index }) => index);
}

/** Root of the mean square over `width` samples around each sample. */
function integrate(magnitude: Float32Array, width: number): Float32Array {
  const half = width >> 1;
  const target = new Float32Array(magnitude.length);
  const square = (index: number) => (magnitude[index] ?? 0) ** 2;
  let sum = 0;
  for (let index = 0; index < half; index += 1) sum += square(index);
  for (let index = 0; index < target.length; index += 1) {
    sum += square(index + half);
    target[index] = Math.sqrt(Math.max(0, sum) / (2 * half + 1));
    if (index >= half) sum -= square(index - half);
  }
  return target;
}

/** Maxima that are the highest within the refractory time on both sides. */
function findCandidates({ slope, samplingRateHz }: QrsActivity, curve: Float32Array): Candidate[] {
  const reach = Math.round(REFRACTORY_SECONDS * samplingRateHz);
  const half = Math.round((INTEGRATION_SECONDS / 2) * samplingRateHz);
  const candidates: Candidate[] = [];
  for (let index = 0; index < curve.length; index += 1) {
    const height = curve[index]!;
    const isPeak = height > (curve[index - 1] ?? -1) && height >= (curve[index + 1] ?? -1);
    if (!isPeak) continue;
    const last = candidates.at(-1);
    if (last && index - last.index < reach) {
      if (height <= last.height) continue;
      candidates.pop();
    }
    candidates.push({ index, height, slope: largest(slope, index - half, index + half) });
  }
  return candidates;
}

function largest(curve: Float32Array, from: number, to: number): number {
  let found = 0;
  const end = Math.min(curve.length - 1, to);
  for (let index = Math.max(0, from); index <= end; index += 1) {
    if (curve[index]! > found) found = curve[index]!;
  }
  return found;
}

/**
 * The height that a candidate needs at an index, for a part of the way from the floor to the QRS level there:
 * the level is the median peak, the floor the median sample of the blocks around.
 */
function localThreshold(curve: Float32Array, blockSampleCount: number): Threshold {
  const blockCount = Math.max(1, Math.floor(curve.length / blockSampleCount));
  const peaks = new Float32Array(blockCount);
  const floors = new Float32Array(blockCount);
  for (let block = 0; block < blockCount; block += 1) {
    const start = block * blockSampleCount;
    const end = block === blockCount - 1 ? curve.length : start + blockSampleCount;
    peaks[block] = largest(curve, start, end - 1);
    floors[block] = medianOfSome(curve, start, end);
  }
  const levels = runningMedian(peaks, LEVEL_REACH_BLOCKS);
  const localFloors = runningMedian(floors, LEVEL_REACH_BLOCKS);
  return (index, part) => {
    const block = Math.min(blockCount - 1, Math.floor(index / blockSampleCount));
    const floor = localFloors[block]!;
    return floor + part * (levels[block]! - floor);
  };
}

type Threshold = (index: number, part: number) => number;

/** The median of every eighth sample. */
function medianOfSome(curve: Float32Array, start: number, end: number): number {
  const some = new Float32Array(Math.ceil((end - start) / 8));
  for (let index = 0; index < some.length; index += 1) some[index] = curve[start + 8 * index]!;
  return some.sort()[some.length >> 1]!;
}

function runningMedian(values: Float32Array, reach: number): Float32Array {
  return values.map((_, index) => {
    const around = values.slice(Math.max(0, index - reach), index + reach + 1);
    return around.sort()[around.length >> 1]!;
  });
}

/** The rules of one recording, in its working samples. */
interface Rules {
  readonly threshold: Threshold;
  readonly tWaveReach: number;
  readonly longGap: number;
  readonly gapEdge: number;
}

function accept(candidates: readonly Candidate[], rules: Rules): Candidate[] {
  const beats: Candidate[] = [];
  for (const candidate of candidates) {
    if (candidate.height < rules.threshold(candidate.index, THRESHOLD)) continue;
    if (isTWave(candidate, beats.at(-1), rules)) continue;
    beats.push(candidate);
  }
  return beats;
}

function isTWave(candidate: Candidate, before: Candidate | undefined, rules: Rules): boolean {
  return (
    before !== undefined &&
    candidate.index - before.index < rules.tWaveReach &&
    candidate.slope < T_WAVE_SLOPE * before.slope
  );
}

/** Adds what was missed in each gap that is long: for the RR intervals around it, or by itself. */
function searchGaps(
  beats: readonly Candidate[],
  candidates: readonly Candidate[],
  rules: Rules,
): Candidate[] {
  const rr = beats.slice(1).map((beat, index) => beat.index - beats[index]!.index);
  const found: Candidate[] = beats.slice(0, 1);
  let next = 0;
  for (let interval = 0; interval < rr.length; interval += 1) {
    const around = rr.slice(Math.max(0, interval - RR_REACH), interval + RR_REACH + 1);
    const typical = around.sort((a, b) => a - b)[around.length >> 1]!;
    const isLong = rr[interval]! > Math.min(GAP_RR * typical, rules.longGap);
    const edge = Math.min(GAP_EDGE_RR * typical, rules.gapEdge);
    const to = beats[interval + 1]!;
    for (; next < candidates.length && candidates[next]!.index < to.index; next += 1) {
      const candidate = candidates[next]!;
      if (
        isLong &&
        candidate.index - found.at(-1)!.index >= edge &&
        to.index - candidate.index >= edge &&
        candidate.height >= rules.threshold(candidate.index, SEARCH_BACK_THRESHOLD) &&
        !isTWave(candidate, found.at(-1), rules)
      ) {
        found.push(candidate);
      }
    }
    found.push(to);
  }
  return found;
}
