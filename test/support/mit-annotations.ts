/**
 * Reads MIT annotation files (WFDB Programmer's Guide, annot(5)): 16-bit little-endian words, the code in the
 * upper 6 bits, the time since the last annotation in the lower 10.
 */
import { readFileSync } from 'node:fs';

export interface MitAnnotation {
  readonly sample: number;
  /** The mnemonic, e.g. `N`, `V`, `(`, `)`, `p`, `t`, `+`; `?` for a code that this table lacks. */
  readonly symbol: string;
}

const SKIP = 59;
const NUM = 60;
const AUX = 63;

/** Mnemonics by code, from WFDB's ecgcodes.h. */
const SYMBOLS = [...' NLRaVFJASEj/Q~?|?sT*D"=pB^t+u?![]en@xf()r'];

/** The codes that stand for a beat (a QRS complex). */
const BEATS = new Set([...'NLRBaVFJASEj/Qenfr']);

/** @param path with the annotator's extension, e.g. `100.atr` */
export function readMitAnnotations(path: string): MitAnnotation[] {
  const bytes = readFileSync(path);
  const annotations: MitAnnotation[] = [];
  let sample = 0;
  for (let at = 0; at + 1 < bytes.length; ) {
    const word = bytes.readUInt16LE(at);
    const code = word >> 10;
    const low = word & 0x3ff;
    at += 2;
    if (word === 0) break;
    if (code === SKIP) {
      sample += (bytes.readInt16LE(at) << 16) | bytes.readUInt16LE(at + 2);
      at += 4;
    } else if (code === AUX) at += low + (low & 1);
    else if (code < NUM) {
      sample += low;
      annotations.push({ sample, symbol: SYMBOLS[code] ?? '?' });
    }
  }
  return annotations;
}

export function isBeat({ symbol }: MitAnnotation): boolean {
  return BEATS.has(symbol);
}
