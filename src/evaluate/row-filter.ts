/**
 * `--where` over the columns of a table: the grammar of src/search/where.ts. Numbers are compared as numbers
 * where both sides are some, else as text without case; `like` looks for a part of the cell.
 */
import { PqrError } from '../ecg/errors.js';
import { parseConditions, type WrittenCondition } from '../search/where.js';

type Cells = Readonly<Record<string, string>>;

/**
 * @param columns of the table; a condition may write them in any case
 * @throws `query.where` for a column that is not there
 */
export function rowFilter(expression: string, columns: readonly string[]): (row: Cells) => boolean {
  const tests = parseConditions(expression, columns).map((condition) => {
    const column = columnOf(condition.name, columns);
    return (row: Cells) => holds(row[column] ?? '', condition);
  });
  return (row) => tests.every((test) => test(row));
}

function columnOf(name: string, columns: readonly string[]): string {
  const wanted = name.toLowerCase();
  const found =
    columns.find((one) => one === name) ?? columns.find((one) => one.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new PqrError(
    'query.where',
    `The filter names a column '${name}'; the table has ${columns.join(', ')}.`,
  );
}

function holds(cell: string, { operator, text }: WrittenCondition): boolean {
  if (operator === 'like') return cell.toLowerCase().includes(text.toLowerCase());
  const order = compare(cell.trim(), text.trim());
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Negative, 0 or positive; NaN, which is neither, where a number meets a blank cell. */
function compare(cell: string, text: string): number {
  const [a, b] = [toNumber(cell), toNumber(text)];
  if (cell === '' && b !== undefined) return Number.NaN;
  if (a !== undefined && b !== undefined) return a - b;
  const [left, right] = [cell.toLowerCase(), text.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

function toNumber(text: string): number | undefined {
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}
