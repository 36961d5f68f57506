/**
 * Tables of millivolts by ADC value: a 16-bit value has 65,536 of them, and the leads of an archive share a
 * few scales, so each quotient is worked out once and not once a sample.
 *
 * A table holds what `toMillivolts` gives, bit for bit. Tables are made when a scale has been used for as
 * many samples as a table has rows; the latest few are kept (256 KiB each).
 */
import type { SignalScale } from './wfdb-signal.js';

const TABLE_LENGTH = 65_536;
const MAX_TABLE_COUNT = 8;

interface Entry {
  readonly baseline: number;
  readonly adcPerMillivolt: number;
  readonly missing: number;
  sampleCount: number;
  table: Float32Array | undefined;
}

/** Most recently used first. */
const entries: Entry[] = [];

/** Millivolts of an ADC value; NaN for the code that means "missing", and 0 is never negative. */
export function toMillivolts(value: number, scale: SignalScale, missing: number): number {
  return value === missing ? Number.NaN : (value - scale.baseline) / scale.adcPerMillivolt + 0;
}

/**
 * The table of a scale by the 16 bits of an ADC value read as an unsigned number.
 * @param sampleCount how many samples are about to be looked up
 * @returns undefined while a table would cost more than it saves
 */
export function scaleTable(
  scale: SignalScale,
  missing: number,
  sampleCount: number,
): Float32Array | undefined {
  const entry = useEntry(scale, missing);
  entry.sampleCount += sampleCount;
  if (entry.table === undefined && entry.sampleCount > TABLE_LENGTH) {
    entry.table = makeTable(scale, missing);
  }
  return entry.table;
}

function useEntry({ baseline, adcPerMillivolt }: SignalScale, missing: number): Entry {
  const at = entries.findIndex(
    (one) =>
      one.baseline === baseline &&
      one.adcPerMillivolt === adcPerMillivolt &&
      Object.is(one.missing, missing),
  );
  if (at === 0) return entries[0]!;
  const entry =
    at > 0
      ? entries.splice(at, 1)[0]!
      : { baseline, adcPerMillivolt, missing, sampleCount: 0, table: undefined };
  entries.unshift(entry);
  if (entries.length > MAX_TABLE_COUNT) entries.pop();
  return entry;
}

function makeTable(scale: SignalScale, missing: number): Float32Array {
  const table = new Float32Array(TABLE_LENGTH);
  for (let bits = 0; bits < TABLE_LENGTH; bits++) {
    table[bits] = toMillivolts((bits << 16) >> 16, scale, missing);
  }
  return table;
}
