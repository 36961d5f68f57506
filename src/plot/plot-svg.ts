/**
 * An ECG record as an SVG picture on ECG paper: true to scale (its width and height are millimetres), the
 * same bytes for the same input, with every text escaped. It draws samples as they are: no filter, nothing
 * subtracted but each panel's median.
 */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { drawAttention } from './attention.js';
import { describe, drawCaptions, isComputed } from './captions.js';
import { type Drawing, FOOTER_MM, isCut, MARGIN_MM, prepareDrawing, windowOf } from './drawing.js';
import { hasPulse } from './layout.js';
import { type PlotOptions, resolvePlotOptions } from './options.js';
import {
  calibrationPath,
  drawGrid,
  drawHighlights,
  drawRPeaks,
  drawTimeAxis,
  xOfSeconds,
} from './paper.js';
import type { PlacedPanel, RowBand } from './rows.js';
import { escapeXml, FONT_FAMILY, fitText } from './text.js';
import {
  FINENESSES,
  type Fineness,
  type TraceScratch,
  tracePath,
  traceScratch,
  UNITS_PER_MM,
} from './trace.js';
import { drawWaves } from './waves.js';

const TRACE_COLOUR = '#15151a';
/** Of a lead that was computed, not recorded. */
const DASHES = ' stroke-dasharray="90 60"';
/** Leaves room for grid and texts in a picture of 150 kB. */
const TRACES_BYTES_WANTED = 132_000;

/** The plot and how large it is. */
export interface SizedPlot {
  readonly svg: string;
  readonly widthMm: number;
  readonly heightMm: number;
}

/**
 * Draws a recording on ECG paper.
 * @returns a complete SVG document.
 * @throws `request.invalid` where an option is out of range (see `resolvePlotOptions`).
 */
export function plotSvg(record: EcgRecord, options: PlotOptions = {}): string {
  return drawPlot(record, options).svg;
}

/** As `plotSvg`, with the size of the page in millimetres. */
export function drawPlot(record: EcgRecord, options: PlotOptions = {}): SizedPlot {
  const drawing = prepareDrawing(record, resolvePlotOptions(record, options));
  const { box, write } = drawing;
  const widthMm = (box.left + box.width) / UNITS_PER_MM + MARGIN_MM;
  const heightMm = (box.top + box.height) / UNITS_PER_MM + FOOTER_MM;
  const width = widthMm * UNITS_PER_MM;
  const height = heightMm * UNITS_PER_MM;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthMm}mm" height="${heightMm}mm"` +
    ` viewBox="0 0 ${width} ${height}" font-family="${FONT_FAMILY}" role="img"><title>${escapeXml(describe(drawing))}</title>` +
    `<rect width="${width}" height="${height}" fill="#fff"/>` +
    drawGrid(box) +
    drawAttention(box, drawing.options) +
    drawWaves(box, drawing.options) +
    drawHighlights(box, drawing.options, write) +
    drawRows(drawing) +
    drawRPeaks(box, drawing.options) +
    drawTimeAxis(box, drawing.options, write) +
    drawCaptions(drawing) +
    '</svg>\n';
  return { svg, widthMm, heightMm };
}

function drawRows(drawing: Drawing): string {
  const { placed, bands, plan, options, box } = drawing;
  let marks = '';
  let names = '';
  for (const one of placed) {
    const band = bands[one.panel.row]!;
    const zero = box.top + band.zeroMm * UNITS_PER_MM;
    const x = xOfSeconds(one.panel.startSeconds, box, options);
    names += drawLeadName(drawing, one, band);
    if (!one.panel.first) marks += `M${x} ${zero - 350}v700`;
    else if (hasPulse(plan, one.panel.row)) marks += calibrationPath(box, zero, options);
  }
  // Names lie under the traces: no letter hides a part of the signal.
  return (
    `${names}<g fill="none" stroke="${TRACE_COLOUR}" stroke-width="28" stroke-linejoin="round"` +
    ` stroke-linecap="round"><path d="${marks}" stroke-width="22"/>${drawTraces(drawing)}</g>`
  );
}

/** All traces, as fine as fits the size that a picture may have. */
function drawTraces(drawing: Drawing): string {
  const { placed, bands } = drawing;
  const scratch = traceScratch(Math.max(...placed.map((one) => one.endSample - one.startSample)));
  let traces = '';
  for (const fineness of FINENESSES) {
    traces = '';
    for (const one of placed) {
      traces += drawTrace(drawing, one, bands[one.panel.row]!, { fineness, scratch });
    }
    if (traces.length <= TRACES_BYTES_WANTED) break;
  }
  return traces;
}

function drawTrace(
  drawing: Drawing,
  placed: PlacedPanel,
  band: RowBand,
  { fineness, scratch }: { fineness: Fineness; scratch: TraceScratch },
): string {
  const { record, options, box } = drawing;
  const { panel, startSample, endSample, medianMillivolts } = placed;
  if (panel.leadIndex < 0 || !Number.isFinite(medianMillivolts)) return '';
  const { speedMmPerSecond, gainMmPerMillivolt } = options;
  const geometry = {
    xUnits: xOfSeconds(startSample / record.samplingRateHz, box, options),
    unitsPerSample: (speedMmPerSecond * UNITS_PER_MM) / record.samplingRateHz,
    zeroUnits: box.top + band.zeroMm * UNITS_PER_MM,
    unitsPerMillivolt: gainMmPerMillivolt * UNITS_PER_MM,
    medianMillivolts,
    fineness,
  };
  const samples = leadSamples(record, panel.leadIndex);
  const path = tracePath(samples, { startSample, endSample }, geometry, scratch);
  const trace = `<path${isComputed(record, panel.lead) ? DASHES : ''} d="${path}"/>`;
  return isCut(drawing.plan, placed, band) ? cut(trace, drawing, band) : trace;
}

/** Cuts a trace that would run far into its neighbours; most need no cutting and get none. */
function cut(trace: string, { box, plan }: Drawing, band: RowBand): string {
  const { topMm, bottomMm } = windowOf(plan, band);
  const y = Math.round(box.top + topMm * UNITS_PER_MM);
  const height = Math.round((bottomMm - topMm) * UNITS_PER_MM);
  const frame = `${box.left} ${y} ${box.width} ${height}`;
  return (
    `<svg x="${box.left}" y="${y}" width="${box.width}" height="${height}" viewBox="${frame}"` +
    ` overflow="hidden">${trace}</svg>`
  );
}

function drawLeadName(drawing: Drawing, placed: PlacedPanel, band: RowBand): string {
  const { box, options, write, plan } = drawing;
  const { panel, medianMillivolts } = placed;
  const zero = box.top + band.zeroMm * UNITS_PER_MM;
  const top = Math.round(box.top + band.topMm * UNITS_PER_MM);
  const x = xOfSeconds(panel.startSeconds, box, options) + 130;
  const spot = plan.dense
    ? { x: box.left + 120, y: zero + 120, size: 320 }
    : { x, y: Math.max(top + 330, zero - 900), size: 340 };
  const label = isComputed(drawing.record, panel.lead) ? `${panel.lead}*` : panel.lead;
  const name = write(fitText(label, spot.size, 2000), { ...spot, bold: true, rim: true });
  if (Number.isFinite(medianMillivolts)) return name;
  const why = panel.leadIndex < 0 ? 'not recorded' : 'no signal';
  return name + write(why, { x, y: zero + 90, size: 260, colour: '#77777d', rim: true });
}
