/** The rows of a table: cells to millivolts, lead-major; a bad cell or row is told by line and column. */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';
import { CsvCursor } from './csv-cursor.js';
import type { TablePlan } from './csv-plan.js';

const LF = 10;
const CR = 13;

export interface Table {
  /** `[leads x rowCount]`, millivolts. */
  readonly samples: Float32Array;
  readonly rowCount: number;
  readonly times: Float64Array | undefined;
}

function countLines(bytes: Uint8Array, start: number): number {
  const lineBreak = bytes.indexOf(LF, start) === -1 ? CR : LF;
  let count = 1;
  for (let at = bytes.indexOf(lineBreak, start); at !== -1; at = bytes.indexOf(lineBreak, at + 1)) {
    count++;
  }
  return count;
}

/** What a table's cells are decoded into. */
interface RowTarget {
  /** `[leads x capacity]` */
  readonly samples: Float32Array;
  readonly capacity: number;
  readonly times: Float64Array | undefined;
  /** By column: the lead's row, or one of the two below. */
  readonly rows: Int32Array;
  /** By column: units of the file in one millivolt. */
  readonly divisors: Float64Array;
}

const SKIPPED = -1;
const TIME = -2;

function makeTarget(plan: TablePlan, capacity: number): RowTarget {
  const { head, leads, timeColumn } = plan;
  const rows = new Int32Array(head.columnCount).fill(SKIPPED);
  const divisors = new Float64Array(head.columnCount).fill(1);
  for (const [row, lead] of leads.entries()) {
    rows[lead.column] = row;
    divisors[lead.column] = lead.unitsPerMillivolt;
  }
  if (timeColumn !== -1) rows[timeColumn] = TIME;
  const times = timeColumn === -1 ? undefined : new Float64Array(capacity);
  return { samples: new Float32Array(capacity * leads.length), capacity, times, rows, divisors };
}

/**
 * Decodes all rows behind the head.
 * @throws `format.inconsistent` (bad cell, ragged row), `format.empty`, `limit.exceeded`
 */
export function readRows(bytes: Uint8Array, plan: TablePlan, limits: Limits): Table {
  const { head, leads } = plan;
  const capacity = countLines(bytes, head.dataStart);
  checkLimit('leadCount', leads.length, 'The recording', limits);
  // Blank lines count here: the exact check comes after reading, this one bounds the memory.
  if (capacity * leads.length > 2 * limits.sampleCount) {
    checkLimit('sampleCount', capacity * leads.length, shown(plan.name), limits);
  }
  const target = makeTarget(plan, capacity);
  const cursor = new CsvCursor(bytes, head.dataStart, head.delimiter);
  let rowCount = 0;
  for (cursor.skipBlankLines(); !cursor.atEnd(); cursor.skipBlankLines()) {
    readRow(cursor, target, rowCount, { bytes, plan });
    rowCount++;
  }
  if (rowCount === 0) {
    throw new PqrError('format.empty', `${shown(plan.name)} has a header row but no samples.`);
  }
  return {
    samples: packRows(target.samples, leads.length, capacity, rowCount),
    rowCount,
    times: target.times?.subarray(0, rowCount),
  };
}

interface RowContext {
  readonly bytes: Uint8Array;
  readonly plan: TablePlan;
}

function readRow(
  cursor: CsvCursor,
  target: RowTarget,
  index: number,
  { bytes, plan }: RowContext,
): void {
  const { samples, capacity, times, rows, divisors } = target;
  const last = rows.length - 1;
  for (let column = 0; column <= last; column++) {
    const start = cursor.position;
    const value = cursor.next();
    const row = rows[column]!;
    if (cursor.rowEnds && column < last) throw raggedRow(bytes, plan, column + 1, start);
    if (row === SKIPPED) continue;
    if (value === undefined) throw badCell(bytes, plan, column, start);
    if (row === TIME) times![index] = value;
    else samples[row * capacity + index] = value / divisors[column]! + 0; // never -0
  }
  if (!cursor.rowEnds) finishRow(bytes, plan, cursor);
}

/** Closes the spare space at the end of each lead. */
function packRows(
  samples: Float32Array,
  leadCount: number,
  capacity: number,
  rowCount: number,
): Float32Array {
  if (rowCount === capacity) return samples;
  for (let lead = 1; lead < leadCount; lead++) {
    samples.copyWithin(lead * rowCount, lead * capacity, lead * capacity + rowCount);
  }
  return samples.slice(0, leadCount * rowCount);
}

/** Allows one empty cell behind the last column: a trailing delimiter. */
function finishRow(bytes: Uint8Array, plan: TablePlan, cursor: CsvCursor): void {
  const start = cursor.position;
  if (cursor.nextText() === '' && cursor.rowEnds) return;
  throw raggedRow(bytes, plan, plan.head.columnCount + 1, start);
}

function lineNumber(bytes: Uint8Array, position: number): number {
  return countLines(bytes.subarray(0, position), 0);
}

function badCell(bytes: Uint8Array, plan: TablePlan, column: number, start: number): PqrError {
  const { name, head } = plan;
  const text = new CsvCursor(bytes, start, head.delimiter).nextText();
  const lead = plan.leads.find((entry) => entry.column === column)?.name ?? 'time';
  const line = lineNumber(bytes, start);
  return new PqrError(
    'format.inconsistent',
    `${shown(name)}: line ${line}, column ${column + 1} (${shown(lead)}) holds "${shown(text)}", which is no number.`,
    { hint: 'Leave missing samples empty or write NaN.', details: { line, column: column + 1 } },
  );
}

function raggedRow(bytes: Uint8Array, plan: TablePlan, got: number, start: number): PqrError {
  const line = lineNumber(bytes, start);
  const { columnCount } = plan.head;
  const cells = got > columnCount ? `more than ${columnCount}` : `${got}`;
  return new PqrError(
    'format.inconsistent',
    `${shown(plan.name)}: line ${line} has ${cells} cells, the first row has ${columnCount}.`,
    { details: { line, column: got } },
  );
}
