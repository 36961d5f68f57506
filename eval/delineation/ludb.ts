/** LUDB's marks: each lead's waves, and the medians over the leads (doi 10.13026/eegm-h675). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EcgRecord } from '../../src/ecg/record.js';
import { type MitAnnotation, parseMitAnnotations } from '../../src/formats/mit-annotations.js';
import { readEcg } from '../../src/formats/read.js';
import { type Kind, medianWaves, type Wave, type Waves } from './waves.js';

export const LEADS = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
/** A wave of the recording is one that half of the leads have. */
const FEWEST_LEADS = 6;
const KIND_OF = new Map<string, Kind>([
  ['p', 'p'],
  ['N', 'qrs'],
  ['t', 't'],
]);

export interface LudbRecord {
  readonly name: string;
  readonly record: EcgRecord;
  /** In the order of `LEADS`. */
  readonly leads: readonly Waves[];
  readonly allLeads: Waves;
}

/** @param folder with `data/*.hea` and the annotation files, or holding such a folder */
export async function loadLudb(folder: string): Promise<LudbRecord[]> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hea') && /^\d+\.hea$/.test(name.split('/').at(-1)!))
    .map((name) => join(folder, name.slice(0, -4)))
    .sort((a, b) => numberOf(a) - numberOf(b));
  return Promise.all(names.map(loadRecord));
}

function numberOf(path: string): number {
  return Number(path.split('/').at(-1));
}

async function loadRecord(path: string): Promise<LudbRecord> {
  const leads = LEADS.map((lead) => readWaves(`${path}.${lead.toLowerCase()}`));
  return {
    name: String(numberOf(path)),
    record: await readEcg(`${path}.hea`),
    leads,
    allLeads: medianWaves(leads, FEWEST_LEADS),
  };
}

function readWaves(path: string): Waves {
  const { annotations } = parseMitAnnotations(readFileSync(path));
  const waves: Record<Kind, Wave[]> = { p: [], qrs: [], t: [] };
  annotations.forEach((mark, index) => {
    const kind = KIND_OF.get(mark.symbol);
    if (!kind) return;
    const edge = (other: MitAnnotation | undefined, symbol: string) =>
      other?.symbol === symbol ? other.sample : null;
    waves[kind].push({
      onset: edge(annotations[index - 1], '('),
      peak: mark.sample,
      offset: edge(annotations[index + 1], ')'),
    });
  });
  return waves;
}
