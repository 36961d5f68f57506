import { describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import { type PlotOptions, parseHighlights, plotLayoutOf } from '../../src/plot/options.js';
import { plotPng } from '../../src/plot/plot-png.js';
import { plotSvg } from '../../src/plot/plot-svg.js';
import { madeRecord } from './fixture.js';

const record = madeRecord(['I'], { samplingRateHz: 250, seconds: 20 }, () => 0);

const WRONG: [PlotOptions, string][] = [
  [{ startSeconds: -1 }, "The plot's start is -1 s; the recording lasts 20 s."],
  [{ startSeconds: 20 }, "The plot's start is 20 s; the recording lasts 20 s."],
  [{ startSeconds: Number.NaN }, "The plot's start is NaN s; the recording lasts 20 s."],
  [{ shownSeconds: 0 }, "The plot's shown time is 0 s; 0.1 to 120 s is allowed."],
  [{ shownSeconds: Number.POSITIVE_INFINITY }, 'shown time is Infinity s'],
  [{ speedMmPerSecond: 0 }, "The plot's speed is 0 mm/s; 2 to 200 mm/s is allowed."],
  [
    { gainMmPerMillivolt: Number.NaN },
    "The plot's gain is NaN mm/mV; 0.5 to 100 mm/mV is allowed.",
  ],
  [{ highlights: [{ startSeconds: 3, endSeconds: 2 }] }, 'A highlight runs from 3 s to 2 s'],
  [
    { highlights: new Array(2001).fill({ startSeconds: 1, endSeconds: 2 }) },
    'The plot has 2001 highlights; at most 2000 are drawn.',
  ],
];

describe('plot options', () => {
  it.each(WRONG)('refuses %j with what it got and what is allowed', (options, message) => {
    let caught: unknown;
    try {
      plotSvg(record, options);
    } catch (error) {
      caught = error;
    }
    expect(PqrError.isInstance(caught) && caught.code).toBe('request.invalid');
    expect((caught as PqrError).message).toContain(message);
  });

  it('refuses paper wider than 5 m', () => {
    const long = madeRecord(['I'], { samplingRateHz: 250, seconds: 120 }, () => 0);
    const options = { shownSeconds: 120, speedMmPerSecond: 200 };
    expect(() => plotSvg(long, options)).toThrow('The plot would be 24000 mm wide');
  });

  it('refuses a picture of more than 60 million pixels', async () => {
    const long = madeRecord(['I'], { samplingRateHz: 250, seconds: 60 }, () => 0);
    const options = { shownSeconds: 60, pixelsPerMm: 40 };
    await expect(plotPng(long, options)).rejects.toThrow('at most 60000000 are drawn');
    await expect(plotPng(long, { pixelsPerMm: 0 })).rejects.toThrow('1 to 40 pixels/mm is allowed');
  });

  it('shows what is left where less than the time asked for remains', () => {
    expect(plotSvg(record, { startSeconds: 15, shownSeconds: 10 })).toContain('15.0 to 20.0 s of');
  });

  it('reads the layout names of addresses and command lines', () => {
    expect(plotLayoutOf('3x4')).toBe('3x4+rhythm');
    expect(plotLayoutOf('12x1')).toBe('12x1');
    expect(() => plotLayoutOf('4x3')).toThrow('The layout is "4x3". Allowed values are 3x4,');
  });

  it('reads highlights as they stand in an address, with and without names', () => {
    expect(parseHighlights('1.2-2.0,3-4:wide QRS & tall T')).toEqual([
      { startSeconds: 1.2, endSeconds: 2 },
      { startSeconds: 3, endSeconds: 4, label: 'wide QRS & tall T' },
    ]);
    const long = `1-2:${'a'.repeat(81)}`;
    for (const wrong of ['', '1', '1-', '1-2,', '-1-2', '1-2:', '1-2:a:b', '1e3-2', long]) {
      expect(() => parseHighlights(wrong), wrong).toThrow(PqrError);
    }
  });
});
