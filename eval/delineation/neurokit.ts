/** What eval/measure-neurokit.py found, as waves. */
import { readFileSync } from 'node:fs';
import { KINDS, type Kind, type Wave, type Waves } from './waves.js';

type Row = [onset: number | null, peak: number, offset: number | null];

export interface NeurokitWaves {
  readonly software: string;
  /** Each record's leads in the order of `LEADS`. */
  readonly records: ReadonlyMap<string, readonly Waves[]>;
}

export function readNeurokit(path: string): NeurokitWaves {
  const { software, records } = JSON.parse(readFileSync(path, 'utf8')) as {
    software: string;
    records: Record<string, Record<Kind, Row[]>[]>;
  };
  const toWaves = (lead: Record<Kind, Row[]>) =>
    Object.fromEntries(KINDS.map((kind) => [kind, lead[kind].map(toWave)])) as unknown as Waves;
  const entries = Object.entries(records).map(
    ([name, leads]) => [name, leads.map(toWaves)] as const,
  );
  return { software, records: new Map(entries) };
}

function toWave([onset, peak, offset]: Row): Wave {
  return { onset, peak, offset };
}
