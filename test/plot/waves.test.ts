import { describe, expect, it } from 'vitest';
import type { PlotWave } from '../../src/plot/options.js';
import { plotSvg } from '../../src/plot/plot-svg.js';
import { ptbxlRecord, tracesOf } from './fixture.js';

const record = ptbxlRecord();
const TRACE_LEFT = 1500;
const UNITS_PER_SECOND = 2500;
const BLUE = '#1f6fd1';
const RED = '#d1311f';

const wave = (kind: PlotWave['wave'], startSeconds: number, endSeconds: number): PlotWave => ({
  ...{ wave: kind, startSeconds, endSeconds },
});

/** Seconds of the boundaries drawn in a colour, and of the stripes' beginnings. */
function drawn(svg: string, colour: string) {
  const seconds = (path: string) =>
    [...path.matchAll(/M(\d+) /g)].map(([, x]) => (Number(x) - TRACE_LEFT) / UNITS_PER_SECOND);
  const areas = new RegExp(`<path d="([^"]*)" fill="${colour}"`).exec(svg)?.[1] ?? '';
  const edges = new RegExp(`<path d="([^"]*)" stroke="${colour}"`).exec(svg)?.[1] ?? '';
  return { areas: seconds(areas), edges: seconds(edges) };
}

describe('waves on the plot', () => {
  it('are stripes of their kind with a line at each boundary', () => {
    const svg = plotSvg(record, { waves: [wave('P', 0.2, 0.3), wave('QRS', 0.4, 0.5)] });
    expect(drawn(svg, BLUE)).toEqual({ areas: [0.2], edges: [0.2, 0.3] });
    expect(drawn(svg, RED)).toEqual({ areas: [0.4], edges: [0.4, 0.5] });
  });

  it('are clipped to what is shown, without a line where nothing begins', () => {
    const waves = [wave('P', 0.9, 1.1), wave('P', 5, 5.1)];
    const svg = plotSvg(record, { startSeconds: 1, shownSeconds: 2, waves });
    const { areas, edges } = drawn(svg, BLUE);
    expect(areas).toEqual([0]);
    expect(edges).toHaveLength(1);
    expect(edges[0]).toBeCloseTo(0.1, 3);
  });

  it('leave the traces as they are and are named below the paper', () => {
    const plain = plotSvg(record);
    const svg = plotSvg(record, { waves: [wave('T', 1, 1.2)] });
    expect(tracesOf(svg)).toEqual(tracesOf(plain));
    expect(svg).toContain('T green');
    expect(plain).not.toContain('T green');
  });
});
