/**
 * The annotation signal of EDF+: when each data record begins, and what is noted at which second.
 *
 * Source: Kemp and Olivan 2003 (EDF+), section 2.2, time-stamped annotation lists (TAL).
 */
import { decodeText, parseDecimal } from './text.js';

export interface EdfAnnotation {
  readonly seconds: number;
  readonly durationSeconds?: number;
  readonly text: string;
}

export interface EdfRecordNotes {
  /** Seconds from the start of the file to this data record; undefined where it is not said. */
  readonly recordSeconds: number | undefined;
  readonly annotations: readonly EdfAnnotation[];
}

/** Reads the annotation bytes of one data record; what is no TAL is passed over. */
export function parseEdfNotes(bytes: Uint8Array): EdfRecordNotes {
  const annotations: EdfAnnotation[] = [];
  let recordSeconds: number | undefined;
  for (const list of decodeText(bytes).split('\0')) {
    const [timing, ...texts] = list.split('\u0014');
    const [onset, duration] = timing!.split('\u0015');
    const seconds = /^[+-]/.test(onset!) ? parseDecimal(onset!) : undefined;
    if (seconds === undefined) continue;
    if (texts[0] === '') recordSeconds ??= seconds;
    const lasts = parseDecimal(duration ?? '');
    for (const text of texts) {
      if (text === '') continue;
      annotations.push({ seconds, text, ...(lasts !== undefined && { durationSeconds: lasts }) });
    }
  }
  return { recordSeconds, annotations };
}
