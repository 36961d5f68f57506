/**
 * The filter language of `--where` and `where=`: conditions joined by `and`.
 *
 *     age>=60 and sex=male and code=AFIB and recordedAt>=1990-01-01 and record like '00001'
 *
 * A value is a bare word, a number, or text in quotes. It does not do `or`, brackets or arithmetic.
 */
import {
  FILTER_FIELDS,
  type FilterCondition,
  type FilterField,
  type FilterOperator,
} from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';

const MAX_CONDITION_COUNT = 32;
const MAX_EXPRESSION_LENGTH = 2000;
const NUMERIC: readonly FilterField[] = ['age', 'durationSeconds', 'heartRate', 'quality'];
const CONDITION =
  /^\s*([\w()./-]+)\s*(<=|>=|!=|=|<|>|\blike\b)\s*("(?:[^"]*)"|'(?:[^']*)'|[^\s"']+)\s*/i;

/** One condition as it was written; quotes are off. */
export interface WrittenCondition {
  readonly name: string;
  readonly operator: FilterOperator;
  readonly text: string;
}

/** @throws `query.where` naming the part that is not understood. */
export function parseWhere(expression: string): FilterCondition[] {
  return parseConditions(expression).map(makeCondition);
}

/**
 * The conditions of an expression over fields of any name.
 * @throws `query.where` naming the part that is not understood.
 */
export function parseConditions(
  expression: string,
  fields: readonly string[] = FILTER_FIELDS,
): WrittenCondition[] {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new PqrError(
      'query.where',
      `The filter has ${expression.length} characters; at most ${MAX_EXPRESSION_LENGTH} are read.`,
    );
  }
  const conditions: WrittenCondition[] = [];
  let rest = expression.trim();
  while (rest !== '') {
    const match = CONDITION.exec(rest);
    if (!match) throw notUnderstood(rest, fields);
    const [, name, operator, quoted] = match;
    const text = /^["']/.test(quoted!) ? quoted!.slice(1, -1) : quoted!;
    conditions.push({ name: name!, operator: operator!.toLowerCase() as FilterOperator, text });
    rest = nextCondition(rest.slice(match[0].length), fields);
  }
  if (conditions.length > MAX_CONDITION_COUNT) {
    throw new PqrError(
      'query.where',
      `The filter has ${conditions.length} conditions; at most ${MAX_CONDITION_COUNT} are read.`,
    );
  }
  return conditions;
}

/** What follows an `and`; empty at the end. */
function nextCondition(rest: string, fields: readonly string[]): string {
  if (rest === '') return '';
  const joined = /^and\s+(?=\S)/i.exec(rest);
  if (!joined) throw notUnderstood(rest, fields);
  return rest.slice(joined[0].length);
}

function makeCondition({ name, operator, text }: WrittenCondition): FilterCondition {
  const field = FILTER_FIELDS.find((known) => known.toLowerCase() === name.toLowerCase());
  if (field === undefined) {
    throw new PqrError(
      'query.where',
      `The filter names a field '${name}'; allowed are ${FILTER_FIELDS.join(', ')}.`,
    );
  }
  return { field, operator, value: conditionValue(field, text) };
}

const SEXES = new Map([
  ['m', 'male'],
  ['male', 'male'],
  ['f', 'female'],
  ['female', 'female'],
]);

function conditionValue(field: FilterField, text: string): string | number {
  if (field === 'sex') return sexOf(text);
  if (field === 'recordedAt') return dateOf(text);
  if (field === 'acceptable') return truthOf(text);
  if (!NUMERIC.includes(field)) return text;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new PqrError(
    'query.where',
    `The filter compares ${field} with '${text}'; a number is needed.`,
  );
}

/** A year, a month, a day or a time; compared as far as it goes. */
function dateOf(text: string): string {
  if (/^\d{4}(?:-\d{2}(?:-\d{2}(?:[T ][\d:.]*Z?)?)?)?$/.test(text)) return text;
  throw new PqrError(
    'query.where',
    `The filter compares recordedAt with '${text}'; a date like 1990-01-31 is needed.`,
  );
}

/** 1 or 0, as the archive stores it. */
function truthOf(text: string): number {
  const lower = text.toLowerCase();
  if (['true', 'yes', '1'].includes(lower)) return 1;
  if (['false', 'no', '0'].includes(lower)) return 0;
  throw new PqrError(
    'query.where',
    `The filter compares acceptable with '${text}'; true or false is needed.`,
  );
}

function sexOf(text: string): string {
  const sex = SEXES.get(text.toLowerCase());
  if (sex !== undefined) return sex;
  throw new PqrError(
    'query.where',
    `The filter compares sex with '${text}'; male or female is needed.`,
  );
}

function notUnderstood(rest: string, fields: readonly string[]): PqrError {
  return new PqrError(
    'query.where',
    `The filter is not understood from '${rest.slice(0, 40)}' on.`,
    {
      hint: `Write conditions joined by and: age>=60 and sex=male. Fields: ${fields.join(', ')}.`,
    },
  );
}
