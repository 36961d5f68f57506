/**
 * The ratio of two sampling rates as a fraction of two small whole numbers, for polyphase resampling.
 *
 * Rates need not be whole (62.4725 Hz occurs), so the ratio is the best fraction whose terms stay within a
 * bound: continued fractions with the last semiconvergent, as Python's `Fraction.limit_denominator`.
 */
import { assert } from '../ecg/errors.js';

/**
 * The largest term of a ratio. The nearest fraction is then off by less than 1 in 16 million: 0.2 ms in an
 * hour; and a filter has at most 20 x 4096 + 1 taps.
 */
export const RATIO_TERM_MAX = 4096;

export interface RateRatio {
  readonly up: number;
  readonly down: number;
}

/**
 * `toHz / fromHz` as `up / down` in lowest terms, exact where both terms fit in `termMax`.
 * A ratio beyond `termMax` to 1 becomes `termMax / 1` (or `1 / termMax`).
 */
export function rateRatio(fromHz: number, toHz: number, termMax = RATIO_TERM_MAX): RateRatio {
  assert(fromHz > 0 && Number.isFinite(fromHz), `rateRatio got fromHz ${fromHz}, above 0 expected`);
  assert(toHz > 0 && Number.isFinite(toHz), `rateRatio got toHz ${toHz}, above 0 expected`);
  if (toHz <= fromHz) {
    const { numerator, denominator } = nearestFraction(toHz / fromHz, termMax);
    return numerator === 0 ? { up: 1, down: termMax } : { up: numerator, down: denominator };
  }
  const { numerator, denominator } = nearestFraction(fromHz / toHz, termMax);
  return numerator === 0 ? { up: termMax, down: 1 } : { up: denominator, down: numerator };
}

/** Relative closeness at which a convergent counts as the ratio itself (rates are decimal numbers). */
const EXACT = 1e-12;

/** The fraction nearest to `value` in 0..1 whose denominator is at most `denominatorMax`. */
function nearestFraction(
  value: number,
  denominatorMax: number,
): { numerator: number; denominator: number } {
  let [previousNumerator, previousDenominator, numerator, denominator] = [0, 1, 1, 0];
  let rest = value;
  for (;;) {
    const whole = Math.floor(rest);
    const nextDenominator = previousDenominator + whole * denominator;
    if (nextDenominator > denominatorMax) break;
    [previousNumerator, numerator] = [numerator, previousNumerator + whole * numerator];
    [previousDenominator, denominator] = [denominator, nextDenominator];
    if (Math.abs(numerator / denominator - value) <= EXACT * value) {
      return { numerator, denominator };
    }
    rest = 1 / (rest - whole);
  }
  const steps = Math.floor((denominatorMax - previousDenominator) / denominator);
  const between = {
    numerator: previousNumerator + steps * numerator,
    denominator: previousDenominator + steps * denominator,
  };
  const betweenError = Math.abs(between.numerator / between.denominator - value);
  const lastError = Math.abs(numerator / denominator - value);
  return betweenError < lastError ? between : { numerator, denominator };
}
