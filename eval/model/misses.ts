/**
 * The worst misses: recordings that carry a label and score below almost all that do not, one a recording, as
 * plots with what the report says, to be looked at.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../../src/app.js';
import type { ScoredSet } from './scored-set.js';

export interface Miss {
  readonly set: string;
  readonly label: string;
  readonly record: string;
  /** Of the recordings without the label, the share that scores higher. */
  readonly above: number;
  readonly report: string;
}

/** @returns the `count` worst, the worst first */
export function worstMisses(
  sets: Readonly<Record<string, ScoredSet>>,
  reportOf: (record: string) => string,
  count: number,
): Miss[] {
  const all = Object.entries(sets).flatMap(([set, { records, columns }]) =>
    columns.flatMap(({ label, scores, truth }) => {
      const others = scores.filter((_, row) => truth[row] === 0);
      return records.flatMap((record, row) =>
        truth[row] === 1
          ? [
              {
                set,
                label,
                record,
                above: others.filter((score) => score > scores[row]!).length / others.length,
                report: reportOf(record),
              },
            ]
          : [],
      );
    }),
  );
  const seen = new Set<string>();
  return all
    .sort((a, b) => b.above - a.above)
    .filter(({ record }) => !seen.has(record) && seen.add(record))
    .slice(0, count);
}

/** One PNG a miss, all leads. */
export async function plotMisses(
  app: App,
  source: { folder: string; misses: readonly Miss[]; out: string },
): Promise<void> {
  await mkdir(source.out, { recursive: true });
  for (const [index, { record, set, label }] of source.misses.entries()) {
    const ecg = await app.readEcg(join(source.folder, `${record}.hea`));
    const title = `${index + 1} ${set} ${label} ${record.split('/').at(-1)}`;
    const png = await app.plotPng(ecg, { layout: '3x4+rhythm', title });
    await writeFile(join(source.out, `${String(index + 1).padStart(2, '0')}.png`), png);
  }
}
