import { describe, expect, it } from 'vitest';
import type { Label, LabelScore } from '../../src/web/api-types.js';
import {
  ageText,
  countText,
  dateText,
  durationText,
  factsText,
  leadsText,
  levelName,
  numberText,
  scoreText,
  shortRecord,
  spanText,
  unitText,
} from '../../src/web/format.js';
import { findLabels, rankScores } from '../../src/web/label-choice.js';
import { problemFrom, problemOf } from '../../src/web/problem.js';
import { draftText } from '../../src/web/report-text.js';
import { toBase64, uploadProblem } from '../../src/web/upload-files.js';

describe('values as the page writes them', () => {
  it('names a record by its last part', () => {
    expect(shortRecord('records500/02000/02000_hr')).toBe('02000_hr');
    expect(shortRecord('C:\\ecg\\a')).toBe('a');
    expect(shortRecord('alone')).toBe('alone');
  });

  it('writes ages, and 300 of PTB-XL as 90 and over', () => {
    expect([ageText(63), ageText(300), ageText(null), ageText(0)]).toEqual([
      '63 y',
      '90+ y',
      undefined,
      '0 y',
    ]);
  });

  it('writes lengths in seconds, and long ones in minutes', () => {
    expect([10, 38.57, 1805.6, 1800].map(durationText)).toEqual([
      '10 s',
      '38.6 s',
      '30 min 6 s',
      '30 min',
    ]);
  });

  it('writes what is known about a recording in one line and nothing else', () => {
    const known = { age: 65, sex: 'male', recordedAt: '1988-07-28T13:07:39' };
    const signal = { durationSeconds: 10, leads: ['I', 'II'] };
    expect(factsText({ ...known, ...signal })).toBe(
      '65 y \u00b7 male \u00b7 1988-07-28 \u00b7 10 s \u00b7 lead I, II',
    );
    expect(factsText(signal)).toBe('10 s \u00b7 lead I, II');
    expect(leadsText(['I', 'II', 'III', 'aVR'])).toBe('4 leads');
    expect(dateText('')).toBeUndefined();
  });

  it('writes counts, spans, scores and levels', () => {
    expect([countText(1, 'hit', 'hits'), countText(2822, 'ECG', 'ECGs')]).toEqual([
      '1 hit',
      '2,822 ECGs',
    ]);
    expect(spanText(1.24, 2)).toBe('1.2\u20132.0 s');
    expect(scoreText(-0.256)).toBe('\u22120.26');
    expect([levelName('beat'), levelName('segment')]).toEqual(['Beat', 'segment']);
  });
});

