/**
 * An ECG plot as a PNG picture: the SVG with its letters drawn as strokes, so that it looks the same on a
 * machine without fonts, rasterised by resvg.
 */
import { renderAsync } from '@resvg/resvg-js';
import { PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { PlotOptions } from './options.js';
import { drawPlot } from './plot-svg.js';

export interface PngOptions extends Omit<PlotOptions, 'text'> {
  /** Resolution; default 8 pixels a millimetre (203 dpi). */
  readonly pixelsPerMm?: number;
}

const DEFAULT_PIXELS_PER_MM = 8;
const PIXELS_PER_MM_RANGE = [1, 40] as const;
const PIXEL_COUNT_LIMIT = 60_000_000;

/**
 * Draws a recording on ECG paper.
 * @returns the bytes of a PNG file.
 * @throws `request.invalid` where an option is out of range or the picture would be too large.
 */
export async function plotPng(record: EcgRecord, options: PngOptions = {}): Promise<Uint8Array> {
  const { pixelsPerMm = DEFAULT_PIXELS_PER_MM, ...plotOptions } = options;
  const { svg, widthMm, heightMm } = drawPlot(record, { ...plotOptions, text: 'strokes' });
  checkPixels(pixelsPerMm, widthMm * heightMm);
  const image = await renderAsync(svg, {
    fitTo: { mode: 'width', value: Math.round(widthMm * pixelsPerMm) },
    font: { loadSystemFonts: false },
  });
  return image.asPng();
}

function checkPixels(pixelsPerMm: number, areaSquareMm: number): void {
  const [low, high] = PIXELS_PER_MM_RANGE;
  if (!(pixelsPerMm >= low && pixelsPerMm <= high)) {
    throw new PqrError(
      'request.invalid',
      `The plot's resolution is ${pixelsPerMm} pixels/mm; ${low} to ${high} pixels/mm is allowed.`,
    );
  }
  const pixelCount = Math.round(areaSquareMm * pixelsPerMm ** 2);
  if (pixelCount <= PIXEL_COUNT_LIMIT) return;
  throw new PqrError(
    'request.invalid',
    `The plot would have ${pixelCount} pixels; at most ${PIXEL_COUNT_LIMIT} are drawn.`,
    { hint: 'Choose fewer seconds, a lower paper speed or fewer pixels a millimetre.' },
  );
}
