/** What the columns of a table become: leads with their units, time, and what is left out. */
import { PqrError } from '../ecg/errors.js';
import { STANDARD_LEADS } from '../ecg/leads.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import type { EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { shown } from './byte-source.js';
import type { CsvColumn, CsvHead } from './csv-head.js';
import { leadNames, selectLeads } from './lead-names.js';
import type { ReadOptions } from './read-options.js';
import { parseDecimal } from './text.js';
import { warning } from './warnings.js';

const RATE_KEY =
  /^(?:sampling[ _]?(?:rate|frequency)(?:[ _]?\(?hz\)?)?|fs|frequency|rate)\s*[:=]\s*(.*?)\s*(?:hz)?$/i;
const MAX_SETTING_LENGTH = 200;
const UNIT_KEY = /^units?\s*[:=]\s*(\S+)$/i;

export interface LeadColumn {
  readonly column: number;
  readonly name: string;
  /** Units of the file in one millivolt. */
  readonly unitsPerMillivolt: number;
}

export interface TablePlan {
  readonly name: string;
  readonly head: CsvHead;
  readonly leads: readonly LeadColumn[];
  readonly timeColumn: number;
  readonly timeUnitSeconds?: number;
}

export interface Settings {
  readonly samplingRateHz?: number;
  readonly unit?: string;
  readonly comments: readonly string[];
}

/** The rate and unit that comment lines state, and the other comments. */
export function readSettings(comments: readonly string[]): Settings {
  const rest: string[] = [];
  let samplingRateHz: number | undefined;
  let unit: string | undefined;
  for (const comment of comments) {
    if (comment.length > MAX_SETTING_LENGTH) {
      rest.push(comment);
      continue;
    }
    const rate = parseDecimal(RATE_KEY.exec(comment)?.[1] ?? '');
    const unitMatch = UNIT_KEY.exec(comment);
    if (rate !== undefined) samplingRateHz ??= rate;
    else if (unitMatch) unit ??= unitMatch[1];
    else rest.push(comment);
  }
  return {
    comments: rest,
    ...(samplingRateHz !== undefined && { samplingRateHz }),
    ...(unit !== undefined && { unit }),
  };
}

export interface PlanContext extends Settings {
  readonly options: ReadOptions;
  readonly limits: Limits;
  readonly warnings: EcgWarning[];
}

/**
 * Decides what every column is, in which unit, and which leads are kept.
 * @throws `format.header` (no lead names), `record.invalid`, `limit.exceeded`
 */
export function planTable(name: string, head: CsvHead, context: PlanContext): TablePlan {
  const { options, limits, warnings } = context;
  if (head.columnCount > limits.signalCount) {
    const columns = `${shown(name)} has ${head.columnCount} columns`;
    checkLimit('signalCount', head.columnCount, `${columns} (one column a lead is read)`, limits);
  }
  const columns = head.columns ?? assumeColumns(name, head.columnCount, options, warnings);
  const found = columns.flatMap((column, index) =>
    column.kind === 'lead' ? [{ column: index, name: column.name, unit: column.unit }] : [],
  );
  const scaled = found.map((lead) => {
    const unit = lead.unit ?? context.unit ?? options.unit ?? 'mV';
    return { ...lead, unit, millivolts: millivoltsPerUnit(unit) };
  });
  const dropped = scaled.filter((lead) => lead.millivolts === undefined);
  if (dropped.length > 0) {
    const list = dropped.map((lead) => `${shown(lead.name)} (${shown(lead.unit)})`).join(', ');
    const names = dropped.map((lead) => lead.name);
    const message = `Columns that are no voltage were left out: ${list}.`;
    warnings.push(warning('format.signal-dropped', message, names));
  }
  const voltage = scaled.filter((lead) => lead.millivolts !== undefined);
  const names = leadNames(
    voltage.map((lead) => lead.name),
    warnings,
  );
  const wanted = head.columns === undefined ? undefined : options.leads;
  const leads = selectLeads(names, wanted).map((position) => {
    const { column, millivolts } = voltage[position]!;
    return { column, name: names[position]!, unitsPerMillivolt: unitsPerMillivolt(millivolts!) };
  });
  if (leads.length === 0) {
    throw new PqrError('record.invalid', `${shown(name)} has no column in a voltage unit.`);
  }
  const timeColumn = columns.findIndex((column) => column.kind === 'time');
  const time = columns[timeColumn];
  const timeUnit = time?.kind === 'time' ? time.unitSeconds : undefined;
  return {
    ...{ name, head, leads, timeColumn },
    ...(timeUnit !== undefined && { timeUnitSeconds: timeUnit }),
  };
}

function unitsPerMillivolt(millivolts: number): number {
  return millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
}

/** The columns of a table without a header row. */
function assumeColumns(
  name: string,
  columnCount: number,
  options: ReadOptions,
  warnings: EcgWarning[],
): CsvColumn[] {
  const given = options.leads;
  const lead = (leadName: string): CsvColumn => ({ kind: 'lead', name: leadName });
  if (given?.length === columnCount) return given.map(lead);
  if (given && given.length + 1 === columnCount) return [{ kind: 'time' }, ...given.map(lead)];
  if (given === undefined && columnCount === STANDARD_LEADS.length) {
    const message = `The table names no leads; its 12 columns were taken for ${STANDARD_LEADS.join(', ')}.`;
    warnings.push(warning('format.leads-assumed', message));
    return STANDARD_LEADS.map(lead);
  }
  const got = `${shown(name)} has ${columnCount} columns and no header row`;
  throw new PqrError(
    'format.header',
    given === undefined
      ? `${got}; only 12 columns are taken for the standard leads.`
      : `${got}, but ${given.length} lead names were given.`,
    { hint: 'Put a first row of lead names into the file, such as I,II,V1.' },
  );
}
