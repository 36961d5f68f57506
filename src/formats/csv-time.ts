/**
 * The sampling rate out of a time column. Times must rise; the unit is seconds or milliseconds, told
 * apart by the rate they give where the header doesn't say (20 Hz to 20 kHz fits only one of them).
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { shown } from './byte-source.js';

export interface TimeAxis {
  readonly samplingRateHz: number;
  /** False where a time lies more than half a sample from its place: a gap or an uneven clock. */
  readonly even: boolean;
}

const MIN_DECIMALS = 3;
const MAX_DECIMALS = 9;
const MAX_RATE_DECIMALS = 6;
/** What arithmetic on the times may cost, as a share of the rate. */
const EXACT = 1e-9;

/**
 * @param times in the file's unit
 * @param unitSeconds seconds in one of them, undefined where the header doesn't say
 * @throws `format.inconsistent` where a time is missing or doesn't rise
 */
export function readTimeAxis(
  times: Float64Array,
  unitSeconds: number | undefined,
  file: string,
): TimeAxis | undefined {
  if (times.length < 2) return undefined;
  const step = (times.at(-1)! - times[0]!) / (times.length - 1);
  let even = true;
  for (let row = 1; row < times.length; row++) {
    if (!(times[row]! > times[row - 1]!)) {
      throw new PqrError(
        'format.inconsistent',
        `${shown(file)}: the time in data row ${row + 1} is missing or not after the one before it.`,
      );
    }
    if (Math.abs(times[row]! - (times[0]! + row * step)) > step / 2) even = false;
  }
  const seconds = unitSeconds ?? guessUnit(1 / step);
  const durationSeconds = step * seconds * (times.length - 1);
  const uncertainty = printedStep(times, seconds) / durationSeconds;
  return { samplingRateHz: roundRate(1 / (step * seconds), Math.max(uncertainty, EXACT)), even };
}

function guessUnit(rateInSeconds: number): number {
  return rateInSeconds < DEFAULT_LIMITS.samplingRateMinHz ? 1e-3 : 1;
}

/** The step, in seconds, to which the times were rounded when they were printed: 1e-3 to 1e-9. */
function printedStep(times: Float64Array, unitSeconds: number): number {
  for (let decimals = MIN_DECIMALS; decimals < MAX_DECIMALS; decimals++) {
    const scale = unitSeconds * 10 ** decimals;
    const whole = (time: number) => Math.abs(time * scale - Math.round(time * scale)) < 1e-4;
    if (times.every(whole)) return 10 ** -decimals;
  }
  return 0;
}

/** The roundest rate that the times allow: 500.0000003 is 500, 249.89 stays. */
function roundRate(rateHz: number, uncertainty: number): number {
  for (let decimals = 0; decimals <= MAX_RATE_DECIMALS; decimals++) {
    const rounded = Number(rateHz.toFixed(decimals));
    if (Math.abs(rateHz - rounded) <= rateHz * uncertainty) return rounded;
  }
  return rateHz;
}
