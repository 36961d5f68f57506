import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../src/ecg/leads.js';
import { leadSamples, makeRecord } from '../../src/ecg/record.js';
import { PLOT_LAYOUTS } from '../../src/plot/options.js';
import { drawPlot, plotSvg } from '../../src/plot/plot-svg.js';
import { textWidth } from '../../src/plot/text.js';
import { linesOf, madeRecord, ptbxlRecord, textsOf, tracesOf } from './fixture.js';

const TRACE_LEFT = 1500;
const UNITS_PER_SECOND = 2500;
const record = ptbxlRecord();

/** Throws where the document is not well-formed. */
const parse = (svg: string) => new Resvg(svg, { font: { loadSystemFonts: false } });

describe('plotSvg', () => {
  it('draws 12 leads in 3 rows of 4 with lead II below, 2.5 s each, as the field prints them', () => {
    const svg = plotSvg(record);
    const names = textsOf(svg).filter((one) => STANDARD_LEADS.includes(one.text as 'I'));
    const byColumn = names.map((one) =>
      Math.round((one.x - 130 - TRACE_LEFT) / UNITS_PER_SECOND / 2.5),
    );
    expect(names.map((one) => one.text).join(' ')).toBe(
      'I aVR V1 V4 II aVL V2 V5 III aVF V3 V6 II',
    );
    expect(byColumn).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0]);
    expect(tracesOf(svg)).toHaveLength(13);
  });

  it('puts the R peak of lead II where its time and voltage belong', () => {
    const samples = leadSamples(record, 1);
    const made = makeRecord({ leads: ['II'], samplingRateHz: 500, samples, format: 'wfdb' });
    const peak = samples.indexOf(Math.max(...samples));
    const points = linesOf(tracesOf(plotSvg(made))[0]!).flat();
    const highest = points.reduce((best, point) => (point.y < best.y ? point : best));
    expect(Math.abs(highest.x - (TRACE_LEFT + peak * 5))).toBeLessThanOrEqual(5);
    const ordered = [...samples].sort((a, b) => a - b);
    const spread = points.reduce((low, point) => Math.max(low, point.y), 0) - highest.y;
    expect(Math.abs(spread - (ordered.at(-1)! - ordered[0]!) * 1000)).toBeLessThanOrEqual(7);
  });

  it('places each panel by its own median and nothing else', () => {
    const shifted = madeRecord(['I'], { samplingRateHz: 500, seconds: 10 }, (_, second) =>
      second === 5 ? 4 : 3,
    );
    const points = linesOf(tracesOf(plotSvg(shifted))[0]!).flat();
    const level = points[0]!.y;
    expect((level - 900) % 100).toBe(0);
    expect(points.filter((point) => point.y === level).length).toBeGreaterThan(1);
    expect(Math.min(...points.map((point) => point.y))).toBe(level - 1000);
  });

  it.each([
    [25, 10, 500, 1000],
    [50, 20, 1000, 2000],
    [12.5, 5, 250, 500],
  ])(
    'prints a calibration pulse of 1 mV and 200 ms at %d mm/s and %d mm/mV',
    (speedMmPerSecond, gainMmPerMillivolt, width, height) => {
      const svg = plotSvg(record, { speedMmPerSecond, gainMmPerMillivolt });
      const pulses = svg.match(new RegExp(`h\\d+v-${height}h${width}v${height}h\\d+`, 'g'));
      expect(pulses).toHaveLength(4);
      expect(textsOf(svg).map((one) => one.text)).toContain(
        `${speedMmPerSecond} mm/s \u00b7 ${gainMmPerMillivolt} mm/mV`,
      );
    },
  );

  it('is true to scale: one drawing unit is a hundredth of a millimetre', () => {
    const { svg, widthMm, heightMm } = drawPlot(record);
    expect(svg).toContain(`width="${widthMm}mm" height="${heightMm}mm"`);
    expect(svg).toContain(`viewBox="0 0 ${widthMm * 100} ${heightMm * 100}"`);
    expect(widthMm).toBe(5 + 10 + 250 + 5);
  });

  it.each(PLOT_LAYOUTS)('stays under 150 kB and well-formed in the layout %s', (layout) => {
    for (const text of ['font', 'strokes'] as const) {
      const svg = plotSvg(record, { layout, text, title: 'PTB-XL 02000' });
      expect(Buffer.byteLength(svg)).toBeLessThan(150_000);
      expect(parse(svg).width).toBeGreaterThan(0);
    }
  });

  it('stays small where twelve leads are nothing but white noise', () => {
    const noise = madeRecord(STANDARD_LEADS, { samplingRateHz: 500, seconds: 10 }, (lead, second) =>
      Math.sin((lead + 1) * second * second * 1e6),
    );
    expect(Buffer.byteLength(plotSvg(noise))).toBeLessThan(150_000);
    expect(Buffer.byteLength(plotSvg(noise, { layout: '12x1' }))).toBeLessThan(190_000);
  });

  it('gives the same bytes for the same input', () => {
    const again = makeRecord({ ...record, samples: record.samples.slice() });
    for (const layout of PLOT_LAYOUTS) {
      expect(plotSvg(again, { layout })).toBe(plotSvg(record, { layout }));
    }
  });

  it('says which leads were not recorded and which have no signal', () => {
    const leads = STANDARD_LEADS.filter((lead) => lead !== 'V3');
    const made = madeRecord(leads, { samplingRateHz: 250, seconds: 10 }, (lead) =>
      lead === 0 ? Number.NaN : 0,
    );
    const texts = textsOf(plotSvg(made)).map((one) => one.text);
    expect(texts.filter((text) => text === 'not recorded')).toHaveLength(1);
    expect(texts.filter((text) => text === 'no signal')).toHaveLength(1);
    expect(texts[texts.indexOf('V3') + 1]).toBe('not recorded');
    expect(texts[texts.indexOf('I') + 1]).toBe('no signal');
  });

  it('takes another lead for the rhythm strip where lead II is missing', () => {
    const leads = STANDARD_LEADS.filter((lead) => lead !== 'II');
    const made = madeRecord(leads, { samplingRateHz: 250, seconds: 10 }, () => 0);
    const names = textsOf(plotSvg(made)).filter((one) => (leads as string[]).includes(one.text));
    expect(names.at(-1)!.text).toBe('V1');
  });

  it('shows further leads in 12x1 and names them where a layout has no room', () => {
    const leads = [...STANDARD_LEADS, 'Vx', 'Vy'];
    const made = madeRecord(leads, { samplingRateHz: 250, seconds: 10 }, () => 0);
    const texts = (layout: '12x1' | '6x2') => textsOf(plotSvg(made, { layout })).map((t) => t.text);
    expect(texts('12x1')).toContain('Vy');
    expect(texts('6x2').join('|')).toContain('not shown: Vx, Vy');
  });

  it('draws a 2-lead recording in rows, at the seconds asked for', () => {
    const made = madeRecord(['II', 'V5'], { samplingRateHz: 360, seconds: 60 }, (_, second) =>
      Math.sin(second),
    );
    const svg = plotSvg(made, { startSeconds: 42.5 });
    const texts = textsOf(svg).map((one) => one.text);
    expect(tracesOf(svg)).toHaveLength(2);
    expect(texts).toContain('43 s');
    expect(texts.join('|')).toContain('42.5 to 52.5 s of 60.0 s');
    const points = linesOf(tracesOf(svg)[0]!).flat();
    expect(points[0]!.x).toBe(TRACE_LEFT);
    expect(points.at(-1)!.x).toBeCloseTo(TRACE_LEFT + 10 * UNITS_PER_SECOND, -1);
  });

  it('gives a short recording columns that hold all its leads', () => {
    const made = madeRecord(STANDARD_LEADS, { samplingRateHz: 500, seconds: 6 }, () => 0);
    const svg = plotSvg(made);
    expect(tracesOf(svg)).toHaveLength(13);
    expect(tracesOf(svg).every((path) => path !== '')).toBe(true);
  });

  it('says that a trace is cut where it leaves its part of the paper', () => {
    const made = madeRecord(['I', 'II'], { samplingRateHz: 500, seconds: 10 }, (lead, second) =>
      lead === 1 && second > 5 && second < 5.1 ? 20 : 0,
    );
    const svg = plotSvg(made);
    expect(textsOf(svg).some((one) => one.text.includes('cut at the edge: II'))).toBe(true);
    expect(svg).toContain('overflow="hidden"');
    expect(plotSvg(madeRecord(['I'], { samplingRateHz: 500, seconds: 10 }, () => 0))).not.toContain(
      'overflow',
    );
  });

  it('keeps the names of highlights on the paper and apart from each other', () => {
    const label = 'complete left bundle branch block';
    const highlights = [1, 1.3, 1.6, 9.9].map((startSeconds) => {
      return { startSeconds, endSeconds: startSeconds + 0.1, label };
    });
    const names = textsOf(plotSvg(record, { highlights })).filter(({ text }) => text === label);
    expect(names).toHaveLength(4);
    expect(new Set(names.slice(0, 3).map(({ y }) => y)).size).toBe(3);
    expect(names[3]!.x + textWidth(label, 260)).toBeLessThan(26_500);
    expect(names[3]!.y).toBe(names[0]!.y);
  });

  it('draws highlights at their seconds, cut to what is shown, and leaves out the others', () => {
    const svg = plotSvg(record, {
      startSeconds: 1,
      shownSeconds: 5,
      highlights: [
        { startSeconds: 1.5, endSeconds: 2.25, label: 'wide QRS' },
        { startSeconds: 5, endSeconds: 9 },
        { startSeconds: 0.1, endSeconds: 0.9, label: 'before' },
      ],
    });
    const bands = svg.slice(
      svg.indexOf('fill-opacity'),
      svg.indexOf('</g>', svg.indexOf('fill-opacity')),
    );
    const found = [...bands.matchAll(/x="(\d+)" y="\d+" width="(\d+)"/g)].map((match) => [
      (Number(match[1]) - TRACE_LEFT) / UNITS_PER_SECOND + 1,
      Number(match[2]) / UNITS_PER_SECOND,
    ]);
    expect(found).toEqual([
      [1.5, 0.75],
      [5, 1],
    ]);
    const texts = textsOf(svg).map((one) => one.text);
    expect(texts).toContain('wide QRS');
    expect(texts).not.toContain('before');
  });

  it('marks the R peaks that are shown', () => {
    const svg = plotSvg(record, { startSeconds: 2, rPeaksSeconds: [1.9, 2.5, 3.5, 14] });
    const ticks = /<path d="([^"]*)" fill="#0b5cad"/.exec(svg)![1]!;
    const seconds = [...ticks.matchAll(/M(\d+)/g)].map(
      (match) => (Number(match[1]) - TRACE_LEFT) / UNITS_PER_SECOND + 2,
    );
    expect(seconds).toEqual([2.5, 3.5]);
  });

  it('escapes every text it is given, and drops what XML does not allow', () => {
    const hostile = '</text><script>alert("1")</script>&\u0000\ud800\'';
    const made = makeRecord({
      leads: ['I', '<b>"&'],
      samplingRateHz: 250,
      samples: new Float32Array(5000),
      format: 'csv',
    });
    const highlights = [{ startSeconds: 1, endSeconds: 2, label: hostile }];
    for (const text of ['font', 'strokes'] as const) {
      const svg = plotSvg(made, { title: hostile, footer: hostile, highlights, text });
      expect(svg).not.toContain('<script');
      expect(svg).not.toContain('<b>');
      expect(parse(svg).width).toBeGreaterThan(0);
    }
  });

  it('prints that it is for research and not for diagnosis', () => {
    expect(textsOf(plotSvg(record)).at(-1)!.text).toBe('Research use, not for diagnosis');
  });
});
