import { describe, expect, it } from 'vitest';
import type { HitEvidence } from '../../src/web/api-types.js';
import {
  bandsOf,
  evidenceChoice,
  latestStart,
  markedText,
  plotAddress,
} from '../../src/web/plot-address.js';

const span = (startSeconds: number, endSeconds: number): HitEvidence => ({
  level: 'beat',
  phrase: 'wide QRS',
  startSeconds,
  endSeconds,
});

describe('plot addresses', () => {
  it('asks for what was chosen and leaves out what is not', () => {
    expect(plotAddress('abc', {})).toBe('v1/ecgs/abc/plot.svg');
    expect(plotAddress('abc', { layout: '6x2', start: 0, highlight: '' }, 'png')).toBe(
      'v1/ecgs/abc/plot.png?layout=6x2',
    );
    expect(plotAddress('upload:1', { start: 12.5, highlight: '13-14' })).toBe(
      'v1/ecgs/upload%3A1/plot.svg?start=12.5&highlight=13-14',
    );
  });

  it('marks beats and moments, and neither words, learned queries nor most of the picture', () => {
    const evidence: HitEvidence[] = [
      { level: 'text', phrase: 'in the report' },
      span(0, 10),
      span(1.234, 2.5),
      span(3, 3),
      { ...span(4, 5), level: 'beat-query' }, // belongs to no heartbeat, so it is never drawn as one
    ];
    expect(bandsOf(evidence)).toEqual([{ start: 1.234, end: 2.5 }]);
    expect(evidenceChoice(evidence, 10)).toEqual({ highlight: '1.23-2.5', start: 0 });
  });

  it('opens a long recording shortly before its first evidence, and never past its last page', () => {
    expect(evidenceChoice([span(31.2, 31.9)], 60).start).toBe(29);
    expect(evidenceChoice([span(58, 59)], 60).start).toBe(50);
    expect(evidenceChoice([span(9.5, 9.9)], 60).start).toBe(0);
    expect(evidenceChoice([], 60)).toEqual({ highlight: '', start: 0 });
  });

  it('names the bands where they stand for different phrases', () => {
    const moment = (phrase: string, start: number): HitEvidence => ({
      ...span(start, start + 0.32),
      level: 'token',
      phrase,
    });
    const { highlight } = evidenceChoice([moment('wide QRS, tall', 1), moment('ST: up', 4)], 10);
    expect(highlight).toBe('1-1.32:wide QRS tall,4-4.32:ST up');
    expect(markedText(highlight)).toBe('wide QRS tall 1.0\u20131.3 s, ST up 4.0\u20134.3 s');
    const [only] = bandsOf([moment('wide QRS', 1), moment('wide QRS', 4)]);
    expect(only).toEqual({ start: 1, end: 1.32 });
    expect(markedText('1.2-2,3-4')).toBe('1.2\u20132.0 s, 3.0\u20134.0 s');
  });

  it('opens a long recording at the window that matched where nothing shorter did', () => {
    const rhythm: HitEvidence = { ...span(25, 35), level: 'rhythm' };
    expect(evidenceChoice([rhythm], 60)).toEqual({ highlight: '', start: 25 });
    expect(evidenceChoice([rhythm, span(31.2, 31.9)], 60).start).toBe(29);
  });

  it('asks for the shade of attention only when it is chosen', () => {
    expect(plotAddress('abc', { attention: true })).toBe('v1/ecgs/abc/plot.svg?attention=1');
    expect(plotAddress('abc', { attention: false })).toBe('v1/ecgs/abc/plot.svg');
  });

  it('turns to a last page that is full', () => {
    expect(latestStart(60)).toBe(50);
    expect(latestStart(38.57)).toBe(28.5);
    expect(latestStart(8)).toBe(0);
  });
});
