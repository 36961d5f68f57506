/**
 * Where each row's zero line lies. A panel is placed by the median of its own samples and by nothing else;
 * rows with tall complexes get more of the paper's height, so that neighbours touch as little as possible
 * while the page keeps its size.
 */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { hasPulse, type Panel, type PlotPlan } from './layout.js';

/** A panel's samples as placed on the paper. */
export interface PlacedPanel {
  readonly panel: Panel;
  /** First sample and one past the last; equal where the panel has none. */
  readonly startSample: number;
  readonly endSample: number;
  /** Millivolts drawn at the row's zero line; NaN where no sample exists. */
  readonly medianMillivolts: number;
  readonly aboveMm: number;
  readonly belowMm: number;
}

export interface RowBand {
  readonly topMm: number;
  readonly bottomMm: number;
  /** A whole millimetre, so that the zero line lies on the grid. */
  readonly zeroMm: number;
}

const MEDIAN_SAMPLE_COUNT = 512;
const EMPTY_ROW_REACH_MM = 3;
const ROW_GAP_MM = 3;

/** Median and reach of every panel. */
export function placePanels(
  record: EcgRecord,
  plan: PlotPlan,
  gainMmPerMillivolt: number,
): PlacedPanel[] {
  return plan.panels.map((panel) => placePanel(record, panel, gainMmPerMillivolt));
}

function placePanel(record: EcgRecord, panel: Panel, gainMmPerMillivolt: number): PlacedPanel {
  const { samplingRateHz, sampleCount } = record;
  const startSample = Math.min(sampleCount, Math.round(panel.startSeconds * samplingRateHz));
  // One sample more than the time holds, so that the trace reaches the next panel.
  const last = Math.round(panel.endSeconds * samplingRateHz) + 1;
  const endSample = panel.leadIndex < 0 ? startSample : Math.min(sampleCount, last);
  if (panel.leadIndex < 0) {
    const none = { medianMillivolts: Number.NaN, aboveMm: 0, belowMm: 0 };
    return { panel, startSample, endSample, ...none };
  }
  const samples = leadSamples(record, panel.leadIndex).subarray(startSample, endSample);
  const medianMillivolts = thinnedMedian(samples);
  const { low, high } = range(samples);
  return {
    panel,
    startSample,
    endSample,
    medianMillivolts,
    aboveMm: (high - medianMillivolts) * gainMmPerMillivolt || 0,
    belowMm: (medianMillivolts - low) * gainMmPerMillivolt || 0,
  };
}

/** Median of at most 512 evenly spaced samples, NaN left out: enough to place a trace. */
function thinnedMedian(samples: Float32Array): number {
  const stride = Math.max(1, Math.ceil(samples.length / MEDIAN_SAMPLE_COUNT));
  const kept = new Float32Array(Math.ceil(samples.length / stride));
  let count = 0;
  for (let index = 0; index < samples.length; index += stride) {
    const value = samples[index]!;
    if (Number.isFinite(value)) kept[count++] = value;
  }
  if (count === 0) return samples.find(Number.isFinite) ?? Number.NaN;
  const sorted = kept.subarray(0, count).sort();
  return sorted[count >> 1]!;
}

function range(samples: Float32Array): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < samples.length; index++) {
    const value = samples[index]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/**
 * Divides the chart's height among the rows by what each reaches above and below its zero line. The first
 * row's reach upwards and the last one's downwards are kept whole; where the rest is too little, the inner
 * distances shrink alike. Positions are millimetres from the top of the chart.
 */
export function placeRows(
  plan: PlotPlan,
  panels: readonly PlacedPanel[],
  gainMmPerMillivolt: number,
): RowBand[] {
  const { rowCount, rowPitchMm } = plan;
  // One wild artefact must not press all other rows together.
  const reachLimitMm = rowPitchMm * 1.2;
  const above: number[] = [];
  const below: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    const pulse = hasPulse(plan, row) ? Math.min(gainMmPerMillivolt, rowPitchMm) : 0;
    above.push(Math.max(EMPTY_ROW_REACH_MM, pulse));
    below.push(EMPTY_ROW_REACH_MM);
  }
  for (const { panel, aboveMm, belowMm } of panels) {
    above[panel.row] = Math.max(above[panel.row]!, Math.min(aboveMm, reachLimitMm));
    below[panel.row] = Math.max(below[panel.row]!, Math.min(belowMm, reachLimitMm));
  }
  return bandsAround(zeroLines(above, below, rowCount * rowPitchMm), rowCount * rowPitchMm);
}

function zeroLines(above: number[], below: number[], heightMm: number): number[] {
  const wanted = above.slice(1).map((reach, row) => below[row]! + reach + ROW_GAP_MM);
  const edgesMm = above[0]! + below.at(-1)! + ROW_GAP_MM;
  const wantedMm = wanted.reduce((sum, distance) => sum + distance, 0);
  const squeeze = Math.min(1, Math.max(0, heightMm - edgesMm) / wantedMm);
  const spareMm = Math.max(0, heightMm - edgesMm - wantedMm) / above.length;
  let zeroMm = Math.min(heightMm / 2, above[0]! + ROW_GAP_MM / 2 + spareMm / 2);
  const lines = [zeroMm];
  for (const distance of wanted) {
    zeroMm += distance * squeeze + spareMm;
    lines.push(zeroMm);
  }
  return lines.map((line) => Math.round(line));
}

/** The bands end half-way between two zero lines. */
function bandsAround(zeroLinesMm: readonly number[], heightMm: number): RowBand[] {
  return zeroLinesMm.map((zeroMm, row) => ({
    topMm: row === 0 ? 0 : (zeroLinesMm[row - 1]! + zeroMm) / 2,
    bottomMm: row === zeroLinesMm.length - 1 ? heightMm : (zeroMm + zeroLinesMm[row + 1]!) / 2,
    zeroMm,
  }));
}
