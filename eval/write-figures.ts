/**
 * Writes the measured figures into README.md and the model card, between `<!-- figures:start -->` and
 * `<!-- figures:end -->`: npx tsx eval/write-figures.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

// biome-ignore lint/suspicious/noExplicitAny: files of our own, written by eval/first-search.ts and eval/bench
type Json = any;

const results = async (name: string): Promise<Json> =>
  JSON.parse(await readFile(join(root, 'eval/results', name), 'utf8'));
const search = await results('first-search.json');
const bench = await results('bench.json');

const three = (value: number) => value.toFixed(3);
const interval = ([low, high]: [number, number]) => `${three(low)}–${three(high)}`;

function labelTable(): string {
  const rows = search.labels
    .filter((one: Json) => one.prompts === 'name')
    .map((one: Json) => {
      const composed = search.labels.find(
        (other: Json) => other.set === one.set && other.prompts === 'ckepe',
      );
      const labelCount = Object.keys(one.labels).length;
      return `| ${one.set} (${labelCount} labels) | ${three(one.macroAuroc)} (${interval(one.macroAurocCi)}) | ${three(composed.macroAuroc)} (${interval(composed.macroAurocCi)}) |`;
    });
  return [
    '| PTB-XL fold 10 | from the label name | composed prompt |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

function questionLines(): string {
  const [rhythm, fused] = search.questions;
  return `Twelve plain questions to ${search.recordings} recordings of folds 9 and 10: mean precision at\nmin(10, relevant) ${three(rhythm.meanPrecision)} from the signal alone and ${three(fused.meanPrecision)} fused with the reports; chance is ${three(rhythm.meanBaseRate)}.`;
}

const n = search.labels[0].n;
const labels = `Macro AUROC with 95 % bootstrap interval by patient (${search.replicates} replicates, seed ${search.seed}), labels with at least 5
positives among up to ${n} recordings the model never saw; the model was trained on language made from reports and codes of
other patients, so this is no zero-shot figure in the strict sense:

${labelTable()}

${questionLines()}`;

const { exact, hnsw } = bench.fusedTextQueryMilliseconds;
const speed = `${bench.recordings} recordings on ${bench.machine.threads} cores (${bench.machine.cpu}): ${bench.index.perSecond.toFixed(0)} indexed a second, a second run
over the same files ${bench.index.secondRun.seconds.toFixed(1)} s; a fused text query p50 ${exact.p50.toFixed(0)} ms, p95 ${exact.p95.toFixed(0)} ms by exact search (HNSW: ${hnsw.p50.toFixed(0)}, ${hnsw.p95.toFixed(0)}), text encoding
included; HNSW recall at 10 ${three(bench.hnswRecallAt10.rhythm)} (rhythm), ${three(bench.hnswRecallAt10.beat)} (beat); ${(bench.bytesPerEcg.database / 1000).toFixed(0)} kB an ECG on disk.`;

const perLabel = search.labels
  .filter((one: Json) => one.prompts === 'name')
  .flatMap((one: Json) =>
    Object.entries(one.labels as Record<string, { auroc: number; positives: number }>).map(
      ([label, { auroc, positives }]) =>
        `| ${one.set} | ${label} | ${positives} | ${three(auroc)} |`,
    ),
  );
const perQuestion = search.questions[0].questions.map(
  (one: Json, index: number) =>
    `| ${one.text} | ${one.relevant} | ${three(one.precision)} | ${three(search.questions[1].questions[index].precision)} | ${three(one.baseRate)} |`,
);

const hash = `Model ${search.model.name} ${search.model.version}, hash ${search.model.hash.slice(0, 12)}; measured by \`eval/first-search.ts\``;
const card = `${labels}

| Set | Label | Positives | AUROC (label name) |
|---|---|---|---|
${perLabel.join('\n')}

| Question | Relevant | Precision, rhythm | Precision, fused | Base rate |
|---|---|---|---|---|
${perQuestion.join('\n')}

${hash}.`;

await replaceBetweenMarkers(
  'README.md',
  `${labels}\n\n${speed}\n\n${hash} and\n\`eval/bench/archive.ts\`.`,
);
await replaceBetweenMarkers('models/pqr-resnet/MODEL_CARD.md', card);

async function replaceBetweenMarkers(path: string, text: string): Promise<void> {
  const file = join(root, path);
  const before = await readFile(file, 'utf8');
  const after = before.replace(
    /(<!-- figures:start -->)[\s\S]*?(<!-- figures:end -->)/,
    (_, start: string, end: string) => `${start}\n${text}\n${end}`,
  );
  if (!after.includes(text)) throw new Error(`${path} has no figures markers`);
  await writeFile(file, after);
}
