/**
 * A cursor over the cells of a delimited table, straight on its bytes: no string and no regular
 * expression per cell. Short decimals are read exactly as `Number` reads them (up to 15 digits and
 * 22 decimal places both parts are exact doubles, so one division rounds correctly: Clinger 1990);
 * longer ones go through `Number`.
 */

const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const MAX_EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MISSING = new Set(['', 'nan', 'na', 'n/a', 'null', 'none', '-', '?']);
const INFINITE = new Set(['inf', '+inf', '-inf', 'infinity', '+infinity', '-infinity']);

/** The codes of the delimiters that are recognised. */
export const DELIMITERS = Object.freeze({ comma: COMMA, semicolon: 59, tab: 9 });

export class CsvCursor {
  /** Set by `next` and `nextText`: whether the cell was the last of its row. */
  rowEnds = false;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    private readonly delimiter: number,
  ) {}

  atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  /** Skips empty lines (and carriage returns). */
  skipBlankLines(): void {
    const { bytes } = this;
    while (this.position < bytes.length) {
      const byte = bytes[this.position]!;
      if (byte !== LF && byte !== CR) return;
      this.position++;
    }
  }

  /** The next cell's value, NaN where it is missing, undefined where it is no number; may be infinite. */
  next(): number | undefined {
    const start = this.position;
    const value = this.readPlainNumber();
    if (value !== undefined) return value;
    this.position = start;
    return this.readOddCell();
  }

  /** The text of the next cell, without quotes and outer spaces. */
  nextText(): string {
    const { bytes } = this;
    let start = this.position;
    while (bytes[start] === SPACE) start++;
    const quoted = bytes[start] === QUOTE;
    let end = quoted ? bytes.indexOf(QUOTE, start + 1) : start;
    if (end === -1) end = bytes.length;
    while (end < bytes.length && !this.endsCell(bytes[end]!)) end++;
    this.position = end;
    this.closeCell();
    const text = new TextDecoder().decode(bytes.subarray(start, end)).trim();
    return quoted ? text.replace(/^"|"$/g, '').trim() : text;
  }

  private endsCell(byte: number): boolean {
    return byte === this.delimiter || byte === LF || byte === CR;
  }

  /** Steps over the delimiter or the line end at the position. */
  private closeCell(): void {
    const byte = this.position < this.bytes.length ? this.bytes[this.position]! : LF;
    this.rowEnds = byte !== this.delimiter;
    this.position++;
    if (byte === CR && this.bytes[this.position] === LF) this.position++;
  }

  /** Digits with sign and decimal mark up to the cell's end; undefined for anything else. */
  private readPlainNumber(): number | undefined {
    const { bytes, delimiter } = this;
    let at = this.position;
    while (bytes[at] === SPACE) at++;
    const sign = bytes[at]!;
    if (sign === MINUS || sign === PLUS) at++;
    let mantissa = 0;
    let digitCount = 0;
    let pointAt = -1;
    for (; ; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= NINE) {
        mantissa = mantissa * 10 + (byte - ZERO);
        digitCount++;
      } else if (pointAt === -1 && (byte === POINT || (byte === COMMA && byte !== delimiter))) {
        pointAt = digitCount;
      } else break;
    }
    while (bytes[at] === SPACE) at++;
    if (digitCount === 0 || digitCount > MAX_EXACT_DIGITS) return undefined;
    if (at < bytes.length && !this.endsCell(bytes[at]!)) return undefined;
    this.position = at;
    this.closeCell();
    const size = pointAt === -1 ? mantissa : mantissa / POWERS_OF_TEN[digitCount - pointAt]!;
    return sign === MINUS ? -size : size;
  }

  private readOddCell(): number | undefined {
    const text = this.nextText();
    const lower = text.toLowerCase();
    if (MISSING.has(lower)) return Number.NaN;
    const decimal = this.delimiter === COMMA ? text : text.replace(',', '.');
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(decimal)) return Number(decimal);
    return INFINITE.has(lower) ? Number.POSITIVE_INFINITY : undefined;
  }
}
