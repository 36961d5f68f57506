/**
 * The head of a delimited table: comment lines, delimiter, header row, units, and what each column is.
 *
 * A header row is a first row with a cell that is no number. Column names carry units as `I (mV)`,
 * `I [uV]` or `I_mV`; a second row of units (`s,mV,mV`) is understood. It reads no samples (csv.ts).
 */
import { millivoltsPerUnit } from '../ecg/units.js';
import { CsvCursor, DELIMITERS } from './csv-cursor.js';
import { isKnownLead } from './lead-names.js';
import { decodeText, parseDecimal } from './text.js';

export type CsvColumn =
  | { readonly kind: 'lead'; readonly name: string; readonly unit?: string }
  | { readonly kind: 'time'; readonly unitSeconds?: number }
  /** A running number, or the empty column behind a trailing delimiter. */
  | { readonly kind: 'skipped' };

export interface CsvHead {
  /** Comment lines without `#`. */
  readonly comments: readonly string[];
  readonly delimiter: number;
  /** One entry a column; undefined where the table has no header row. */
  readonly columns?: readonly CsvColumn[];
  readonly columnCount: number;
  /** The first cells of the data, for detection; empty where there is none. */
  readonly firstCells: readonly string[];
  /** Where the data begins. */
  readonly dataStart: number;
}

const LF = 10;
const CR = 13;
const HASH = 35;
const BOM_BYTES = 3;
/** More columns than any limit allows: reading of the first row stops here. */
const MAX_COLUMNS = 1024;
const MAX_NAME_LENGTH = 200;
const TIME_NAMES =
  /^(?:t|times?|zeit|timestamps?|elapsed(?: time)?|time_?stamp|sec|secs|seconds?|msec|milliseconds?)$/i;
const INDEX_NAMES =
  /^(?:|#|n|nr|no|index|idx|samples?|sample[ _]?(?:#|no|number|index)|unnamed: 0)$/i;
const SECONDS_PER_UNIT = new Map([
  ['s', 1],
  ['sec', 1],
  ['second', 1],
  ['seconds', 1],
  ['ms', 1e-3],
  ['msec', 1e-3],
  ['millisecond', 1e-3],
  ['milliseconds', 1e-3],
  ['us', 1e-6],
  ['\u00b5s', 1e-6],
  ['\u03bcs', 1e-6],
]);

/** Where the line at `start` ends (before its line break). */
function lineEnd(bytes: Uint8Array, start: number): number {
  const lf = bytes.indexOf(LF, start);
  const end = lf === -1 ? bytes.length : lf;
  const cr = bytes.subarray(start, end).indexOf(CR);
  return cr === -1 ? end : start + cr;
}

function afterLineBreak(bytes: Uint8Array, end: number): number {
  return bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : Math.min(end + 1, bytes.length);
}

function findDelimiter(bytes: Uint8Array, start: number, end: number): number {
  const line = bytes.subarray(start, end);
  if (line.includes(DELIMITERS.semicolon)) return DELIMITERS.semicolon;
  return line.includes(DELIMITERS.tab) ? DELIMITERS.tab : DELIMITERS.comma;
}

function readCells(bytes: Uint8Array, start: number, end: number, delimiter: number): string[] {
  const cursor = new CsvCursor(bytes.subarray(0, end), start, delimiter);
  const cells: string[] = [];
  do cells.push(cursor.nextText());
  while (!cursor.rowEnds && cells.length <= MAX_COLUMNS);
  return cells;
}

/** True where a cell is a number or stands for a missing one. */
function isNumericCell(cell: string): boolean {
  const lower = cell.toLowerCase();
  return lower === '' || lower === 'nan' || parseDecimal(cell.replace(',', '.')) !== undefined;
}

/** Reads the head of a table, of whole bytes or of their beginning; undefined where no row is there. */
export function parseCsvHead(bytes: Uint8Array): CsvHead | undefined {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let start = hasMark ? BOM_BYTES : 0;
  const comments: string[] = [];
  while (start < bytes.length) {
    const end = lineEnd(bytes, start);
    if (bytes[start] === HASH) comments.push(decodeText(bytes.subarray(start + 1, end)).trim());
    else if (end > start) return parseRows(bytes, start, comments);
    start = afterLineBreak(bytes, end);
  }
  return undefined;
}

function parseRows(bytes: Uint8Array, start: number, comments: readonly string[]): CsvHead {
  const end = lineEnd(bytes, start);
  const delimiter = findDelimiter(bytes, start, end);
  const names = readCells(bytes, start, end, delimiter);
  const base = { comments, delimiter, columnCount: names.length };
  if (names.every(isNumericCell)) return { ...base, firstCells: names, dataStart: start };
  let dataStart = afterLineBreak(bytes, end);
  let nextCells = cellsAt(bytes, dataStart, delimiter);
  const units = nextCells.map(bareText).some(isVoltage) ? nextCells.map(bareText) : [];
  if (units.length > 0) {
    dataStart = afterLineBreak(bytes, lineEnd(bytes, dataStart));
    nextCells = cellsAt(bytes, dataStart, delimiter);
  }
  const columns = names.map((name, index) =>
    describeColumn(name, units[index], { index, last: index === names.length - 1 }),
  );
  return { ...base, columns, firstCells: nextCells, dataStart };
}

function cellsAt(bytes: Uint8Array, start: number, delimiter: number): string[] {
  if (start >= bytes.length) return [];
  return readCells(bytes, start, lineEnd(bytes, start), delimiter);
}

/** A cell of the head without the single quotes that some tools put, of bounded length. */
function bareText(cell: string): string {
  return cell.slice(0, MAX_NAME_LENGTH).replace(/^'|'$/g, '').trim();
}

function isVoltage(cell: string): boolean {
  return millivoltsPerUnit(cell) !== undefined;
}

function describeColumn(
  cell: string,
  unitCell: string | undefined,
  place: { readonly index: number; readonly last: boolean },
): CsvColumn {
  const bare = bareText(cell);
  const match =
    /^(.*?)\s*[([]\s*([^()[\]]+?)\s*[)\]]$/.exec(bare) ??
    /^(.+)_([mu\u00b5\u03bc]?[vs])$/i.exec(bare);
  const name = match ? match[1]! : bare;
  const unit = match?.[2] ?? unitCell;
  if (place.index === 0 && TIME_NAMES.test(name)) {
    const unitSeconds = SECONDS_PER_UNIT.get((unit ?? name).toLowerCase());
    return { kind: 'time', ...(unitSeconds !== undefined && { unitSeconds }) };
  }
  if (place.index === 0 && INDEX_NAMES.test(name)) return { kind: 'skipped' };
  if (place.last && bare === '') return { kind: 'skipped' };
  return { kind: 'lead', name, ...(unit !== undefined && { unit }) };
}

/** True where most columns of the header row are leads that we know. */
export function namesLeads(head: CsvHead): boolean {
  const leads = (head.columns ?? []).filter((column) => column.kind === 'lead');
  const known = leads.filter((column) => isKnownLead(column.name)).length;
  return known > 0 && known * 2 >= leads.length;
}

/** True where at least half of the first data row are numbers. */
export function startsWithNumbers(head: CsvHead): boolean {
  const numberCount = head.firstCells.filter(isFilledNumber).length;
  return numberCount > 0 && numberCount * 2 >= head.firstCells.length;
}

function isFilledNumber(cell: string): boolean {
  return cell !== '' && isNumericCell(cell);
}
