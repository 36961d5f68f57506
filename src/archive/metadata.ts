/**
 * The user's table of patients, reports and codes: one row a record, matched by name.
 *
 * A row fits a recording when its record name is the recording's path, when one is the end of the other
 * (whole folder names), or, as the last resort, when only the file name is the same and no other row has
 * it. Extensions do not count. A name that fits several rows equally well fits none.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import { csvRows } from './csv.js';
import type { EcgFields } from './fields.js';
import { type Cells, type Preset, presetOf } from './metadata-presets.js';

export interface MetadataMatch {
  readonly fields: EcgFields;
  /** As a spreadsheet numbers it: the header is row 1. */
  readonly rowNumber: number;
  /** `name`: only the file name is the same, the folders differ or are not given. */
  readonly by: 'path' | 'name';
}

export interface MetadataTable {
  readonly rowCount: number;
  /** The row of a recording by its path, with or without extension; undefined where there is none. */
  lookup(recordPath: string): MetadataMatch | undefined;
}

export interface ReadMetadataOptions {
  /** `generic` (default) or `ptbxl`. */
  readonly preset?: string;
  readonly limits?: Limits;
}

/**
 * Reads a metadata table.
 * @throws `metadata.invalid` with file and row, `usage.invalid` for an unknown preset, `file.missing`,
 *   `file.denied`, `limit.exceeded`
 */
export async function readMetadata(
  csvPath: string,
  options: ReadMetadataOptions = {},
): Promise<MetadataTable> {
  const preset = presetOf(options.preset ?? 'generic');
  const limits = options.limits ?? DEFAULT_LIMITS;
  const bytes = await readFile(csvPath).catch((error: NodeJS.ErrnoException) => {
    throw fileError(csvPath, error);
  });
  checkLimit('fileBytes', bytes.length, csvPath, limits);
  return parseMetadata(decode(bytes, csvPath), { name: basename(csvPath), preset, limits });
}

interface ParseOptions {
  readonly name: string;
  readonly preset: Preset;
  readonly limits: Limits;
}

function parseMetadata(text: string, { name, preset, limits }: ParseOptions): MetadataTable {
  const table = new Table(name);
  let columns: ReadonlyMap<string, number> | undefined;
  let width = 0;
  for (const { rowNumber, cells } of csvRows(text, name, limits)) {
    if (!columns) {
      columns = headerColumns(cells, name, preset);
      width = cells.length;
      continue;
    }
    if (cells.length !== width) {
      throw invalid(name, rowNumber, `it has ${cells.length} cells, the header has ${width}`);
    }
    const known = columns;
    const cellOf: Cells = (column) => {
      const at = known.get(column.toLowerCase());
      const cell = at === undefined ? '' : cells[at]!.trim();
      return cell === '' ? undefined : cell;
    };
    addRow(table, { preset, name, rowNumber, cellOf });
  }
  if (!columns) throw new PqrError('metadata.invalid', `${name} is empty; a header row is needed.`);
  return table;
}

interface RowToAdd {
  readonly preset: Preset;
  readonly name: string;
  readonly rowNumber: number;
  readonly cellOf: Cells;
}

function addRow(table: Table, { preset, name, rowNumber, cellOf }: RowToAdd): void {
  let row: ReturnType<Preset['read']>;
  try {
    row = preset.read(cellOf);
  } catch (error) {
    throw invalid(name, rowNumber, (error as Error).message);
  }
  if (row.records.length === 0) {
    throw invalid(name, rowNumber, `${preset.recordColumns.join(' and ')} is blank`);
  }
  table.add(row.records, { fields: row.fields, rowNumber });
}

