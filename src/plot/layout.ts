/**
 * Where the leads go on the paper: which lead in which row over which seconds. The seconds run from left to
 * right without a break in every layout, so one time axis holds for all rows.
 *
 * Layouts are the field's: 3 rows of 4 columns with a rhythm strip, 6 rows of 2, 12 rows of 1. It doesn't
 * look at samples.
 */
import { STANDARD_LEADS } from '../ecg/leads.js';
import type { EcgRecord } from '../ecg/record.js';
import type { ResolvedPlotOptions } from './options.js';

/** One lead over one stretch of time. */
export interface Panel {
  readonly lead: string;
  /** Index in the record, -1 where the lead was not recorded. */
  readonly leadIndex: number;
  readonly row: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** True in the first column: there the row's calibration pulse stands before it. */
  readonly first: boolean;
}

export interface PlotPlan {
  readonly panels: readonly Panel[];
  readonly rowCount: number;
  /** Usual distance of two rows; a multiple of 5 mm. */
  readonly rowPitchMm: number;
  /** Many rows close together: lead names stand before the traces and only the first row has a pulse. */
  readonly dense: boolean;
  /** Recorded leads that this layout has no place for. */
  readonly omittedLeads: readonly string[];
}

const RHYTHM_PREFERENCE = ['II', 'V1', 'V5', 'I', 'III'] as const;
const THREE_BY_FOUR = [
  ['I', 'aVR', 'V1', 'V4'],
  ['II', 'aVL', 'V2', 'V5'],
  ['III', 'aVF', 'V3', 'V6'],
];
const SIX_BY_TWO = STANDARD_LEADS.slice(0, 6).map((lead, row) => [lead, STANDARD_LEADS[row + 6]!]);

const DENSE_FROM_ROWS = 9;

/** Whether a calibration pulse stands before this row. */
export function hasPulse(plan: Pick<PlotPlan, 'dense'>, row: number): boolean {
  return !plan.dense || row === 0;
}

/** The panels of the record's layout, in drawing order. */
export function planPlot(record: EcgRecord, options: ResolvedPlotOptions): PlotPlan {
  const rows = rowsOf(record, options.layout);
  const panels = rows.flatMap((leads, row) => panelsOfRow(record, options, { leads, row }));
  const shown = new Set(panels.map((panel) => panel.lead));
  return {
    panels,
    rowCount: rows.length,
    rowPitchMm: rowPitchMm(options, rows.length),
    dense: rows.length >= DENSE_FROM_ROWS,
    omittedLeads: record.leads.filter((lead) => !shown.has(lead)),
  };
}

function rowsOf(record: EcgRecord, layout: ResolvedPlotOptions['layout']): readonly string[][] {
  switch (layout) {
    case '3x4+rhythm':
      return [...THREE_BY_FOUR, [rhythmLead(record)]];
    case '6x2':
      return SIX_BY_TWO;
    case '12x1': {
      const further = record.leads.filter(
        (lead) => !(STANDARD_LEADS as readonly string[]).includes(lead),
      );
      return [...STANDARD_LEADS, ...further].map((lead) => [lead]);
    }
    case 'rows':
      return record.leads.map((lead) => [lead]);
  }
}

/** Lead II where it was recorded, otherwise the next best one for rhythm. */
function rhythmLead(record: EcgRecord): string {
  const preferred = RHYTHM_PREFERENCE.find((lead) => record.leads.includes(lead));
  return preferred ?? record.leads[0]!;
}

function panelsOfRow(
  record: EcgRecord,
  options: ResolvedPlotOptions,
  { leads, row }: { leads: readonly string[]; row: number },
): Panel[] {
  const seconds = options.shownSeconds / leads.length;
  return leads.map((lead, column) => ({
    lead,
    leadIndex: record.leads.indexOf(lead),
    row,
    startSeconds: options.startSeconds + column * seconds,
    endSeconds: options.startSeconds + (column + 1) * seconds,
    first: column === 0,
  }));
}

function rowPitchMm(options: ResolvedPlotOptions, rowCount: number): number {
  const usual = rowCount <= 2 ? 40 : rowCount <= 4 ? 30 : rowCount < DENSE_FROM_ROWS ? 25 : 15;
  const factor = Math.min(1.6, Math.max(0.7, options.gainMmPerMillivolt / 10));
  return Math.max(10, Math.round((usual * factor) / 5) * 5);
}
