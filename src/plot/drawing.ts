/** Everything that is settled before the first line is drawn: the plan, the places and the paper's size. */
import type { EcgRecord } from '../ecg/record.js';
import { type PlotPlan, planPlot } from './layout.js';
import type { ResolvedPlotOptions } from './options.js';
import { type ChartBox, calibrationMm } from './paper.js';
import { type PlacedPanel, placePanels, placeRows, type RowBand } from './rows.js';
import { type TextWriter, writeFontText, writeStrokeText } from './text.js';
import { UNITS_PER_MM } from './trace.js';

export const MARGIN_MM = 5;
export const HEADER_MM = 9;
export const FOOTER_MM = 13;
const NAME_COLUMN_MM = 10;
const CHART_MIN_WIDTH_MM = 100;

export interface Drawing {
  readonly record: EcgRecord;
  readonly options: ResolvedPlotOptions;
  readonly plan: PlotPlan;
  readonly placed: readonly PlacedPanel[];
  readonly bands: readonly RowBand[];
  readonly box: ChartBox;
  readonly write: TextWriter;
}

/** Plans and places the plot of one recording. */
export function prepareDrawing(record: EcgRecord, options: ResolvedPlotOptions): Drawing {
  const plan = planPlot(record, options);
  const placed = placePanels(record, plan, options.gainMmPerMillivolt);
  const bands = placeRows(plan, placed, options.gainMmPerMillivolt);
  const write = options.text === 'font' ? writeFontText : writeStrokeText;
  return { record, options, plan, placed, bands, box: chartBox(plan, options), write };
}

function chartBox(plan: PlotPlan, options: ResolvedPlotOptions): ChartBox {
  const before = calibrationMm(options.speedMmPerSecond) + (plan.dense ? NAME_COLUMN_MM : 0);
  const traceMm = options.shownSeconds * options.speedMmPerSecond;
  // Up to the next grid line of 5 mm, so that the paper ends on a strong line.
  const widthMm = Math.max(CHART_MIN_WIDTH_MM, Math.ceil((before + traceMm) / 5 - 1e-9) * 5);
  const left = MARGIN_MM * UNITS_PER_MM;
  const traceLeft = left + before * UNITS_PER_MM;
  return {
    left,
    top: HEADER_MM * UNITS_PER_MM,
    width: widthMm * UNITS_PER_MM,
    height: plan.rowCount * plan.rowPitchMm * UNITS_PER_MM,
    traceLeft,
    traceRight: Math.round(traceLeft + traceMm * UNITS_PER_MM),
  };
}

/** How far a trace may run: its own band and half a row more. Millimetres from the chart's top. */
export function windowOf(plan: PlotPlan, band: RowBand): { topMm: number; bottomMm: number } {
  const slackMm = plan.rowPitchMm / 2;
  return {
    topMm: Math.max(0, band.topMm - slackMm),
    bottomMm: Math.min(plan.rowCount * plan.rowPitchMm, band.bottomMm + slackMm),
  };
}

/** Whether a trace leaves its window. */
export function isCut(plan: PlotPlan, { aboveMm, belowMm }: PlacedPanel, band: RowBand): boolean {
  const { topMm, bottomMm } = windowOf(plan, band);
  return band.zeroMm - aboveMm < topMm || band.zeroMm + belowMm > bottomMm;
}