function headerColumns(
  cells: readonly string[],
  name: string,
  preset: Preset,
): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  for (const [at, cell] of cells.entries()) {
    const column = cell.trim().toLowerCase();
    if (column !== '' && columns.has(column))
      throw invalid(name, 1, `column ${cell.trim()} is there twice`);
    columns.set(column, at);
  }
  if (preset.recordColumns.some((column) => columns.has(column.toLowerCase()))) return columns;
  const found = cells
    .map((cell) => cell.trim())
    .join(', ')
    .slice(0, 200);
  throw new PqrError(
    'metadata.invalid',
    `${name}, row 1: there is no column ${preset.recordColumns.join(' or ')}; there are ${found}.`,
    {
      hint: "Name the column of record paths 'record', or give --metadata-preset for a data set's own table.",
    },
  );
}

type Row = Omit<MetadataMatch, 'by'>;

/** Stands where two rows share a name. */
const AMBIGUOUS = Symbol('ambiguous');

class Table implements MetadataTable {
  rowCount = 0;
  private readonly name: string;
  private readonly byPath = new Map<string, Row>();
  /** Every end of every record name, from a folder on: `b/c` and `c` of `a/b/c`. */
  private readonly byEnd = new Map<string, Row | typeof AMBIGUOUS>();

  constructor(name: string) {
    this.name = name;
  }

  add(records: readonly string[], row: Row): void {
    this.rowCount++;
    for (const record of records) {
      const key = recordKey(record);
      const other = this.byPath.get(key);
      if (other && other !== row) {
        throw invalid(
          this.name,
          row.rowNumber,
          `record '${key}' is also in row ${other.rowNumber}`,
        );
      }
      this.byPath.set(key, row);
      for (const end of ends(key)) {
        const known = this.byEnd.get(end);
        this.byEnd.set(end, known === undefined || known === row ? row : AMBIGUOUS);
      }
    }
  }

  lookup(recordPath: string): MetadataMatch | undefined {
    const key = recordKey(recordPath);
    const exact = this.byPath.get(key);
    if (exact) return { ...exact, by: 'path' };
    // The row names a part of the path: the longest part that does is the surest.
    for (const end of ends(key)) {
      const row = this.byPath.get(end);
      if (row) return { ...row, by: end.includes('/') ? 'path' : 'name' };
    }
    // The path is a part of what the row names: the index began inside its folder.
    const inside = this.byEnd.get(key);
    if (inside === AMBIGUOUS) return undefined;
    if (inside) return { ...inside, by: key.includes('/') ? 'path' : 'name' };
    const named = this.byEnd.get(key.slice(key.lastIndexOf('/') + 1));
    return named === undefined || named === AMBIGUOUS ? undefined : { ...named, by: 'name' };
  }
}

/** The ends of a path from its second folder on, longest first. */
export function* ends(key: string): Generator<string> {
  for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) yield key.slice(at + 1);
}

/** A name without extension, `./` and backslashes. */
export function recordKey(record: string): string {
  const slashed = record
    .trim()
    .replaceAll('\\', '/')
    .replace(/\/{2,}/g, '/');
  const relative = slashed.replace(/^(?:\.\/)+/, '').replace(/^\//, '');
  return relative.replace(/\.(?:hea|dat|mat|csv|npy|edf|xml|dcm|scp)$/i, '');
}

function decode(bytes: Uint8Array, csvPath: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PqrError('metadata.invalid', `${basename(csvPath)} is not UTF-8 text.`, {
      hint: 'Save the table as CSV in UTF-8.',
      cause,
    });
  }
}

function invalid(name: string, rowNumber: number, what: string): PqrError {
  return new PqrError('metadata.invalid', `${name}, row ${rowNumber}: ${what}.`, {
    details: { row: rowNumber },
  });
}

function fileError(path: string, cause: NodeJS.ErrnoException): PqrError {
  const details = { path, reason: cause.code };
  if (cause.code === 'ENOENT') {
    return new PqrError('file.missing', `There is no metadata table ${path}.`, { details, cause });
  }
  if (cause.code === 'EACCES' || cause.code === 'EPERM') {
    return new PqrError('file.denied', `The metadata table may not be read: ${path}.`, {
      details,
      cause,
    });
  }
  return new PqrError(
    'file.unreadable',
    `The metadata table cannot be read (${cause.code}): ${path}.`,
    {
      details,
      cause,
    },
  );
}
