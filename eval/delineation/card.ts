/** The figures of the delineator's card, between its markers, from `measure.json`. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Scores } from './score.js';
import { KINDS } from './waves.js';

const MARKS = /(<!-- figures:start -->\n)[\s\S]*?(<!-- figures:end -->)/;
const TITLES = {
  learned: 'this network, cross-validated',
  classical: 'wavelets',
  neurokit: 'NeuroKit2',
};
const WAVES = { p: 'P', qrs: 'QRS', t: 'T' };

export interface CardFigures {
  readonly allLeads: Record<string, Scores>;
  readonly leadII: Record<string, Scores>;
  readonly n: number;
}

export function writeFigures(cards: readonly URL[], figures: CardFigures): void {
  const text = `${table('All leads', figures.allLeads)}\n\n${table('Lead II alone', figures.leadII)}\n`;
  const head = `LUDB, ${figures.n} records; sensitivity / PPV within 150 ms, then mean ± s.d. of the error in milliseconds.\n\n`;
  for (const card of cards) {
    const before = readFileSync(card, 'utf8');
    writeFileSync(
      card,
      before.replace(MARKS, (_, start, end) => `${start}${head}${text}${end}`),
    );
  }
}

function table(title: string, methods: Record<string, Scores>): string {
  const rows = Object.entries(TITLES).flatMap(([method, name]) =>
    KINDS.map((kind) => {
      const { onset, peak, offset } = methods[method]![kind];
      const cells = [onset, peak, offset].map(
        (point) =>
          `${point.sensitivity.toFixed(3)} / ${point.ppv.toFixed(3)}, ${point.meanMilliseconds} ± ${point.sdMilliseconds}`,
      );
      return `| ${name} | ${WAVES[kind]} | ${cells.join(' | ')} |`;
    }),
  );
  return [`| ${title} | wave | onset | peak | offset |`, '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}
