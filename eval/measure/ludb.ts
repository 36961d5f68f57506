/**
 * LUDB's annotations (Kalyakulina et al. 2020, doi 10.1109/ACCESS.2020.3029211): boundaries and peaks of P, QRS
 * and T, marked by cardiologists in each lead for itself.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';
import { parseMitAnnotations } from '../../src/formats/mit-annotations.js';
import { readEcg } from '../../src/formats/read.js';
import { medianOf } from '../../src/signal/median.js';

const LEAD_EXTENSIONS = [
  ...['i', 'ii', 'iii', 'avr', 'avl', 'avf'],
  ...['v1', 'v2', 'v3', 'v4', 'v5', 'v6'],
];
const PEAKS = new Map([
  ['p', 'P'],
  ['N', 'QRS'],
  ['t', 'T'],
] as const);

export interface MarkedWave {
  readonly wave: 'P' | 'QRS' | 'T';
  /** Samples of the record. */
  readonly onset: number | null;
  readonly peak: number;
  readonly offset: number | null;
}

export interface LudbRecord {
  readonly name: string;
  readonly record: EcgRecord;
  /** One list a lead, in order of time. */
  readonly leads: readonly (readonly MarkedWave[])[];
}

/** The records below a folder that holds LUDB's `data`, by name. */
export async function readLudb(folder: string): Promise<LudbRecord[]> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hea'))
    .map((name) => name.slice(0, -4))
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const leads = LEAD_EXTENSIONS.map((lead) => markedWaves(readFileSync(`${path}.${lead}`)));
      return { name, record: makeRecord({ ...(await readEcg(path)) }), leads };
    }),
  );
}

function markedWaves(bytes: Uint8Array): MarkedWave[] {
  const { annotations } = parseMitAnnotations(bytes);
  return annotations.flatMap(({ symbol, sample: peak }, at) => {
    const wave = PEAKS.get(symbol as 'p' | 'N' | 't');
    if (wave === undefined) return [];
    const [before, after] = [annotations[at - 1], annotations[at + 1]];
    const onset = before?.symbol === '(' ? before.sample : null;
    const offset = after?.symbol === ')' ? after.sample : null;
    return [{ wave, onset, peak, offset }];
  });
}

export interface ReferenceIntervals {
  readonly rate: number | null;
  readonly pr: number | null;
  readonly qrs: number | null;
  readonly qt: number | null;
}

/** Medians over all leads and beats; rate in bpm, the rest in ms. Null where nothing is marked. */
export function referenceIntervals({ record, leads }: LudbRecord): ReferenceIntervals {
  const toMilliseconds = 1000 / record.samplingRateHz;
  const [rr, pr, qrs, qt]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const waves of leads) {
    const complexes = waves.filter(({ wave }) => wave === 'QRS');
    rr.push(...complexes.slice(1).map(({ peak }, at) => peak - complexes[at]!.peak));
    waves.forEach((one, at) => {
      if (one.wave !== 'QRS' || one.onset === null) return;
      const [before, after] = [waves[at - 1], waves[at + 1]];
      if (before?.wave === 'P' && before.onset !== null) pr.push(one.onset - before.onset);
      if (one.offset !== null) qrs.push(one.offset - one.onset);
      if (after?.wave === 'T' && after.offset !== null) qt.push(after.offset - one.onset);
    });
  }
  const milliseconds = (spans: readonly number[]) => {
    const median = medianOf(spans);
    return median === null ? null : median * toMilliseconds;
  };
  const meanRr = milliseconds(rr);
  return {
    rate: meanRr === null ? null : 60_000 / meanRr,
    pr: milliseconds(pr),
    qrs: milliseconds(qrs),
    qt: milliseconds(qt),
  };
}
