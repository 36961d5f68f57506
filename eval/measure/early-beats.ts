/**
 * Ectopic beats against what PTB-XL states of a recording: codes, and the column `extra_beats` (VES ventricular,
 * SVES supraventricular; a plain ES says neither, and such a recording is left out). It tells no single beat.
 */
import type { BeatOrigin } from '../../src/signal/ectopic-beats.js';

const STATED: Readonly<Record<BeatOrigin, { codes: readonly string[]; column: RegExp }>> = {
  ventricular: { codes: ['PVC', 'BIGU', 'TRIGU'], column: /(?<!S)VES/ },
  supraventricular: { codes: ['PAC'], column: /SVES/ },
};

export interface EarlyRow {
  readonly codes: ReadonlySet<string>;
  readonly extraBeats: string;
  /** Origins of the ectopic beats that were found. */
  readonly found: ReadonlySet<BeatOrigin>;
}

export function earlyBeatFigures(rows: readonly EarlyRow[], origin: BeatOrigin) {
  const { codes, column } = STATED[origin];
  const isStated = (row: EarlyRow) =>
    codes.some((code) => row.codes.has(code)) || column.test(row.extraBeats);
  const isUnclear = ({ extraBeats }: EarlyRow) => extraBeats !== '' && !/VES/.test(extraBeats);
  const told = rows.filter((row) => isStated(row) || !isUnclear(row));
  const stated = told.filter(isStated);
  const found = told.filter((row) => row.found.has(origin));
  const both = stated.filter((row) => row.found.has(origin)).length;
  const share = (part: number, whole: number) => Math.round((part / whole) * 1000) / 1000;
  return {
    n: told.length,
    stated: stated.length,
    sensitivity: share(both, stated.length),
    ppv: share(both, found.length),
    specificity: 1 - share(found.length - both, told.length - stated.length),
  };
}
