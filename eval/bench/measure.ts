/**
 * How long it takes to measure a recording of ten seconds and twelve leads at 500 Hz: boundaries, then everything
 * read from them, on one thread, by the delineator that the command uses and by wavelets alone.
 *
 *     npx tsx eval/bench/measure.ts [--out eval/results/measure.json]
 *
 * The sample recordings in their order, warmed up, several rounds; milliseconds a recording, on the clock and of
 * processor time (which other programs on the machine lengthen less). With `--out` it writes the part `speed` of the
 * result file.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { quantile } from '../../src/evaluate/bootstrap.js';
import { readEcg } from '../../src/formats/read.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import { measure } from '../../src/signal/measure.js';

const RECORD_COUNT = 50;
const ROUND_COUNT = 7;

const { values: given } = parseArgs({ options: { out: { type: 'string' } } });
const folder = join(import.meta.dirname, '../../sample/records');
const paths = readdirSync(folder).filter((name) => name.endsWith('.hea'));
const records = await Promise.all(
  paths.slice(0, RECORD_COUNT).map((name) => readEcg(join(folder, name))),
);
const app = createApp(loadConfig(process.env));
const { method } = await app.measure(records[0]!);
const speed = {
  measured: 'eval/bench/measure.ts',
  machine: { cpu: cpus()[0]?.model, threads: cpus().length, node: process.version },
  loadAverage: Math.round(loadavg()[0]! * 10) / 10,
  data: `${records.length} sample recordings, 12 leads, 10 s, 500 Hz`,
  aimMilliseconds: 25,
  rounds: ROUND_COUNT,
  whole: { method, ...(await timed((record) => app.measure(record))) },
  classical: await timed(async (record) => measure(record, delineateClassical(record))),
  classicalBoundariesAlone: await timed(async (record) => delineateClassical(record)),
};
await app.close();
if (given.out) {
  const before = existsSync(given.out) ? JSON.parse(readFileSync(given.out, 'utf8')) : {};
  writeFileSync(given.out, `${JSON.stringify({ ...before, speed }, null, 1)}\n`);
} else process.stdout.write(`${JSON.stringify(speed, null, 1)}\n`);

/** Lowest and median over the rounds, milliseconds a recording: on the clock, and of the processor. */
async function timed(work: (record: EcgRecord) => Promise<unknown>) {
  const clock: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round <= ROUND_COUNT; round += 1) {
    const began = performance.now();
    const usedBefore = process.cpuUsage();
    for (const record of records) await work(record);
    if (round === 0) continue;
    clock.push((performance.now() - began) / records.length);
    const { user, system } = process.cpuUsage(usedBefore);
    processor.push((user + system) / 1000 / records.length);
  }
  return { ...spread(clock), processor: spread(processor) };
}

function spread(rounds: readonly number[]) {
  const sorted = [...rounds].sort((a, b) => a - b);
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return { min: rounded(sorted[0]!), median: rounded(quantile(sorted, 0.5)) };
}
