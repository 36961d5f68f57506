/**
 * Mains hum: the amplitude at 50 and at 60 Hz that stands out of the neighbouring frequencies, by Goertzel's
 * algorithm over blocks of one second (whole periods of both). Harmonics and hum that drifts are not followed.
 */

const BLOCK_SECONDS = 1;
const MAINS_HZ = [50, 60] as const;
/** Neighbours on both sides: muscle noise has as much there as at the mains' own frequency. */
const NEIGHBOURS_HZ = [-4, -3, 3, 4];

export interface Hum {
  /** Median over the seconds, millivolts (peak); 0 where nothing stands out or the rate is too low. */
  readonly humMillivolts: number;
  readonly humHz: 50 | 60;
}

/** @param lead samples of one lead without NaN, millivolts */
export function humAmplitude(lead: Float32Array, samplingRateHz: number): Hum {
  const length = Math.max(1, Math.min(lead.length, Math.round(BLOCK_SECONDS * samplingRateHz)));
  const found: Record<50 | 60, number[]> = { 50: [], 60: [] };
  for (let start = 0; start + length <= lead.length; start += length) {
    const block = withoutTrend(lead.subarray(start, start + length));
    for (const hz of MAINS_HZ) {
      if (hz >= 0.45 * samplingRateHz) continue;
      const [own, ...around] = amplitudes(block, hz, samplingRateHz);
      found[hz].push(own - Math.max(...around));
    }
  }
  const [at50, at60] = [median(found[50]), median(found[60])];
  return at60 > at50
    ? { humMillivolts: Math.max(0, at60), humHz: 60 }
    : { humMillivolts: Math.max(0, at50), humHz: 50 };
}

/** Without the line from its first to its last sample, tapered (Hann): what is slow must not leak. */
function withoutTrend(block: Float32Array): Float64Array {
  const last = block.length - 1;
  const slope = (block[last]! - block[0]!) / Math.max(1, last);
  const taper = taperOf(block.length);
  const target = new Float64Array(block.length);
  for (let index = 0; index < target.length; index += 1)
    target[index] = taper[index]! * (block[index]! - block[0]! - slope * index);
  return target;
}

/** The taper last asked for: all blocks of a recording have one length. */
let taper = new Float64Array(0);

function taperOf(length: number): Float64Array {
  if (taper.length !== length) {
    const step = (2 * Math.PI) / Math.max(1, length - 1);
    taper = Float64Array.from({ length }, (_, index) => 1 - Math.cos(step * index));
  }
  return taper;
}

/**
 * Peak amplitudes at a frequency and its four neighbours (Goertzel 1958). The five sums run side by side: each
 * waits for its own last step, none for another's.
 */
function amplitudes(
  block: Float64Array,
  hz: number,
  samplingRateHz: number,
): [number, number, number, number, number] {
  const factor = (away: number) => 2 * Math.cos((2 * Math.PI * (hz + away)) / samplingRateHz);
  const [a, b, c, d] = NEIGHBOURS_HZ.map(factor) as [number, number, number, number];
  const own = factor(0);
  let [own1, own2, a1, a2, b1, b2, c1, c2, d1, d2] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let index = 0; index < block.length; index += 1) {
    const value = block[index]!;
    const ownNext = value + own * own1 - own2;
    const aNext = value + a * a1 - a2;
    const bNext = value + b * b1 - b2;
    const cNext = value + c * c1 - c2;
    const dNext = value + d * d1 - d2;
    [own2, a2, b2, c2, d2] = [own1, a1, b1, c1, d1];
    [own1, a1, b1, c1, d1] = [ownNext, aNext, bNext, cNext, dNext];
  }
  const size = (one: number, two: number, twiceCosine: number) =>
    (2 / block.length) * Math.sqrt(Math.max(0, one * one + two * two - twiceCosine * one * two));
  return [
    size(own1, own2, own),
    size(a1, a2, a),
    size(b1, b2, b),
    size(c1, c2, c),
    size(d1, d2, d),
  ];
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
