import { describe, expect, it } from 'vitest';
import { countRow, f1Interval, microAgreement, perKey } from '../../eval/reports/agreement.js';
import { countWords, tfidfVectoriser } from '../../eval/reports/features.js';
import { fitLogistic, probability, type SparseRow } from '../../eval/reports/logistic.js';
import reference from '../reference/reports.json' with { type: 'json' };

const sparse = (values: readonly number[]): SparseRow => {
  const at = values.flatMap((value, index) => (value === 0 ? [] : [index]));
  return { at: Int32Array.from(at), values: Float64Array.from(at, (index) => values[index]!) };
};

describe('fitLogistic', () => {
  const rows = reference.x.map(sparse);

  it.each(reference.models)('finds what scikit-learn finds (C $c)', ({ c, weights, intercept }) => {
    const model = fitLogistic({ rows, truth: Uint8Array.from(reference.y), width: 4, c });
    weights.forEach((weight, at) => {
      expect(model.weights[at]).toBeCloseTo(weight, 3);
    });
    expect(model.intercept).toBeCloseTo(intercept, 3);
  });

  it('gives chances between 0 and 1', () => {
    const model = fitLogistic({ rows, truth: Uint8Array.from(reference.y), width: 4, c: 1 });
    for (const row of rows) {
      expect(probability(model, row)).toBeGreaterThan(0);
      expect(probability(model, row)).toBeLessThan(1);
    }
  });
});

describe('tfidfVectoriser', () => {
  it("equals scikit-learn's", () => {
    const vectoriser = tfidfVectoriser(reference.texts, countWords);
    const features = Object.keys(reference.features);
    expect(vectoriser.width).toBe(features.length);
    reference.texts.forEach((text, row) => {
      const { at, values } = vectoriser.row(text);
      const found = Object.fromEntries(
        Array.from(at, (index, i) => [features[index]!, values[i]!]),
      );
      const expected = reference.rows[row] as Readonly<Record<string, number>>;
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [feature, value] of Object.entries(expected))
        expect(found[feature]).toBeCloseTo(value, 12);
    });
  });
});

describe('agreement', () => {
  const given = [new Set(['A', 'B']), new Set(['A']), new Set<string>()];
  const found = [new Set(['A']), new Set(['A', 'C']), new Set<string>()];
  const rows = found.map((set, at) => countRow(set, given[at]!));

  it('counts over all rows', () => {
    expect(microAgreement(rows)).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
    expect(perKey(found, given)['A']).toMatchObject({
      precision: 1,
      recall: 1,
      given: 2,
      found: 2,
    });
    expect(perKey(found, given)['B']).toMatchObject({ recall: 0, given: 1, found: 0 });
  });

  it('compares two ways on the same resamples', () => {
    expect(f1Interval(['a', 'b', 'c'], rows, rows)).toEqual([0, 0]);
  });
});
