/** Physical units of amplitude and what one of them is in millivolts. */

const MILLIVOLTS_PER_UNIT = new Map<string, number>([
  ['mv', 1],
  ['millivolt', 1],
  ['millivolts', 1],
  ['uv', 1e-3],
  ['\u00b5v', 1e-3], // micro sign
  ['\u03bcv', 1e-3], // Greek mu
  ['microvolt', 1e-3],
  ['microvolts', 1e-3],
  ['nv', 1e-6],
  ['v', 1e3],
  ['volt', 1e3],
  ['volts', 1e3],
]);

/** Millivolts in one `unit`, or undefined where the unit is no voltage (`mmHg`, `NU`). */
export function millivoltsPerUnit(unit: string): number | undefined {
  return MILLIVOLTS_PER_UNIT.get(unit.trim().toLowerCase());
}
