/**
 * How the format readers agree with second readers, how fast WFDB is read, and what fuzzing found.
 *
 *     python test/reference/formats_second.py dump SHARED OUT [MORE_FILES]
 *     npx tsx eval/formats.ts --second OUT [--fuzz FILE] > eval/results/formats.json
 *
 * Every sample of every file is compared, the second reader's rounded to float32 as ours are. FILE is what `npx tsx scripts/fuzz-formats.ts` printed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { normaliseLeadName } from '../src/ecg/leads.js';
import { DEFAULT_LIMITS, type Limits } from '../src/ecg/limits.js';
import type { EcgRecord } from '../src/ecg/record.js';
import { type ReadOptions, readEcg } from '../src/formats/read.js';

interface SecondReading {
  readonly path: string;
  readonly name: string;
  readonly software: string;
  readonly leads: string[];
  readonly samplingRateHz: number;
  readonly shape: [number, number];
  readonly options: ReadOptions;
  readonly samples: string;
}

/** Samples are read whole here; a recording of six hours is one of them. */
const LIMITS = { ...DEFAULT_LIMITS, durationSeconds: 36_000, leadCount: 64 } as Limits;

/** Rows of the record for the second reader's leads: by name, else by place. */
function rowsFor(record: EcgRecord, leads: readonly string[]): number[] {
  return leads.map((lead, index) => {
    const row = record.leads.indexOf(normaliseLeadName(lead));
    return row === -1 ? index : row;
  });
}

function compare(record: EcgRecord, second: SecondReading, folder: string) {
  const bytes = readFileSync(join(folder, second.samples));
  const values = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const [, sampleCount] = second.shape;
  let largest = 0;
  let missingDiffer = 0;
  for (const [position, row] of rowsFor(record, second.leads).entries()) {
    for (let sample = 0; sample < Math.min(sampleCount, record.sampleCount); sample++) {
      const theirs = values[position * sampleCount + sample]!;
      const ours = record.samples[row * record.sampleCount + sample]!;
      if (Number.isNaN(theirs) !== Number.isNaN(ours)) missingDiffer++;
      else if (!Number.isNaN(ours))
        largest = Math.max(largest, Math.abs(ours - Math.fround(theirs)));
    }
  }
  return {
    file: second.name,
    format: record.format,
    secondReader: second.software,
    leads: second.shape[0],
    samplesALead: sampleCount,
    sameRate: record.samplingRateHz === second.samplingRateHz,
    sameLength: record.sampleCount === sampleCount,
    missingDiffer,
    maxDifferenceMillivolts: Number(largest.toPrecision(3)),
  };
}

interface FolderTiming {
  readonly folder: string;
  readonly records: number;
  readonly milliseconds: number;
}

const TIMED_READINGS = 10;

/** Our median of nine readings of the same folder; the first one is left out. */
async function compareSpeed({ folder, records, milliseconds: theirs }: FolderTiming) {
  const headers = readdirSync(folder).filter((name) => name.endsWith('.hea'));
  const times: number[] = [];
  for (let reading = 0; reading < TIMED_READINGS; reading++) {
    const start = performance.now();
    for (const header of headers) await readEcg(join(folder, header));
    times.push(performance.now() - start);
  }
  const milliseconds = Math.round(times.slice(1).sort((a, b) => a - b)[4]! * 10) / 10;
  const timesAsFast = Math.round((10 * theirs) / milliseconds) / 10;
  return { folder, records, milliseconds, wfdbPythonMilliseconds: theirs, timesAsFast };
}

const { values } = parseArgs({
  options: { second: { type: 'string' }, fuzz: { type: 'string' } },
});
if (values.second === undefined) throw new Error('--second DIR is needed');
const index: { readings: SecondReading[]; timing: FolderTiming } = JSON.parse(
  readFileSync(join(values.second, 'index.json'), 'utf8'),
);
const speed = await compareSpeed(index.timing);
const agreement = [];
for (const second of index.readings) {
  const record = await readEcg(second.path, { ...second.options, limits: LIMITS });
  agreement.push(compare(record, second, values.second));
}
const fuzzing = values.fuzz && JSON.parse(readFileSync(values.fuzz, 'utf8'));
process.stdout.write(
  `${JSON.stringify({ agreement, speed, ...(fuzzing && { fuzzing }) }, undefined, 2)}\n`,
);
