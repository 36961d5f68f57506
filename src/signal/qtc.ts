/** QT corrected for rate, by the four formulas in use; each is named wherever it is shown. */

export interface CorrectedQt {
  /** QT / RR^(1/2). Bazett 1920. */
  readonly bazett: number;
  /** QT / RR^(1/3). Fridericia 1920. */
  readonly fridericia: number;
  /** QT + 154 (1 - RR). Sagie et al. 1992, doi 10.1016/0002-9149(92)90562-D. */
  readonly framingham: number;
  /** QT + 1.75 (rate - 60). Hodges et al. 1983. */
  readonly hodges: number;
}

/**
 * @param qtMilliseconds QT interval
 * @param rrMilliseconds mean RR interval
 * @returns milliseconds; null where either is not known
 */
export function correctedQt(
  qtMilliseconds: number | null,
  rrMilliseconds: number | null,
): CorrectedQt | null {
  if (qtMilliseconds === null || rrMilliseconds === null || !(rrMilliseconds > 0)) return null;
  const rrSeconds = rrMilliseconds / 1000;
  return {
    bazett: qtMilliseconds / Math.sqrt(rrSeconds),
    fridericia: qtMilliseconds / Math.cbrt(rrSeconds),
    framingham: qtMilliseconds + 154 * (1 - rrSeconds),
    hodges: qtMilliseconds + 1.75 * (60 / rrSeconds - 60),
  };
}
