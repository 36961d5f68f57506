/** Text of headers and tables: bytes to string, lines, numbers. */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const LATIN1 = new TextDecoder('latin1');

/** UTF-8 where the bytes are UTF-8, else Latin-1; a byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return LATIN1.decode(bytes);
  }
}

/** Like decodeText for the first bytes of a file: a character cut at the end is dropped. */
export function decodeTextStart(bytes: Uint8Array): string {
  let end = bytes.length;
  const stop = Math.max(0, end - 3);
  while (end > stop && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  if (end > 0 && bytes[end - 1]! >= 0xc0) end--;
  return decodeText(bytes.subarray(0, end === 0 ? bytes.length : end));
}

/** Throws where a text is in UTF-16: its byte order mark gives it away. @throws `format.unsupported` */
export function refuseUtf16(bytes: Uint8Array, name: string): void {
  const [first, second] = bytes;
  if (!((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))) return;
  throw new PqrError('format.unsupported', `${shown(name)} is text in UTF-16; UTF-8 is read.`, {
    hint: 'Save the file as UTF-8.',
  });
}

export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The number of one to nine digits; -1 where the text is something else. Headers are full of them. */
function digitsOf(text: string): number {
  if (text.length === 0 || text.length > 9) return -1;
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A decimal number, or undefined where the text is none (`nan`, `inf`, hexadecimal, empty). */
export function parseDecimal(text: string): number | undefined {
  const digits = digitsOf(text);
  if (digits >= 0) return digits;
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A whole number of at least 0, or undefined. */
export function parseCount(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
