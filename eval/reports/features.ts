/** A report as sparse features: weighted words and word pairs (TF-IDF), or what the knowledge base finds in it. */
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { normalise } from '../../src/knowledge/normalise.js';
import { readReport } from '../../src/knowledge/report.js';
import type { SparseRow } from './logistic.js';

const MIN_DOCUMENTS = 2;

/** Turns a report into how often each feature occurs in it. */
export type Counter = (report: string) => ReadonlyMap<string, number>;

/** Words of two letters or more and pairs of them, as scikit-learn's TfidfVectorizer counts them. */
export const countWords: Counter = (report) => {
  const words = report.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
  const counts = new Map<string, number>();
  const add = (feature: string) => counts.set(feature, (counts.get(feature) ?? 0) + 1);
  words.forEach((word, at) => {
    add(word);
    if (at > 0) add(`${words[at - 1]} ${word}`);
  });
  return counts;
};

/** Each concept with what is said of it, once as such and once with the wording: device and reader word things apart. */
export const countFindings =
  (knowledge: Knowledge): Counter =>
  (report) => {
    const counts = new Map<string, number>();
    for (const { concept, assertion, matched } of readReport(knowledge, report)) {
      counts.set(`${concept.key}:${assertion}`, 1);
      counts.set(`${concept.key}:${assertion}=${normalise(matched)}`, 1);
    }
    return counts;
  };

export interface Vectoriser {
  readonly width: number;
  row(report: string): SparseRow;
}

/** Features that at least two of `reports` have, 1 where they occur. */
export function presenceVectoriser(reports: readonly string[], count: Counter): Vectoriser {
  const { positions } = vocabulary(reports, count);
  return {
    width: positions.size,
    row: (report) => toRow(count(report), positions, () => 1),
  };
}

/** The same weighted: 1 + log(count) times smooth inverse document frequency, rows of length 1. */
export function tfidfVectoriser(reports: readonly string[], count: Counter): Vectoriser {
  const { positions, documents } = vocabulary(reports, count);
  const idf = (feature: string) =>
    Math.log((1 + reports.length) / (1 + documents.get(feature)!)) + 1;
  return {
    width: positions.size,
    row: (report) => {
      const row = toRow(
        count(report),
        positions,
        (feature, times) => (1 + Math.log(times)) * idf(feature),
      );
      const length = Math.sqrt(row.values.reduce((sum, value) => sum + value * value, 0));
      return length === 0 ? row : { ...row, values: row.values.map((value) => value / length) };
    },
  };
}

function vocabulary(reports: readonly string[], count: Counter) {
  const documents = new Map<string, number>();
  for (const report of reports) {
    for (const feature of count(report).keys())
      documents.set(feature, (documents.get(feature) ?? 0) + 1);
  }
  const kept = [...documents]
    .filter(([, times]) => times >= MIN_DOCUMENTS)
    .map(([feature]) => feature);
  return { documents, positions: new Map(kept.sort().map((feature, at) => [feature, at])) };
}

function toRow(
  counts: ReadonlyMap<string, number>,
  positions: ReadonlyMap<string, number>,
  weigh: (feature: string, times: number) => number,
): SparseRow {
  const entries = [...counts]
    .filter(([feature]) => positions.has(feature))
    .map(([feature, times]): [number, number] => [positions.get(feature)!, weigh(feature, times)])
    .sort((a, b) => a[0] - b[0]);
  return {
    at: Int32Array.from(entries, ([at]) => at),
    values: Float64Array.from(entries, ([, value]) => value),
  };
}
