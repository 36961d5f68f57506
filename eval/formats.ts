/**
 * How the format readers agree with second readers, how fast WFDB is read, and what fuzzing found.
 *
 *     python test/reference/formats_second.py dump SHARED OUT [MORE_FILES]
 *     npx tsx scripts/fuzz-formats.ts --mutations 100000 --seed 17 [--only FORMAT] > FUZZ
 *     npm run build && npx tsx eval/bench/wfdb.ts --python PYTHON > SPEED
 *     npm run build && npx tsx eval/bench/hdf5.ts FILE ... > BATCH
 *     npx tsx eval/formats.ts [--second OUT] [--fuzz FUZZ ...] [--speed SPEED] [--batch BATCH]
 *       [--into eval/results/formats.json]
 *
 * Every sample of every file is compared, the second reader's rounded to float32 as ours are. What is not
 * given anew stays as it was in the file: a part of the results, or a file that a second reader was not run on.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

const { values } = parseArgs({
  options: {
    second: { type: 'string' },
    fuzz: { type: 'string', multiple: true, default: [] },
    speed: { type: 'string' },
    batch: { type: 'string' },
    into: { type: 'string', default: 'eval/results/formats.json' },
  },
});

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

async function agreementWith(folder: string) {
  const { readings }: { readings: SecondReading[] } = readJson(join(folder, 'index.json'));
  const agreement = [];
  for (const second of readings) {
    const record = await readEcg(second.path, { ...second.options, limits: LIMITS });
    agreement.push(compare(record, second, folder));
  }
  return agreement;
}

/** The files' places stay; new ones come last. */
function mergeByFile<T extends { readonly file: string }>(old: readonly T[], anew: readonly T[]) {
  const merged = new Map([...old, ...anew].map((entry) => [entry.file, entry]));
  return [...merged.values()];
}

const before = existsSync(values.into) ? readJson(values.into) : {};
const fuzzing = Object.assign({}, before.fuzzing, ...values.fuzz.map(readJson));
const result = {
  agreement:
    values.second === undefined
      ? before.agreement
      : mergeByFile(before.agreement ?? [], await agreementWith(values.second)),
  speed: values.speed === undefined ? before.speed : readJson(values.speed),
  batch: values.batch === undefined ? before.batch : readJson(values.batch),
  fuzzing,
};
writeFileSync(values.into, `${JSON.stringify(result, undefined, 2)}\n`);
