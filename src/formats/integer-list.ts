/** Whole numbers in text, separated by white space or commas: the digits of aECG, FHIR and Philips. */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

export interface IntegerListOptions {
  readonly what: string;
  readonly file: string;
  readonly maxCount: number;
}

const MAX_DIGITS = 9;

/** @throws `format.header` (something else than whole numbers), `limit.exceeded` */
export function parseIntegers(text: string, options: IntegerListOptions): Int32Array {
  const { what, file, maxCount } = options;
  // Two characters a number at least: this bounds the array before it is made.
  const values = new Int32Array(Math.min(Math.ceil((text.length + 1) / 2), maxCount + 1));
  let count = 0;
  for (const [word] of text.matchAll(/[^\s,]+/g)) {
    const value = /^[+-]?\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
    if (Number.isNaN(value)) {
      throw new PqrError(
        'format.header',
        `${shown(file)}: value ${count + 1} of ${shown(what)} is '${shown(word.slice(0, 40))}'; a whole number of up to ${MAX_DIGITS} digits is needed.`,
      );
    }
    if (count >= maxCount) {
      throw new PqrError(
        'limit.exceeded',
        `${shown(file)}: ${shown(what)} has more than ${maxCount} values.`,
      );
    }
    values[count++] = value;
  }
  return values.subarray(0, count);
}
