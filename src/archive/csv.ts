/**
 * A small CSV parser (RFC 4180): quoted cells, doubled quotes, line breaks in cells, CRLF or LF, a BOM.
 * Rows are numbered as a spreadsheet shows them: the header is row 1. It knows commas only.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';

export interface CsvRow {
  readonly rowNumber: number;
  readonly cells: readonly string[];
}

const QUOTE = '"';

/**
 * The rows of a CSV text; blank lines are left out.
 * @param name of the file, for messages
 * @throws `metadata.invalid` with the row number; `limit.exceeded`
 */
export function* csvRows(text: string, name: string, limits: Limits): Generator<CsvRow> {
  const parser = new CsvParser(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, name, limits);
  for (;;) {
    const row = parser.nextRow();
    if (!row) return;
    yield row;
  }
}

/** The cells of a CSV text, row by row, the header first. @throws `metadata.invalid`, `limit.exceeded` */
export function parseCsv(text: string, name = 'The table'): string[][] {
  return Array.from(csvRows(text, name, DEFAULT_LIMITS), ({ cells }) => [...cells]);
}

class CsvParser {
  private readonly text: string;
  private readonly name: string;
  private readonly limits: Limits;
  private at = 0;
  private rowNumber = 0;

  constructor(text: string, name: string, limits: Limits) {
    this.text = text;
    this.name = name;
    this.limits = limits;
  }

  nextRow(): CsvRow | undefined {
    while (this.at < this.text.length) {
      this.rowNumber++;
      checkLimit('metadataRowCount', this.rowNumber - 1, this.name, this.limits);
      const cells = [this.nextCell()];
      while (this.text[this.at] === ',') {
        this.at++;
        cells.push(this.nextCell());
      }
      this.endLine();
      if (cells.length > 1 || cells[0] !== '') return { rowNumber: this.rowNumber, cells };
    }
    return undefined;
  }

  private nextCell(): string {
    const cell = this.text[this.at] === QUOTE ? this.quotedCell() : this.bareCell();
    const where = `${this.name}, row ${this.rowNumber}`;
    // A UTF-16 unit is at most 3 bytes of UTF-8: only long cells need counting.
    if (cell.length * 3 > this.limits.metadataCellBytes) {
      checkLimit('metadataCellBytes', Buffer.byteLength(cell), where, this.limits);
    }
    return cell;
  }

  private bareCell(): string {
    const start = this.at;
    while (this.at < this.text.length && !',\r\n'.includes(this.text[this.at]!)) this.at++;
    const cell = this.text.slice(start, this.at);
    if (cell.includes(QUOTE)) throw this.invalid('a quote stands inside a cell that is not quoted');
    return cell;
  }

  private quotedCell(): string {
    let cell = '';
    let start = this.at + 1;
    for (;;) {
      const end = this.text.indexOf(QUOTE, start);
      if (end < 0) throw this.invalid('a quoted cell does not end');
      cell += this.text.slice(start, end);
      this.at = end + 1;
      if (this.text[this.at] !== QUOTE) return cell;
      cell += QUOTE;
      start = this.at + 1;
    }
  }

  private endLine(): void {
    if (this.text[this.at] === '\r') this.at++;
    if (this.text[this.at] === '\n') this.at++;
    else if (this.at < this.text.length && this.text[this.at - 1] !== '\r') {
      throw this.invalid('text follows the closing quote of a cell');
    }
  }

  private invalid(what: string): PqrError {
    return new PqrError('metadata.invalid', `${this.name}, row ${this.rowNumber}: ${what}.`, {
      hint: 'Write the table as comma-separated values (RFC 4180), cells with commas or quotes in double quotes.',
    });
  }
}
