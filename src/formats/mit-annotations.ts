/**
 * Annotation files in MIT format (`.atr`, `.qrs`, LUDB's `.i` ... `.v6`): what was marked at which sample.
 *
 * Source: PhysioNet's WFDB manual, annot(5), and the symbols of its Annotations page. The AHA format is
 * not read. Nothing here looks at signals.
 */
import { PqrError } from '../ecg/errors.js';
import { decodeText } from './text.js';

export interface MitAnnotation {
  /** Sample (frame) number from the record's start. */
  readonly sample: number;
  /** The code's symbol: `N` a normal beat, `(` and `)` on- and offset of a wave, `p` a P wave, ... */
  readonly symbol: string;
  readonly subtype: number;
  readonly channel: number;
  readonly num: number;
  /** The text attached to the mark: a rhythm such as `(AFIB`, or empty. */
  readonly text: string;
}

export interface MitAnnotations {
  readonly annotations: readonly MitAnnotation[];
  /** Ticks a second, where the file says so; else the record's frames a second. */
  readonly ticksPerSecond?: number;
}

const SYMBOLS = [
  ...[' ', 'N', 'L', 'R', 'a', 'V', 'F', 'J', 'A', 'S', 'E', 'j', '/', 'Q', '~', '[15]', '|'],
  ...['[17]', 's', 'T', '*', 'D', '"', '=', 'p', 'B', '^', 't', '+', 'u', '?', '!', '[', ']'],
  ...['e', 'n', '@', 'x', 'f', '(', ')', 'r'],
];
const SKIP = 59;
const NUM = 60;
const SUBTYPE = 61;
const CHANNEL = 62;
const TEXT = 63;
const TIME_RESOLUTION = /^## time resolution: ([\d.]+)/;

function truncated(at: number, length: number): never {
  throw new PqrError(
    'format.truncated',
    `The annotations end inside an entry: byte ${at} of ${length}.`,
    { hint: 'Copy the annotation file again.' },
  );
}

interface Entry {
  sample: number;
  code: number;
  subtype: number;
  channel: number;
  num: number;
  text: string;
}

/** Reads the bytes of an annotation file. @throws `format.truncated`, `format.header` (time runs back) */
export function parseMitAnnotations(bytes: Uint8Array): MitAnnotations {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Entry[] = [];
  let time = 0;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const word = view.getUint16(at, true);
    at += 2;
    if (word === 0) return collect(entries);
    const code = word >> 10;
    const value = word & 0x3ff;
    if (code === SKIP) {
      if (at + 4 > bytes.length) truncated(at, bytes.length);
      time += (view.getInt16(at, true) << 16) | view.getUint16(at + 2, true);
      at += 4;
    } else if (code < SKIP) {
      time += value;
      if (time < 0) throw new PqrError('format.header', 'An annotation lies before the record.');
      const last = entries.at(-1);
      const { channel, num } = last ?? { channel: 0, num: 0 };
      entries.push({ sample: time, code, subtype: 0, channel, num, text: '' });
    } else {
      at = readModifier(bytes, at, { code, value, entry: entries.at(-1) });
    }
  }
  return collect(entries);
}

interface Modifier {
  readonly code: number;
  readonly value: number;
  readonly entry: Entry | undefined;
}

/** A word that says more about the entry before it; returns where the next one begins. */
function readModifier(bytes: Uint8Array, at: number, modifier: Modifier): number {
  const { code, value, entry } = modifier;
  const signed = (value << 24) >> 24;
  const end = code === TEXT ? at + value + (value & 1) : at;
  if (end > bytes.length) truncated(at, bytes.length);
  if (entry === undefined) return end;
  if (code === NUM) entry.num = signed;
  else if (code === SUBTYPE) entry.subtype = signed;
  else if (code === CHANNEL) entry.channel = value & 0xff;
  else entry.text = decodeText(bytes.subarray(at, at + value)).replace(/\0+$/, '');
  return end;
}

function collect(entries: readonly Entry[]): MitAnnotations {
  const resolutions = entries.map(({ text }) => TIME_RESOLUTION.exec(text)?.[1]);
  const ticksPerSecond = Number(resolutions.find(Boolean) ?? Number.NaN);
  const annotations = entries
    .filter(({ text }) => !text.startsWith('## '))
    .map(({ code, ...rest }) => ({ ...rest, symbol: SYMBOLS[code] ?? `[${code}]` }));
  return { annotations, ...(ticksPerSecond > 0 && { ticksPerSecond }) };
}
