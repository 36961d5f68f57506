/**
 * Writing on the paper: SVG text in the reader's font, or our own strokes where no font can be counted on.
 * Lengths are in the drawing's units (hundredths of a millimetre).
 */
import { GLYPH_CAP_HEIGHT, GLYPH_GAP, glyphOf } from './glyphs.js';

export interface TextSpot {
  readonly x: number;
  /** The base line. */
  readonly y: number;
  /** Nominal font size; capitals are 0.72 of it. */
  readonly size: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly colour?: string;
  /** A white rim that keeps the text legible on the trace. */
  readonly rim?: boolean;
}

/** SVG for one line of text. */
export type TextWriter = (text: string, spot: TextSpot) => string;

const CAP_HEIGHT_PER_SIZE = 0.72;
const INK = '#1c1c1e';
/** Stands once, on the root element. */
export const FONT_FAMILY = "'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif";

/** `text` as XML: markup escaped, characters that XML does not allow replaced. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export const writeFontText: TextWriter = (text, spot) => {
  if (text === '') return '';
  const anchor = spot.anchor && spot.anchor !== 'start' ? ` text-anchor="${spot.anchor}"` : '';
  const weight = spot.bold ? ' font-weight="600"' : '';
  const rim = spot.rim ? ` stroke="#fff" stroke-width="${spot.size / 4}" paint-order="stroke"` : '';
  return (
    `<text x="${spot.x}" y="${spot.y}" font-size="${spot.size}"` +
    `${anchor}${weight}${rim} fill="${spot.colour ?? INK}">${escapeXml(text)}</text>`
  );
};

export const writeStrokeText: TextWriter = (text, spot) => {
  const scale = (spot.size * CAP_HEIGHT_PER_SIZE) / GLYPH_CAP_HEIGHT;
  const { path, width } = strokePath(text);
  if (path === '') return '';
  const left = spot.x - width * scale * anchorShare(spot.anchor);
  const place = `translate(${round(left)} ${round(spot.y)})scale(${round(scale)})`;
  const draw = (colour: string, weight: number) =>
    `<path transform="${place}translate(0 -${GLYPH_CAP_HEIGHT})" d="${path}" fill="none"` +
    ` stroke="${colour}" stroke-width="${weight}" stroke-linecap="round" stroke-linejoin="round"/>`;
  const weight = spot.bold ? 2.1 : 1.4;
  return (spot.rim ? draw('#fff', weight + 4) : '') + draw(spot.colour ?? INK, weight);
};

/** Width of `text` in drawing units as the strokes draw it; fonts come close to it. */
export function textWidth(text: string, size: number): number {
  return strokePath(text).width * ((size * CAP_HEIGHT_PER_SIZE) / GLYPH_CAP_HEIGHT);
}

/** `text`, cut with an ellipsis where it would be wider than `width`. */
export function fitText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const letters = [...text.slice(0, 500)];
  while (letters.length > 0 && textWidth(`${letters.join('')}\u2026`, size) > width) letters.pop();
  return `${letters.join('').trimEnd()}\u2026`;
}

function strokePath(text: string): { path: string; width: number } {
  let path = '';
  let x = 0;
  for (const letter of text) {
    const { width, strokes } = glyphOf(letter);
    for (const stroke of strokes) path += `M${round(x + stroke.x)} ${stroke.y}${stroke.path}`;
    x += width + GLYPH_GAP;
  }
  return { path, width: Math.max(0, x - GLYPH_GAP) };
}

function anchorShare(anchor: TextSpot['anchor']): number {
  return anchor === 'end' ? 1 : anchor === 'middle' ? 0.5 : 0;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
