/**
 * Reading a large HDF5 file by parts: how long listing and reading take, and how much memory.
 *
 *     python test/reference/formats_hdf5.py large FILE [COUNT]   # CODE's size: 20,001 recordings, 3.9 GB, sparse
 *     npm run build && npx tsx eval/bench/hdf5.ts FILE [--reads 500] [--seed 1] > BATCH
 *
 * Recordings are read in random order; a second file of the script, gzip in chunks of 16, is the slow case.
 */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seeded } from '../../test/formats/mutations.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reads: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
});
const dist = new URL('../../dist/formats/', import.meta.url).href;
const { findRecordings } = await import(`${dist}find.js`);
const { readEcg } = await import(`${dist}read.js`);

const round = (value: number) => Number(value.toFixed(2));
const megabytes = () => Math.round(process.memoryUsage().rss / 1e6);

async function measure(file: string) {
  const random = seeded(Number(values.seed));
  const started = performance.now();
  const paths: string[] = [];
  for await (const found of findRecordings([file])) paths.push(found.file);
  const listMilliseconds = round(performance.now() - started);
  const times: number[] = [];
  let mostMegabytes = megabytes();
  for (let read = 0; read < Number(values.reads); read++) {
    const path = paths[Math.floor(random() * paths.length)]!;
    const start = performance.now();
    await readEcg(path);
    times.push(performance.now() - start);
    mostMegabytes = Math.max(mostMegabytes, megabytes());
  }
  times.sort((a, b) => a - b);
  return {
    ...{ file: file.split('/').at(-1), fileBytes: statSync(file).size, recordings: paths.length },
    ...{ listMilliseconds, reads: times.length, seed: Number(values.seed) },
    readMilliseconds: { min: round(times[0]!), median: round(times[times.length >> 1]!) },
    mostMegabytes,
  };
}

const results = [];
for (const file of positionals) results.push(await measure(file));
process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
