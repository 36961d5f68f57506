/**
 * ECG windows a second through the ONNX graph in Node against PyTorch on the same CPU, in one run by turns,
 * and the time of a text query.
 *
 *     npx tsx eval/bench/encoder.ts --python .venv/bin/python [--model NAME] [--out FILE]
 *
 * Graph against graph (batches of 16 windows, 12 beats each, preprocessing in neither). The runtime's graphs run
 * on all cores but one (it reads and writes recordings meanwhile): PyTorch with as many threads, and with all.
 * Each round waits for the other runtime to finish. Text queries are phrases that differ, so
 * that none comes from the encoder's memory.
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { openSession } from '../../src/encoders/session.js';
import type { FloatTensor } from '../../src/encoders/tensor.js';
import { quantile, seededRandom } from '../../src/evaluate/bootstrap.js';
import { QUESTIONS } from '../questions.js';

/** As src/encoders/runtime.ts. */
const RUNTIME_THREADS = Math.max(1, availableParallelism() - 1);
const BATCH = 16;
const BEATS = 12;
const ROUNDS = 7;
const ROUND_SECONDS = 4;
const QUERY_COUNT = 300;
const WARM_UP_COUNT = 30;
const SEED = 7;

const { values: given } = parseArgs({
  options: {
    python: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string' },
  },
});
if (!given.python)
  throw new Error('--python FILE is needed: an interpreter with models/training/requirements.txt');

const app = createApp(loadConfig(process.env, { modelName: given.model }));
const { folder, textEncoder } = await app.model();
const { ecg, levels } = folder.manifest;
const session = await openSession(join(folder.folder, ecg.file));
const inputs = exampleInputs();
const outputs = [levels.rhythm.output, levels.beat!.output, levels.token!.output];
const threads = availableParallelism();
const python = spawn(
  given.python,
  [
    join(import.meta.dirname, '../../models/training/speed.py'),
    ...['--batch', `${BATCH}`, '--seconds', `${ROUND_SECONDS}`],
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
try {
  const torchVersion = (await lines.next()).value as string;
  const node: number[] = [];
  const torch: number[] = [];
  const torchAll: number[] = [];
  await nodeRound(1);
  for (let round = 0; round < ROUNDS; round += 1) {
    node.push(await nodeRound(ROUND_SECONDS));
    torch.push(await torchRound(RUNTIME_THREADS));
    torchAll.push(await torchRound(threads));
  }
  const result = {
    measured: 'eval/bench/encoder.ts',
    machine: { cpu: cpus()[0]?.model, threads, node: process.version, torch: torchVersion },
    model: {
      name: folder.identity.name,
      version: folder.identity.version,
      hash: folder.identity.hash,
    },
    batch: BATCH,
    rounds: ROUNDS,
    runtimeThreads: RUNTIME_THREADS,
    windowsPerSecond: {
      node: spread(node),
      torch: spread(torch),
      torchAllThreads: spread(torchAll),
    },
    nodeTimesTorch: spread(node.map((value, round) => value / torch[round]!)),
    nodeTimesTorchAllThreads: spread(node.map((value, round) => value / torchAll[round]!)),
    textQueryMilliseconds: await textQueries(),
    bundleBytes: folder.manifest.files.reduce((sum, file) => sum + file.bytes, 0),
  };
  const text = `${JSON.stringify(result, null, 1)}\n`;
  if (given.out) await writeFile(given.out, text);
  else process.stdout.write(text);
} finally {
  python.stdin.end();
  await session.release();
  await app.close();
}

function exampleInputs(): Record<string, FloatTensor> {
  const random = seededRandom(SEED);
  const tensor = (shape: number[], value: (index: number) => number): FloatTensor => ({
    type: 'float32',
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) =>
      value(index),
    ),
  });
  const step = ecg.sampleCount / BEATS;
  return {
    [ecg.inputs.ecg]: tensor([BATCH, ecg.leads.length, ecg.sampleCount], () => random() - 0.5),
    [ecg.inputs.leadMask!]: tensor([BATCH, ecg.leads.length], () => 1),
    [ecg.inputs.beatSpans!]: tensor([BATCH, BEATS, 2], (index) => {
      const beat = Math.floor(index / 2) % BEATS;
      return beat * step + (index % 2) * 75;
    }),
  };
}

async function nodeRound(seconds: number): Promise<number> {
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < seconds * 1000) {
    await session.run(inputs, outputs);
    count += BATCH;
  }
  return count / ((performance.now() - began) / 1000);
}

async function torchRound(count: number): Promise<number> {
  python.stdin.write(`${count}\n`);
  return Number((await lines.next()).value);
}

async function textQueries() {
  const times: number[] = [];
  for (let asked = 0; asked < QUERY_COUNT; asked += 1) {
    const text = `${QUESTIONS[asked % QUESTIONS.length]!.text}, patient ${asked} years`;
    const began = performance.now();
    await textEncoder!.encode([text]);
    if (asked >= WARM_UP_COUNT) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { median: quantile(times, 0.5), p95: quantile(times, 0.95), queries: times.length };
}

function spread(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0], median: quantile(sorted, 0.5), max: sorted.at(-1) };
}
