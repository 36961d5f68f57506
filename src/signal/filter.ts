/**
 * Zero-phase filtering by second-order sections: forwards, then backwards.
 *
 * Equal to SciPy's `sosfiltfilt` with its defaults: odd extension at both ends, three times the filter's
 * length of it, and each pass started in the steady state of its first sample. Where the signal is too short
 * for that extension SciPy refuses; here the extension shrinks to what there is (all samples but one).
 */
export {
  type BandpassOptions,
  butterworthBandpass,
  butterworthHighpass,
  butterworthLowpass,
  type EdgeOptions,
} from './butterworth.js';

const COEFFICIENTS = 6;

/**
 * Filters one lead without delay.
 * @param sos sections `[n x 6]`, each b0 b1 b2 a0 a1 a2 with a0 = 1
 * @param source samples of one lead, any unit, without NaN (gaps.ts fills them)
 * @returns as many samples in the same unit
 */
export function filterZeroPhase(sos: Float64Array, source: Float32Array): Float32Array {
  if (source.length === 0) return new Float32Array(0);
  const edge = Math.min(edgeSampleCount(sos), source.length - 1);
  const extended = extendOdd(source, edge);
  filterInPlace(sos, extended);
  extended.reverse();
  filterInPlace(sos, extended);
  extended.reverse();
  return new Float32Array(extended.subarray(edge, edge + source.length));
}

/** SciPy's default padding: 3 x (2 x sections + 1), less one tap a section that is of first order. */
function edgeSampleCount(sos: Float64Array): number {
  const sectionCount = sos.length / COEFFICIENTS;
  let zeroB2 = 0;
  let zeroA2 = 0;
  for (let section = 0; section < sectionCount; section += 1) {
    if (sos[section * COEFFICIENTS + 2] === 0) zeroB2 += 1;
    if (sos[section * COEFFICIENTS + 5] === 0) zeroA2 += 1;
  }
  return 3 * (2 * sectionCount + 1 - Math.min(zeroB2, zeroA2));
}

/** The source between two point reflections of itself: 2 x end - mirrored. */
function extendOdd(source: Float32Array, edge: number): Float64Array {
  const last = source.length - 1;
  const extended = new Float64Array(source.length + 2 * edge);
  extended.set(source, edge);
  for (let away = 1; away <= edge; away += 1) {
    extended[edge - away] = 2 * source[0]! - source[away]!;
    extended[edge + last + away] = 2 * source[last]! - source[last - away]!;
  }
  return extended;
}

/**
 * Runs all sections over the signal, in place (direct form II transposed), each started in the steady state
 * that a constant signal of the first sample's value would have reached (SciPy's `sosfilt_zi`).
 */
function filterInPlace(sos: Float64Array, signal: Float64Array): void {
  let level = signal[0]!;
  for (let offset = 0; offset < sos.length; offset += COEFFICIENTS) {
    const b0 = sos[offset]!;
    const b1 = sos[offset + 1]!;
    const b2 = sos[offset + 2]!;
    const a1 = sos[offset + 4]!;
    const a2 = sos[offset + 5]!;
    const gain = (b0 + b1 + b2) / (1 + a1 + a2);
    let state1 = level * (b2 - a2 * gain);
    let state0 = level * (b1 - a1 * gain) + state1;
    for (let index = 0; index < signal.length; index += 1) {
      const input = signal[index]!;
      const output = b0 * input + state0;
      state0 = b1 * input - a1 * output + state1;
      state1 = b2 * input - a2 * output;
      signal[index] = output;
    }
    level *= gain;
  }
}