describe('choosing labels', () => {
  const labels: Label[] = [
    { key: 'AFIB', name: 'atrial fibrillation', set: 'ptbxl-scp', synonyms: ['Vorhofflimmern'] },
    { key: 'AFLT', name: 'atrial flutter', set: 'ptbxl-scp', code: '164890007' },
    {
      key: '1AVB',
      name: 'first degree AV block',
      set: 'ptbxl-scp',
      synonyms: ['AV-\u00dcberleitungsst\u00f6rung'],
    },
    { key: 'cpsc2018:AF', name: 'atrial fibrillation', set: 'cpsc2018' },
  ];
  const keys = (text: string) => findLabels(labels, text).map((label) => label.key);

  it.each([
    ['vorhof', ['AFIB']],
    ['164890007', ['AFLT']],
    ['uberleitung', ['1AVB']],
    ['Atrial Fibrillation', ['AFIB', 'cpsc2018:AF']],
    ['', ['AFIB', 'AFLT', '1AVB', 'cpsc2018:AF']],
    ['nothing like it', []],
  ])('finds %j by name, code, abbreviation or synonym', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it('puts the exact name before names that only hold it', () => {
    const more = [{ key: 'X', name: 'suspected atrial flutter', set: 's' }, ...labels];
    expect(findLabels(more, 'atrial flutter').map((label) => label.key)).toEqual(['AFLT', 'X']);
  });

  it('ranks by decision, then percentile, then cosine; the undecided last', () => {
    const score = (key: string, parts: Partial<LabelScore>): LabelScore => ({
      key,
      name: key,
      score: 0,
      percentile: null,
      decision: null,
      ...parts,
    });
    const ranked = rankScores([
      score('undecided', { score: 0.9 }),
      score('low', { decision: 'low', percentile: 99 }),
      score('high', { decision: 'high', percentile: 80 }),
      score('possible', { decision: 'possible', percentile: 90, score: 0.1 }),
      score('possible-closer', { decision: 'possible', percentile: 90, score: 0.2 }),
    ]);
    expect(ranked.map(({ key }) => key)).toEqual([
      'high',
      'possible-closer',
      'possible',
      'low',
      'undecided',
    ]);
  });
});

describe('failures', () => {
  it('shows the title, detail and hint of a problem document', () => {
    const body = JSON.stringify({
      type: 'urn:x',
      title: 'The filter expression is not understood',
      status: 400,
      detail: "The filter is not understood at 'age'.",
      code: 'query.where',
      hint: 'Write age>=60.',
    });
    expect(problemOf(400, body)).toEqual({
      title: 'The filter expression is not understood',
      detail: "The filter is not understood at 'age'.",
      code: 'query.where',
      hint: 'Write age>=60.',
      retryable: false,
    });
  });

  it('says so where an answer explains nothing, and offers to try again where that can help', () => {
    for (const body of ['<html>Bad gateway</html>', '', 'null', '{}']) {
      const problem = problemOf(502, body);
      expect(problem.title).toBe('The service gave no usable answer');
      expect(problem.retryable).toBe(true);
    }
    expect(problemOf(404, '').retryable).toBe(false);
    expect(problemFrom(new TypeError('Failed to fetch')).title).toBe(
      'The service cannot be reached',
    );
  });
});

describe('uploads', () => {
  it('carries every byte value as base64, over chunk borders', () => {
    const bytes = Uint8Array.from(
      { length: 100_000 },
      (_, index) => (index * 7 + (index >> 8)) % 256,
    );
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(toBase64(new Uint8Array(0))).toBe('');
  });

  it.each([
    [['a.hea'], 'a.hea is a header alone.'],
    [['a.dat'], 'a.dat comes without its header.'],
  ])('refuses %j before sending, with what is missing', (names, detail) => {
    const files = names.map((name) => ({ name, size: 10 }));
    expect(uploadProblem(files)?.detail).toBe(detail);
  });

  it('refuses too many and too large files with got against limit', () => {
    const many = Array.from({ length: 33 }, (_, index) => ({ name: `${index}.csv`, size: 1 }));
    expect(uploadProblem(many)?.detail).toContain('33 files were chosen; at most 32');
    const large = [{ name: 'a.csv', size: 65 * 1024 * 1024 }];
    expect(uploadProblem(large)?.detail).toContain('65 MiB; at most 64 MiB');
  });

  it('lets through what can be one recording', () => {
    for (const names of [['a.hea', 'a.dat'], ['a.HEA', 'a.mat'], ['a.csv'], ['a.npy'], ['a.mat']]) {
      expect(uploadProblem(names.map((name) => ({ name, size: 10 })))).toBeUndefined();
    }
  });
});

describe('a draft as text', () => {
  it('takes its status and its disclaimer along', () => {
    const text = draftText({
      status: 'draft',
      sections: [
        { name: 'rate', sentences: [{ text: 'The heart rate is 72 /min.', evidence: ['E1'] }] },
        {
          name: 'limits',
          sentences: [
            { text: 'One.', evidence: [] },
            { text: 'Two.', evidence: [] },
          ],
        },
      ],
      evidence: [],
      disclaimer: 'For review only.',
    });
    expect(text).toBe(
      'ECG report (draft)\n\nrate\nThe heart rate is 72 /min.\n\nlimits\nOne. Two.\n\nFor review only.',
    );
  });
});

describe('measured numbers', () => {
  it('have a true minus sign, none before a nought, and a dash where there is no value', () => {
    expect(numberText(-0.314, 2)).toBe('\u22120.31');
    expect(numberText(-0.004, 2)).toBe('0.00');
    expect(numberText(null, 2)).toBe('\u2013');
    expect(unitText(-31.4, '\u00b0')).toBe('\u221231\u00b0');
    expect(unitText(366.6, 'ms')).toBe('367 ms');
  });
});
