/**
 * How fast WFDB records are read, beside wfdb-python in one run: both read the same folder in turn, each
 * round the one right after the other, on a warm file cache.
 *
 *     npm run build && npx tsx eval/bench/wfdb.ts --python PYTHON [--records DIR] [--rounds 15] [--only 16,212] > SPEED
 *
 * The records are read as they are, and written anew by wfdb-python in other signal formats. Ours are
 * float32 millivolts with checksums verified, wfdb-python's float64 physical values. Times are of the clock and of the
 * CPU (all threads of the process): on a machine that does other work the second are the steadier ones.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The built reader, as users run it: npm run build. */
const BUILT = new URL('../../dist/formats/read.js', import.meta.url).href;
const { readEcg }: typeof import('../../src/formats/read.js') = await import(BUILT);

const SCRIPT = fileURLToPath(new URL('wfdb_python.py', import.meta.url));

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    records: { type: 'string', default: 'sample/records' },
    rounds: { type: 'string', default: '15' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const WARM_UP_ROUNDS = 10;

/** Milliseconds. */
interface Timing {
  readonly clock: number;
  readonly cpu: number;
}

/** A process of wfdb-python that reads a folder a line. */
function startPython() {
  const child = spawn(values.python, [SCRIPT, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => String((await lines.next()).value);
  return {
    version: answer,
    async read(folder: string): Promise<Timing> {
      child.stdin.write(`${folder}\n`);
      const [clock, cpu] = (await answer()).split(' ').map(Number);
      return { clock: clock!, cpu: cpu! };
    },
    end: () => child.stdin.end(),
  };
}

async function readAll(folder: string, headers: readonly string[]): Promise<Timing> {
  const [start, startCpu] = [performance.now(), process.cpuUsage()];
  for (const header of headers) await readEcg(join(folder, header));
  const { user, system } = process.cpuUsage(startCpu);
  return { clock: performance.now() - start, cpu: (user + system) / 1000 };
}

const rounded = (value: number) => Math.round(value * 10) / 10;

function summary(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => rounded(sorted[Math.floor(share * (sorted.length - 1))]!);
  return { min: at(0), median: at(0.5), p90: at(0.9) };
}

function compareTimes(ours: readonly number[], theirs: readonly number[]) {
  const milliseconds = summary(ours);
  const wfdbPythonMilliseconds = summary(theirs);
  const ratio = (of: 'min' | 'median') => rounded(wfdbPythonMilliseconds[of] / milliseconds[of]);
  return {
    ...{ milliseconds, wfdbPythonMilliseconds },
    timesAsFast: { min: ratio('min'), median: ratio('median') },
  };
}

/** Both readers in turn; the first rounds of each warm up. */
async function compare(folder: string, python: ReturnType<typeof startPython>) {
  const headers = readdirSync(folder).filter((name) => name.endsWith('.hea'));
  const ours: Timing[] = [];
  const theirs: Timing[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const pair = [await readAll(folder, headers), await python.read(folder)] as const;
    if (round < 0) continue;
    ours.push(pair[0]);
    theirs.push(pair[1]);
  }
  const of = (kind: keyof Timing) =>
    compareTimes(
      ours.map((one) => one[kind]),
      theirs.map((one) => one[kind]),
    );
  return { records: headers.length, clock: of('clock'), cpu: of('cpu') };
}

const out = mkdtempSync(join(tmpdir(), 'pqrsearch-wfdb-'));
const written = spawnSync(values.python, [SCRIPT, 'write', values.records, out], {
  stdio: 'inherit',
});
if (written.status !== 0) throw new Error('wfdb-python could not write the records');
const python = startPython();
const wfdbPython = await python.version();
/** What else the machine did, over a minute and fifteen: above its threads, clock times are worth little. */
const [minute, , quarterHour] = loadavg();
const loadAverage = { minute: rounded(minute!), quarterHour: rounded(quarterHour!) };
const only = values.only?.split(',');
const formats: Record<string, unknown> = {};
for (const format of readdirSync(out).sort((a, b) => Number(a) - Number(b))) {
  if (only && !only.includes(format)) continue;
  // Format 16 is that of the records as they are.
  formats[format] = await compare(format === '16' ? values.records : join(out, format), python);
  process.stderr.write(`${format}: ${JSON.stringify(formats[format])}\n`);
}
python.end();
rmSync(out, { recursive: true });
process.stdout.write(
  `${JSON.stringify(
    {
      wfdbPython,
      node: process.version,
      cpu: cpus()[0]?.model,
      threads: cpus().length,
      loadAverage,
      rounds,
      formats,
    },
    undefined,
    2,
  )}\n`,
);
