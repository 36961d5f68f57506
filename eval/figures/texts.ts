/**
 * The texts that state the measured figures, in README.md and in the model card, made from eval/results alone:
 * write-figures.ts writes them, a test compares them.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tables from './tables.js';

const root = join(import.meta.dirname, '../..');

async function results(name: string): Promise<tables.Json | undefined> {
  const path = join(root, 'eval/results', name);
  return existsSync(path) ? JSON.parse(await readFile(path, 'utf8')) : undefined;
}

const [search, bench, model, encoder, ablations, looked] = await Promise.all(
  [
    'first-search.json',
    'bench.json',
    'model.json',
    'encoder.json',
    'ablations.json',
    'beats-looked-at.json',
  ].map(results),
);

const { three } = tables;
const how = `bootstrap by patient, ${model.replicates} replicates, seed ${model.seed}; labels with at least 5 positives`;
const provenance = `Model ${model.model.name} ${model.model.version}, hash ${model.model.hash.slice(0, 12)}`;

const [rhythm, fused] = search.questions;
const questions = `Twelve plain questions to ${search.recordings} recordings of folds 9 and 10: mean precision at min(10, relevant) ${three(rhythm.meanPrecision)} from the signal alone and ${three(fused.meanPrecision)} fused with the reports; chance is ${three(rhythm.meanBaseRate)}.`;

const { exact, hnsw } = bench.fusedTextQueryMilliseconds;
const speed = `${bench.recordings} recordings on ${bench.machine.threads} cores (${bench.machine.cpu}): ${bench.index.perSecond.toFixed(0)} indexed a second, a second run over the same files ${bench.index.secondRun.seconds.toFixed(1)} s; a fused text query p50 ${exact.p50.toFixed(0)} ms, p95 ${exact.p95.toFixed(0)} ms by exact search (HNSW: ${hnsw.p50.toFixed(0)}, ${hnsw.p95.toFixed(0)}), text encoding included; HNSW recall at 10 ${three(bench.hnswRecallAt10.rhythm)} (rhythm), ${three(bench.hnswRecallAt10.beat)} (beat); ${(bench.bytesPerEcg.database / 1000).toFixed(0)} kB an ECG on disk.`;

const reportsAlone = model.baselines.reports
  ? `Trained on report text alone, no text made from codes: ${['super', 'sub', 'form', 'rhythm', 'cpsc2018'].map((set) => `${set} ${three(model.baselines.reports[set].macroAuroc)}`).join(', ')}.`
  : '';
const lookedAt = looked
  ? `Looked at as plots: the best-matching beat is an ectopic one in ${looked.ectopic} of ${looked.cases.length}.`
  : '';

const summary = [
  `Every recording below was never trained on; prompts are bare label names (${how}). The anchor is a plain supervised ResNet (1.27 M weights, trained on the labels of the 2,331 of the model's 3,599 training recordings that have millivolts). The model was trained on language made from reports and codes of other patients, so only the held-out concepts are zero-shot in the strict sense.`,
  tables.labelTable(model),
  tables.heldOutLine(model),
  reportsAlone,
  tables.retrievalLine(model),
  `${tables.beatLine(model)} ${lookedAt}`.trim(),
];

const readme = [
  ...summary,
  tables.formerLine(model),
  questions,
  speed,
  encoder ? tables.speedLine(encoder) : '',
  `${provenance}; measured by \`eval/model.ts\`, \`eval/first-search.ts\`, \`eval/bench/archive.ts\` and \`eval/bench/encoder.ts\`.`,
];

const perQuestion = search.questions[0].questions.map((one: tables.Json, index: number) => [
  one.text,
  `${one.relevant}`,
  three(one.precision),
  three(search.questions[1].questions[index].precision),
  three(one.baseRate),
]);

const card = [
  ...summary,
  tables.formerLine(model),
  `What was aimed at:\n\n${tables.aimsTable(model, looked, encoder)}`,
  tables.baselineTable(model),
  tables.leadTable(model),
  tables.heldOutTable(model),
  tables.classTable(model),
  questions,
  tables.table(
    ['Question', 'Relevant', 'Precision, rhythm', 'Precision, fused', 'Base rate'],
    perQuestion,
  ),
  model.captions
    ? `Captions of ${model.captions.recordings} recordings: ${model.captions.differentCaptions} different ones, greedy, median ${model.captions.greedyMilliseconds.median.toFixed(0)} ms (p95 ${model.captions.greedyMilliseconds.p95.toFixed(0)}).`
    : '',
  encoder ? tables.speedLine(encoder) : '',
  ablations
    ? `What each part adds, in short runs of ${ablations.epochs} epochs with the original text model (fold 9, seed ${ablations.seed}; "equal" where the interval holds 0):\n\n${tables.ablationTable(ablations)}`
    : '',
  `${provenance}; \`eval/model.ts\`.`,
];

export const FIGURES = /(<!-- figures:start -->\n)([\s\S]*?)(\n<!-- figures:end -->)/;

/** Each file that states figures, by its path in the repository, and what stands between its markers. */
export const FIGURE_TEXTS: ReadonlyMap<string, string> = new Map([
  ['README.md', paragraphs(readme)],
  [`models/${model.model.name}/MODEL_CARD.md`, paragraphs(card)],
]);

function paragraphs(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
