import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { plotSvg } from '../../src/plot/plot-svg.js';
import { ptbxlRecord, textsOf, tracesOf } from './fixture.js';

const record = ptbxlRecord();
const TRACE_LEFT = 1500;
const UNITS_PER_SECOND = 2500;

/** Bands of the violet strip, as seconds and opacity. */
function bandsOf(svg: string) {
  const from = svg.indexOf('<g fill="#6b3fd4">');
  if (from < 0) return [];
  const group = svg.slice(from, svg.indexOf('</g>', from));
  return [...group.matchAll(/x="(\d+)" y="\d+" width="(\d+)".*?fill-opacity="([\d.]+)"/g)].map(
    ([, x, width, opacity]) => ({
      start: (Number(x) - TRACE_LEFT) / UNITS_PER_SECOND,
      end: (Number(x) + Number(width) - TRACE_LEFT) / UNITS_PER_SECOND,
      opacity: Number(opacity),
    }),
  );
}

const shades = (...shares: number[]) =>
  shares.map((share, second) => ({ startSeconds: second, endSeconds: second + 1, share }));

describe('attention on the plot', () => {
  it('is shaded where it is more than even, darkest where it is most', () => {
    const bands = bandsOf(plotSvg(record, { attention: shades(0.2, 3, 5, 1, 0.5, 3) }));
    expect(bands.map(({ start, end }) => [start, end])).toEqual([
      [1, 2],
      [2, 3],
      [5, 6],
    ]);
    expect(bands[1]!.opacity).toBeGreaterThan(bands[0]!.opacity);
    expect(bands[2]!.opacity).toBe(bands[0]!.opacity);
    expect(Math.max(...bands.map(({ opacity }) => opacity))).toBeLessThan(0.5);
  });

  it('joins neighbours of one darkness and leaves an even map white', () => {
    expect(bandsOf(plotSvg(record, { attention: shades(4, 4, 4) }))).toHaveLength(1);
    const even = plotSvg(record, { attention: shades(1, 1.01, 0.99) });
    expect(bandsOf(even)).toEqual([]);
  });

  it('is clipped to what is shown, and as dark as the most of that', () => {
    const svg = plotSvg(record, { startSeconds: 1.5, shownSeconds: 2, attention: shades(9, 3, 2) });
    const bands = bandsOf(svg);
    expect(bands[0]).toMatchObject({ start: 0, end: 0.5 });
    expect(bands).toHaveLength(2);
    const alone = bandsOf(plotSvg(record, { attention: shades(0, 3, 2) }));
    expect(bands[0]!.opacity).toBe(alone[0]!.opacity);
  });

  it('lies behind the traces, which stay the same, and is named below the paper', () => {
    const plain = plotSvg(record);
    const svg = plotSvg(record, { attention: shades(3) });
    expect(svg.indexOf('#6b3fd4')).toBeLessThan(svg.indexOf('stroke="#15151a"'));
    expect(tracesOf(svg)).toEqual(tracesOf(plain));
    const key = 'where the model looked';
    expect(textsOf(svg).some(({ text }) => text.includes(key))).toBe(true);
    expect(textsOf(plain).some(({ text }) => text.includes(key))).toBe(false);
    expect(() => new Resvg(svg)).not.toThrow();
  });
});
