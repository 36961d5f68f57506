import { describe, expect, it } from 'vitest';
import { bootstrapInterval, seededRandom } from '../../src/evaluate/bootstrap.js';
import {
  compareScorings,
  figuresOf,
  REPLICATES,
  type ScoredLabel,
  SEED,
} from '../../src/evaluate/figures.js';
import { auroc } from '../../src/evaluate/metrics.js';

const COUNT = 60;
const groups = Array.from({ length: COUNT }, (_, row) => `patient ${row >> 1}`);

function label(key: string, seed: number, signal: number): ScoredLabel {
  const random = seededRandom(seed);
  const truth = Uint8Array.from({ length: COUNT }, (_, row) => (row % 3 === 0 ? 1 : 0));
  const scores = Float64Array.from(truth, (one) => random() + signal * one);
  return { key, scores, truth };
}

describe('figuresOf', () => {
  const labels = [label('A', 1, 0.4), label('B', 2, 0)];

  it('gives each label the interval that resampling its rows gives', () => {
    const { labels: rows } = figuresOf(labels, groups);
    for (const { key, scores, truth } of labels) {
      const expected = bootstrapInterval(
        (drawn) =>
          auroc(
            drawn.map((row) => scores[row]!),
            drawn.map((row) => truth[row]!),
          ),
        { groups, replicates: REPLICATES, seed: SEED },
      );
      expect(rows[key]!.aurocCi).toEqual(expected);
      expect(rows[key]!.auroc).toBe(auroc(scores, truth));
      expect(rows[key]!.positives).toBe(20);
    }
  });

  it('takes the plain mean over labels with both classes, and names the others', () => {
    const none = { key: 'NONE', scores: new Float64Array(COUNT), truth: new Uint8Array(COUNT) };
    const all = {
      key: 'ALL',
      scores: new Float64Array(COUNT),
      truth: new Uint8Array(COUNT).fill(1),
    };
    const { macro, singleClass, labels: rows } = figuresOf([...labels, none, all], groups);
    expect(singleClass).toEqual(['NONE', 'ALL']);
    expect(macro.labelCount).toBe(2);
    expect(macro.auroc).toBe((rows['A']!.auroc + rows['B']!.auroc) / 2);
    expect(rows['NONE']).toMatchObject({ auroc: Number.NaN, f1: Number.NaN, positives: 0 });
    expect(rows['ALL']!.positives).toBe(COUNT);
  });

  it('of nothing that can be told are NaN, not 0', () => {
    const none = { key: 'NONE', scores: new Float64Array(COUNT), truth: new Uint8Array(COUNT) };
    const { macro } = figuresOf([none], groups);
    expect(macro).toMatchObject({ auroc: Number.NaN, labelCount: 0 });
  });
});

describe('compareScorings', () => {
  it('finds a clear gain above, the reverse below, and a scoring equal to itself', () => {
    const good = [label('A', 1, 2)];
    const bad = [label('A', 4, 0)];
    expect(compareScorings(good, bad, groups).macro.verdict).toBe('above');
    expect(compareScorings(bad, good, groups).macro.verdict).toBe('below');
    expect(compareScorings(good, good, groups).labels['A']).toEqual({
      difference: 0,
      differenceCi: [0, 0],
      verdict: 'equal',
    });
  });

  it('pairs resamples: noise that both share is no difference', () => {
    const first = [label('A', 1, 0.4)];
    const shifted = [{ ...first[0]!, scores: first[0]!.scores.map((score) => 3 * score + 1) }];
    expect(compareScorings(first, shifted, groups).macro.differenceCi).toEqual([0, 0]);
  });
});
