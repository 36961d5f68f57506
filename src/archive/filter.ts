/**
 * Filter conditions to SQL. Values are bound, never part of the SQL text.
 *
 * What is not known fits no condition, also not `!=`. Text compares without regard to case (ASCII).
 * `recordedAt` compares as far as the value goes: `= 1984-11` is that month, `<= 1984-11-09` takes in that
 * day. `like` finds the value anywhere in the text; with `%` in it, the value is the whole pattern.
 * `code` and `record` hold where one of the codes or paths fits; with `!=`, where none is equal.
 */
import { PqrError } from '../ecg/errors.js';
import type { SqliteDatabase } from './database.js';
import type { FilterCondition, FilterField, FilterOperator } from './ports.js';

const OPERATORS: readonly FilterOperator[] = ['=', '!=', '<', '<=', '>', '>=', 'like'];

/** A condition as SQL with one `?`, and what is bound to it. */
interface SqlCondition {
  readonly sql: string;
  readonly value: string | number;
}

const NUMBER_COLUMNS: Partial<Record<FilterField, string>> = {
  age: 'ecg.age_years',
  durationSeconds: 'ecg.sample_count / ecg.sampling_rate_hz',
  heartRate: 'heart_rate_bpm(ecg.r_peaks, ecg.sampling_rate_hz)',
  quality: 'ecg.quality_score',
  acceptable: 'ecg.acceptable',
};

const TEXT_COLUMNS: Partial<Record<FilterField, string>> = {
  sex: 'ecg.sex',
  patientId: 'ecg.patient_id',
  format: 'ecg.format',
};

const LISTS: Partial<Record<FilterField, { table: string; column: string }>> = {
  code: { table: 'ecg_code', column: 'code' },
  record: { table: 'path', column: 'path' },
};

/**
 * Ids of the recordings that fit every condition.
 * @throws `query.where` for an operator or value that a field does not take
 */
export function selectIds(
  database: SqliteDatabase,
  conditions: readonly FilterCondition[],
): string[] {
  const parts = conditions.map(toSql);
  const where = parts.length === 0 ? '' : `WHERE ${parts.map(({ sql }) => sql).join(' AND ')}`;
  return database
    .prepare<unknown[], string>(`SELECT id FROM ecg ${where} ORDER BY key`)
    .pluck()
    .all(...parts.map(({ value }) => value));
}

function toSql(condition: FilterCondition): SqlCondition {
  const { field, operator } = condition;
  if (!OPERATORS.includes(operator)) {
    throw new PqrError(
      'query.where',
      `The filter compares ${field} by '${operator}'; allowed are ${OPERATORS.join(' ')}.`,
    );
  }
  const number = NUMBER_COLUMNS[field];
  if (number) return numberCondition(number, condition);
  const text = TEXT_COLUMNS[field];
  if (text) return textCondition(text, condition);
  if (field === 'recordedAt') return timeCondition(condition);
  const list = LISTS[field];
  if (list) return listCondition(list, condition);
  throw new PqrError('query.where', `The filter names an unknown field '${String(field)}'.`);
}

function numberCondition(
  column: string,
  { field, operator, value }: FilterCondition,
): SqlCondition {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (operator !== 'like' && Number.isFinite(number)) {
    return { sql: `${column} ${operator} ?`, value: number };
  }
  throw new PqrError(
    'query.where',
    `The filter compares ${field} ${operator} '${value}'; a number and one of = != < <= > >= are needed.`,
  );
}

function textCondition(column: string, { operator, value }: FilterCondition): SqlCondition {
  if (operator === 'like') return { sql: `${column} LIKE ? ESCAPE '\\'`, value: pattern(value) };
  return { sql: `${column} ${operator} ? COLLATE NOCASE`, value: String(value) };
}

function timeCondition({ operator, value }: FilterCondition): SqlCondition {
  const text = String(value).trim().replace(' ', 'T');
  const column = 'ecg.recorded_at';
  if (operator === 'like') return { sql: `${column} LIKE ? ESCAPE '\\'`, value: pattern(text) };
  return { sql: `substr(${column}, 1, ${text.length}) ${operator} ?`, value: text };
}

function listCondition(
  { table, column }: { table: string; column: string },
  condition: FilterCondition,
): SqlCondition {
  const none = condition.operator === '!=';
  const inner = textCondition(`${table}.${column}`, {
    ...condition,
    operator: none ? '=' : condition.operator,
  });
  const sql = `${none ? 'NOT ' : ''}EXISTS
    (SELECT 1 FROM ${table} WHERE ${table}.ecg_key = ecg.key AND ${inner.sql})`;
  return { sql, value: inner.value };
}

/** `%` is the one wildcard of the filter language; SQL's `_` is a plain character. */
function pattern(value: string | number): string {
  const escaped = String(value).replace(/[\\_]/g, '\\$&');
  return escaped.includes('%') ? escaped : `%${escaped}%`;
}
