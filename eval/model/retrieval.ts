/**
 * Report to ECG: each report of a set looks for its recording among all of the set. Recordings with equal
 * reports are one class: the first of them counts. Label-aware nDCG (Järvelin and Kekäläinen 2002) with the
 * Jaccard overlap of the recordings' codes as gain.
 */
import type { TextEncoder } from '../../src/encoders/ports.js';
import { quantile } from '../../src/evaluate/bootstrap.js';
import { bestRow, type Embedded, levelOf } from './embedded.js';

const DEPTH = 10;

export interface Described {
  readonly report: string;
  readonly codes: ReadonlySet<string>;
}

export interface RetrievalFigures {
  readonly recordings: number;
  readonly reports: number;
  readonly medianRank: number;
  readonly recallAt10: number;
  readonly ndcgAt10: number;
  /** What an order by chance would give: the same figures, in expectation. */
  readonly chance: { readonly recallAt10: number; readonly ndcgAt10: number };
}

export async function reportToEcg(
  embedded: readonly Embedded[],
  described: (record: string) => Described,
  textEncoder: TextEncoder,
): Promise<RetrievalFigures> {
  const items = embedded
    .map(({ record, embedding }) => ({ ...described(record), embedding }))
    .filter(({ report }) => report.trim() !== '');
  const reports = [...new Set(items.map(({ report }) => report))];
  const vectors = await textEncoder.encode(reports);
  const { dim } = textEncoder;
  const figures = reports.map((report, index) => {
    const query = vectors.subarray(index * dim, (index + 1) * dim);
    const order = items
      .map((item) => ({ item, score: bestRow(levelOf(item.embedding, 'rhythm'), query).score }))
      .sort((a, b) => b.score - a.score)
      .map(({ item }) => item);
    const { codes } = items.find((item) => item.report === report)!;
    const gains = order.map((item) => jaccard(codes, item.codes));
    return {
      rank: order.findIndex((item) => item.report === report) + 1,
      ndcg: ndcg(gains),
      chanceNdcg: chanceNdcg(gains),
      same: order.filter((item) => item.report === report).length,
    };
  });
  const mean = (pick: (one: (typeof figures)[number]) => number) =>
    figures.reduce((sum, one) => sum + pick(one), 0) / figures.length;
  return {
    recordings: items.length,
    reports: reports.length,
    medianRank: quantile(
      figures.map(({ rank }) => rank).sort((a, b) => a - b),
      0.5,
    ),
    recallAt10: mean(({ rank }) => (rank <= DEPTH ? 1 : 0)),
    ndcgAt10: mean(({ ndcg: value }) => value),
    chance: {
      recallAt10: mean(({ same }) => chanceRecall(items.length, same)),
      ndcgAt10: mean(({ chanceNdcg: value }) => value),
    },
  };
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((code) => b.has(code)).length;
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}

const discount = (position: number) => 1 / Math.log2(position + 2);

/** @param gains in the order found */
export function ndcg(gains: readonly number[]): number {
  const sum = (list: readonly number[]) =>
    list.slice(0, DEPTH).reduce((total, gain, at) => total + gain * discount(at), 0);
  const ideal = sum([...gains].sort((a, b) => b - a));
  return ideal === 0 ? 0 : sum(gains) / ideal;
}

function chanceNdcg(gains: readonly number[]): number {
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const best = [...gains].sort((a, b) => b - a).slice(0, DEPTH);
  const ideal = best.reduce((sum, gain, at) => sum + gain * discount(at), 0);
  return ideal === 0 ? 0 : best.reduce((sum, _, at) => sum + mean * discount(at), 0) / ideal;
}

/** That one of `same` among `count` stands in the first ten of a random order. */
function chanceRecall(count: number, same: number): number {
  let none = 1;
  for (let at = 0; at < DEPTH; at += 1) none *= Math.max(0, count - same - at) / (count - at);
  return 1 - none;
}
