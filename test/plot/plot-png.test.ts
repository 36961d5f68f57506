import { beforeAll, describe, expect, it } from 'vitest';
import { leadSamples, makeRecord } from '../../src/ecg/record.js';
import { glyphOf } from '../../src/plot/glyphs.js';
import { plotPng } from '../../src/plot/plot-png.js';
import { drawPlot } from '../../src/plot/plot-svg.js';
import { textWidth } from '../../src/plot/text.js';
import { linesOf, ptbxlRecord, tracesOf } from './fixture.js';
import { type Picture, readPng } from './png.js';

const PIXELS_PER_MM = 8;
const record = ptbxlRecord();

/** Share of dark pixels in a box given in millimetres. */
function inkIn(picture: Picture, [left, top, width, height]: [number, number, number, number]) {
  let dark = 0;
  let count = 0;
  for (let y = Math.round(top * PIXELS_PER_MM); y < (top + height) * PIXELS_PER_MM; y++) {
    for (let x = Math.round(left * PIXELS_PER_MM); x < (left + width) * PIXELS_PER_MM; x++) {
      count++;
      if (Math.max(...picture.at(x, y)) < 110) dark++;
    }
  }
  return dark / count;
}

describe('plotPng', () => {
  let picture: Picture;
  beforeAll(async () => {
    picture = readPng(await plotPng(record, { title: 'PTB-XL 02000' }));
  });

  it('is as large as the paper at 8 pixels a millimetre', () => {
    const { widthMm, heightMm } = drawPlot(record);
    expect([picture.width, picture.height]).toEqual([widthMm * 8, heightMm * 8]);
  });

  it('has a red grid line every 5 mm and a fainter one every millimetre', () => {
    // In the free paper right of the first calibration pulse's foot, on the chart's top 3 mm.
    const rows = [0.5, 1.5, 2.5].map((mm) => Math.round((9 + mm) * PIXELS_PER_MM));
    const redness = (mm: number) => {
      const column = Math.round((5 + mm) * PIXELS_PER_MM);
      const pixels = rows.flatMap((y) => [picture.at(column - 1, y), picture.at(column, y)]);
      return Math.max(...pixels.map(([red, green]) => red - green));
    };
    expect(redness(20)).toBeGreaterThan(25);
    expect(redness(21)).toBeGreaterThan(8);
    expect(redness(21)).toBeLessThan(redness(20) - 8);
    expect(redness(20.5)).toBeLessThan(8);
  });

  it('has ink where the trace runs, at the R peak of lead II as drawn in the SVG', async () => {
    const samples = leadSamples(record, 1);
    const made = makeRecord({ leads: ['II'], samplingRateHz: 500, samples, format: 'wfdb' });
    const { svg } = drawPlot(made);
    const points = linesOf(tracesOf(svg)[0]!).flat();
    const peak = points.reduce((best, point) => (point.y < best.y ? point : best));
    const alone = readPng(await plotPng(made));
    expect(inkIn(alone, [peak.x / 100 - 0.3, peak.y / 100 - 0.1, 0.6, 1])).toBeGreaterThan(0.2);
    expect(inkIn(alone, [peak.x / 100 - 0.3, peak.y / 100 - 2, 0.6, 1])).toBe(0);
  });

  it('writes title, speed and notice without any font', () => {
    expect(inkIn(picture, [5, 3, 30, 4])).toBeGreaterThan(0.05);
    expect(inkIn(picture, [230, 3, 35, 4])).toBeGreaterThan(0.05);
    expect(inkIn(picture, [225, picture.height / 8 - 6, 40, 4])).toBeGreaterThan(0.03);
  });
});

describe('the stroke alphabet', () => {
  const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  const letters = [...printable, ...'\u00c4\u00d6\u00dc\u00e4\u00f6\u00fc\u00df\u00b0\u00b5\u00b7'];

  it('has every printable ASCII character and the German letters, each drawn in its own way', () => {
    const drawn = letters.map((letter) => JSON.stringify(glyphOf(letter)));
    expect(new Set(drawn).size).toBe(letters.length);
    expect(drawn).not.toContain(JSON.stringify(glyphOf('\u4e2d')));
    expect(letters.every((letter) => glyphOf(letter).strokes.length > 0)).toBe(true);
  });

  it('keeps every glyph inside its width and between accent and descender', () => {
    for (const letter of letters) {
      const { width, strokes } = glyphOf(letter);
      for (const { x, y } of strokes) {
        expect(x, letter).toBeGreaterThanOrEqual(0);
        expect(x, letter).toBeLessThanOrEqual(width);
        expect(y, letter).toBeGreaterThanOrEqual(-4);
        expect(y, letter).toBeLessThanOrEqual(18);
      }
    }
  });

  it('measures a text as the sum of its letters', () => {
    const width = textWidth('II', 340);
    expect(textWidth('IIII', 340)).toBeCloseTo(2 * width + (3 * 340 * 0.72) / 14, 6);
    expect(textWidth('', 340)).toBe(0);
  });
});
