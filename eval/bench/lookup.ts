/**
 * How long the look-up of a text takes, and a report's reading: `npx tsx eval/bench/lookup.ts`. Texts are names of
 * the knowledge base, as they are, with letters changed, and with words turned round; warmed up, seeded.
 */
import { join } from 'node:path';
import { quantile, seededRandom } from '../../src/evaluate/bootstrap.js';
import { lookup } from '../../src/knowledge/candidates.js';
import { conceptTerms } from '../../src/knowledge/concept.js';
import { loadKnowledge } from '../../src/knowledge/load.js';
import { readReport } from '../../src/knowledge/report.js';
import annotations from '../../test/reference/report-annotations.json' with { type: 'json' };

const SEED = 20240;
const TEXT_COUNT = 2000;

const knowledge = await loadKnowledge(join(import.meta.dirname, '../../knowledge'));
const random = seededRandom(SEED);
const terms = knowledge.concepts.flatMap(conceptTerms);
const pick = () => terms[Math.floor(random() * terms.length)]!;
const slip = (text: string) => {
  const at = Math.floor(random() * text.length);
  return (
    text.slice(0, at) + String.fromCharCode(97 + Math.floor(random() * 26)) + text.slice(at + 1)
  );
};
const turned = (text: string) => text.split(' ').reverse().join(' ');
const texts = Array.from(
  { length: TEXT_COUNT },
  (_, at) => [pick(), slip(pick()), slip(slip(pick())), turned(pick())][at % 4]!,
);

/** The process has seen all words before in the second round: a word met for the first time costs more. */
console.log(
  JSON.stringify(
    {
      node: process.version,
      concepts: knowledge.concepts.length,
      seed: SEED,
      lookupMilliseconds: timed(texts, (text) => lookup(knowledge, text)),
      reportMilliseconds: timed(
        annotations.reports.map(({ report }) => report),
        (report) => readReport(knowledge, report),
      ),
    },
    null,
    1,
  ),
);

function timed(inputs: readonly string[], work: (text: string) => unknown) {
  const rounds = { first: [] as number[], second: [] as number[] };
  for (const taken of Object.values(rounds)) {
    for (const input of inputs) {
      const start = performance.now();
      work(input);
      taken.push(performance.now() - start);
    }
    taken.sort((a, b) => a - b);
  }
  return Object.fromEntries(
    Object.entries(rounds).map(([name, taken]) => [
      name,
      {
        n: taken.length,
        median: Number(quantile(taken, 0.5).toFixed(3)),
        p95: Number(quantile(taken, 0.95).toFixed(3)),
        p99: Number(quantile(taken, 0.99).toFixed(3)),
        max: Number(taken.at(-1)!.toFixed(3)),
      },
    ]),
  );
}
