/**
 * The paper: grid, time axis, highlight bands, R-peak ticks and calibration pulse. All lengths are in
 * hundredths of a millimetre, y down.
 */
import type { ResolvedPlotOptions } from './options.js';
import { fitText, type TextWriter, textWidth } from './text.js';
import { UNITS_PER_MM } from './trace.js';

export interface ChartBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Where `startSeconds` lies: right of the calibration pulses. */
  readonly traceLeft: number;
  readonly traceRight: number;
}

const MINOR_COLOUR = '#f7d5d5';
const MAJOR_COLOUR = '#eba9a9';
const BAND_COLOUR = '#ffb300';
const LABEL_SIZE = 260;
const LABEL_WIDTH = 4500;
const LABEL_STEPS_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60];
const LABEL_SPACING_MM = 20;
const CALIBRATION_SECONDS = 0.2;

/** Grid lines every millimetre, stronger every fifth. */
export function drawGrid({ left, top, width, height }: ChartBox): string {
  const minor = gridPath(width, height, (index) => index % 5 !== 0);
  const major = gridPath(width, height, (index) => index % 5 === 0);
  return (
    `<g transform="translate(${left} ${top})" fill="none">` +
    `<path d="${minor}" stroke="${MINOR_COLOUR}" stroke-width="9"/>` +
    `<path d="${major}" stroke="${MAJOR_COLOUR}" stroke-width="14"/></g>`
  );
}

function gridPath(width: number, height: number, wanted: (index: number) => boolean): string {
  let path = '';
  for (let index = 0; index * UNITS_PER_MM <= width; index++) {
    if (wanted(index)) path += `M${index * UNITS_PER_MM} 0v${height}`;
  }
  for (let index = 0; index * UNITS_PER_MM <= height; index++) {
    if (wanted(index)) path += `M0 ${index * UNITS_PER_MM}h${width}`;
  }
  return path;
}

/** x of a second of the recording. */
export function xOfSeconds(seconds: number, box: ChartBox, options: ResolvedPlotOptions): number {
  const mm = (seconds - options.startSeconds) * options.speedMmPerSecond;
  return Math.round(box.traceLeft + mm * UNITS_PER_MM);
}

/** Seconds below the chart. */
export function drawTimeAxis(
  box: ChartBox,
  options: ResolvedPlotOptions,
  write: TextWriter,
): string {
  const { startSeconds, shownSeconds, speedMmPerSecond } = options;
  const fits = (step: number) => step * speedMmPerSecond >= LABEL_SPACING_MM;
  const step = LABEL_STEPS_SECONDS.find(fits) ?? 120;
  const bottom = box.top + box.height;
  let ticks = '';
  let labels = '';
  const last = Math.floor((startSeconds + shownSeconds) / step + 1e-6);
  for (let count = Math.ceil(startSeconds / step - 1e-6); count <= last; count++) {
    const seconds = count * step;
    const x = xOfSeconds(seconds, box, options);
    ticks += `M${x} ${bottom}v120`;
    const text = `${Math.round(seconds * 10) / 10} s`;
    const anchor = x + 300 > box.left + box.width ? 'end' : 'middle';
    labels += write(text, { x, y: bottom + 390, size: 260, anchor, colour: '#5b5b60' });
  }
  return `<path d="${ticks}" stroke="#5b5b60" stroke-width="15"/>${labels}`;
}

/** Translucent bands over the highlighted seconds, clipped to what is shown. */
export function drawHighlights(
  box: ChartBox,
  options: ResolvedPlotOptions,
  write: TextWriter,
): string {
  const end = options.startSeconds + options.shownSeconds;
  let bands = '';
  let labels = '';
  const placeLabel = labelPlaces(box);
  for (const { startSeconds, endSeconds, label } of options.highlights) {
    const from = Math.max(startSeconds, options.startSeconds);
    const to = Math.min(endSeconds, end);
    if (from > to) continue;
    const x = xOfSeconds(from, box, options);
    const width = Math.max(40, xOfSeconds(to, box, options) - x);
    bands += `<rect x="${x}" y="${box.top}" width="${width}" height="${box.height}"/>`;
    if (label === undefined || label === '') continue;
    const text = fitText(label, LABEL_SIZE, Math.max(LABEL_WIDTH, width));
    const spot = placeLabel(x + 60, textWidth(text, LABEL_SIZE));
    labels += write(text, { ...spot, size: LABEL_SIZE, colour: '#7a4b00', rim: true });
  }
  if (bands === '') return '';
  return `<g fill="${BAND_COLOUR}" fill-opacity="0.22">${bands}</g>${labels}`;
}

/** Where labels go: at their band, but on the paper, and below one that they would run into. */
function labelPlaces(box: ChartBox): (x: number, width: number) => { x: number; y: number } {
  const ends = [0, 0, 0];
  return (wanted, width) => {
    const x = Math.round(Math.max(box.left, Math.min(wanted, box.left + box.width - width - 60)));
    const line = Math.max(
      0,
      ends.findIndex((end) => end <= x),
    );
    ends[line] = x + width + 150;
    return { x, y: box.top + 300 + line * 320 };
  };
}

/** A small triangle above the time axis for every R peak shown. */
export function drawRPeaks(box: ChartBox, options: ResolvedPlotOptions): string {
  const end = options.startSeconds + options.shownSeconds;
  const y = box.top + box.height;
  let path = '';
  for (const seconds of options.rPeaksSeconds) {
    if (!(seconds >= options.startSeconds && seconds <= end)) continue;
    path += `M${xOfSeconds(seconds, box, options)} ${y - 170}l-70 160h140z`;
  }
  return path === '' ? '' : `<path d="${path}" fill="#0b5cad"/>`;
}

/** Room that the calibration pulse takes before the trace, in whole 5 mm. */
export function calibrationMm(speedMmPerSecond: number): number {
  return Math.ceil((CALIBRATION_SECONDS * speedMmPerSecond + 4) / 5) * 5;
}

/** Path of one pulse of 1 mV over 200 ms that ends where the trace begins. */
export function calibrationPath(
  box: ChartBox,
  zero: number,
  { speedMmPerSecond, gainMmPerMillivolt }: ResolvedPlotOptions,
): string {
  const width = Math.round(CALIBRATION_SECONDS * speedMmPerSecond * UNITS_PER_MM);
  const height = Math.round(gainMmPerMillivolt * UNITS_PER_MM);
  const foot = Math.round((calibrationMm(speedMmPerSecond) * UNITS_PER_MM - width) / 2) - 50;
  const x = box.traceLeft - width - 2 * foot - 50;
  return `M${x} ${zero}h${foot}v${-height}h${width}v${height}h${foot}`;
}
