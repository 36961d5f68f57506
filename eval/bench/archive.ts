/**
 * Speed and size of an archive: recordings indexed a second, time of a text query, HNSW against exact
 * search, bytes an ECG.
 *
 *     npx tsx eval/bench/archive.ts --records DIR [--metadata CSV --metadata-preset ptbxl] [--out FILE]
 *
 * Every figure of one run, on the machine it names. Queries are 400 different phrases, so that no vector
 * comes from the text encoder's memory; the first 40 warm up and are not counted. Recall at 10: 200
 * stored vectors of a level as queries (seeded), HNSW generations of all levels against a scan in float64.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../../src/app.js';
import type { Archive } from '../../src/archive/ports.js';
import { loadConfig } from '../../src/config.js';
import type { Level } from '../../src/encoders/ports.js';
import { quantile, seededRandom } from '../../src/evaluate/bootstrap.js';
import { QUESTIONS } from '../questions.js';

const SEED = 7;
const WARM_UP_COUNT = 40;
const QUERY_COUNT = 400;
const RECALL_QUERY_COUNT = 200;
const RECALL_AT = 10;

let asked = 0;

const { values } = parseArgs({
  options: {
    records: { type: 'string' },
    metadata: { type: 'string' },
    'metadata-preset': { type: 'string' },
    out: { type: 'string' },
  },
});
if (!values.records) throw new Error('--records DIR is needed');

const app = createApp(loadConfig(process.env));
const folder = await mkdtemp(join(tmpdir(), 'pqrsearch-bench-'));
try {
  const call = {
    paths: [values.records],
    archiveFolder: folder,
    ...(values.metadata && { metadataPath: values.metadata }),
    ...(values['metadata-preset'] && { metadataPreset: values['metadata-preset'] }),
  };
  await app.model(); // loading is not indexing
  const first = await app.index(call);
  const second = await app.index(call);
  const service = await app.openService(folder);
  const parts = await app.openParts(folder);
  const exactLatency = await measureQueries((text) =>
    service.search({ text, k: 10, level: 'fused' }),
  );
  await parts.archive.rebuildIndex({ leastVectorCount: 1 });
  const hnswLatency = await measureQueries((text) =>
    service.search({ text, k: 10, level: 'fused' }),
  );
  const recall = await measureRecall(parts.archive);
  const status = await parts.archive.status();
  const result = {
    measured: 'eval/bench/archive.ts',
    machine: { cpu: cpus()[0]?.model, threads: availableParallelism(), node: process.version },
    model: { name: status.model.name, version: status.model.version, hash: status.model.hash },
    seed: SEED,
    recordings: first.indexed,
    failed: first.failed.length,
    index: {
      seconds: first.seconds,
      perSecond: first.indexed / first.seconds,
      secondRun: {
        seconds: second.seconds,
        unchanged: second.unchanged,
        indexed: second.indexed,
        updated: second.updated,
      },
    },
    fusedTextQueryMilliseconds: { exact: exactLatency, hnsw: hnswLatency },
    hnswRecallAt10: recall,
    bytesPerEcg: {
      database: Math.round(status.bytes.database / status.ecgCount),
      index: Math.round(status.bytes.index / status.ecgCount),
    },
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  if (values.out) await writeFile(values.out, text);
  else process.stdout.write(text);
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}

/** Times of one search after another, text encoding included. */
async function measureQueries(ask: (text: string) => Promise<unknown>) {
  const times: number[] = [];
  for (let index = 0; index < QUERY_COUNT; index += 1) {
    const started = performance.now();
    await ask(phrase(index));
    if (index >= WARM_UP_COUNT) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { n: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

/** A phrase that was not asked before. */
function phrase(index: number): string {
  const { text } = QUESTIONS[index % QUESTIONS.length]!;
  asked += 1;
  return `${text} in a patient of ${20 + (index % 70)} years, case ${asked}`;
}

async function measureRecall(archive: Archive): Promise<Partial<Record<Level, number>>> {
  const recall: Partial<Record<Level, number>> = {};
  for (const level of Object.keys(archive.model.levels) as Level[]) {
    recall[level] = await recallOf(archive, level);
  }
  return recall;
}

async function recallOf(archive: Archive, level: Level): Promise<number> {
  const random = seededRandom(SEED);
  const ids = archive.listIds();
  const all = ids.map((id) => archive.vectors(id, level));
  const { dim } = all[0]!;
  let found = 0;
  for (let query = 0; query < RECALL_QUERY_COUNT; query += 1) {
    const vectors = all[Math.floor(random() * all.length)]!;
    if (vectors.count === 0) continue;
    const row = Math.floor(random() * vectors.count);
    const target = vectors.vectors.slice(row * dim, (row + 1) * dim);
    const hits = await archive.nearest(level, target, { k: RECALL_AT });
    const worst = bestScores(all, target, dim)[RECALL_AT - 1]!;
    found += hits.filter((hit) => hit.score >= worst - 1e-5).length;
  }
  return found / (RECALL_QUERY_COUNT * RECALL_AT);
}

/** The ten best inner products over every vector, best first. */
function bestScores(
  all: readonly { vectors: Float32Array; count: number }[],
  target: Float32Array,
  dim: number,
): number[] {
  const scores: number[] = [];
  for (const { vectors, count } of all) {
    for (let row = 0; row < count; row += 1) {
      let score = 0;
      for (let column = 0; column < dim; column += 1)
        score += vectors[row * dim + column] * target[column];
      scores.push(score);
    }
  }
  return scores.sort((a, b) => b - a).slice(0, RECALL_AT);
}
