/**
 * The quadratic-spline wavelet, algorithme à trous: a lead's smoothed slope at dyadic scales. Its zero crossings
 * are peaks of waves, its extrema their steepest flanks.
 *
 * Source: Mallat and Zhong 1992 (doi 10.1109/34.142909); for ECG delineation Martinez et al. 2004
 * (doi 10.1109/TBME.2003.821031).
 */

/** Value n of a scale belongs to the time n + 0.5 samples. */
export const WAVELET_SHIFT = 0.5;

/**
 * The transforms at the scales 2^1 ... 2^`scaleCount`, without delay; beyond both ends the signal is held.
 * @param source one lead without NaN
 * @returns one array a scale, the smallest first, as long as the source and in its unit
 */
export function waveletScales(source: Float32Array, scaleCount: number): Float32Array[] {
  const scales: Float32Array[] = [];
  let smooth = source;
  for (let scale = 0; scale < scaleCount; scale += 1) {
    const step = 2 ** scale;
    scales.push(slopes(smooth, step));
    if (scale + 1 < scaleCount) smooth = smoothed(smooth, step);
  }
  return scales;
}

/**
 * Differences over `step` samples. The smoothing before leads by (step - 1) / 2 samples in sum, so a difference
 * that starts step - 1 samples earlier is centred on n + 0.5.
 */
function slopes(smooth: Float32Array, step: number): Float32Array {
  const target = new Float32Array(smooth.length);
  const last = smooth.length - 1;
  for (let index = 0; index <= last; index += 1) {
    const from = Math.min(last, Math.max(0, index - step + 1));
    const to = Math.min(last, index + 1);
    target[index] = 2 * (smooth[to]! - smooth[from]!);
  }
  return target;
}

/** One step of the low-pass (1 3 3 1) / 8, its taps at -step, 0, step and 2 step: it leads by step / 2. */
function smoothed(source: Float32Array, step: number): Float32Array {
  const target = new Float32Array(source.length);
  const last = source.length - 1;
  for (let index = 0; index <= last; index += 1) {
    const a = source[Math.max(0, index - step)]!;
    const b = source[index]!;
    const c = source[Math.min(last, index + step)]!;
    const d = source[Math.min(last, index + 2 * step)]!;
    target[index] = (a + d + 3 * (b + c)) / 8;
  }
  return target;
}
