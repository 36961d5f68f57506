/**
 * What the variables of a MAT-file say about an ECG, by the names that common sets use.
 *
 * - PhysioNet's conversions: `val`
 * - CPSC2018's own files: structure `ECG` with `data`, `sex`, `age`
 * - ecg-kit: `signal` with the structure `header` (`freq`, `desc`, `units`, `gain`, `adczero`)
 */
import { parseAge, parseSex } from './header-comments.js';
import type { MatNumbers, MatValue } from './mat5-elements.js';

/** Every named value of a file, structures taken apart, names in lower case letters and digits. */
export type MatNames = ReadonlyMap<string, MatValue>;

const SIGNAL_NAMES = [
  'val',
  'ecgdata',
  'ecg',
  'signal',
  'signals',
  'data',
  'sig',
  'ecgsignal',
  'x',
];
const RATE_NAMES = [
  'fs',
  'freq',
  'samplingrate',
  'samplingfrequency',
  'samplerate',
  'fsamp',
  'srate',
];
const LEAD_NAMES = ['leads', 'leadnames', 'desc', 'labels', 'channels', 'channelnames', 'signame'];
const UNIT_NAMES = ['units', 'unit'];
const GAIN_NAMES = ['gain', 'adcgain'];
const ZERO_NAMES = ['adczero', 'baseline'];

/** Takes structures apart; an outer name stands before an inner one (`ecgdata`) and the inner alone. */
export function flattenNames(variables: ReadonlyMap<string, MatValue>): MatNames {
  const names = new Map<string, MatValue>();
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const add = (name: string, value: MatValue) => {
    if (!names.has(name)) names.set(name, value);
  };
  const visit = (prefix: string, fields: ReadonlyMap<string, MatValue>): void => {
    for (const [name, value] of fields) {
      const own = plain(name);
      if (prefix !== '') add(prefix + own, value);
      add(own, value);
      if (value.kind === 'struct') visit(own, value.fields);
    }
  };
  visit('', variables);
  return names;
}

function firstOf<T>(
  names: MatNames,
  wanted: readonly string[],
  read: (value: MatValue) => T | undefined,
): T | undefined {
  for (const name of wanted) {
    const value = names.get(name);
    const found = value && read(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Matrices that may be a recording: at most `maxLeads` on one side, more on the other. */
function isSignal(value: MatValue, maxLeads: number): value is MatNumbers {
  if (value.kind !== 'numbers') return false;
  const [small, large] = [value.rowCount, value.columnCount].sort((a, b) => a - b) as [
    number,
    number,
  ];
  return small >= 1 && small <= maxLeads && large > 2 * small && large > 32;
}

/** The recording: by a usual name, else the only matrix that may be one. */
export function signalOf(names: MatNames, maxLeads: number): MatNumbers | undefined {
  const named = firstOf(names, SIGNAL_NAMES, (value) =>
    isSignal(value, maxLeads) ? value : undefined,
  );
  if (named !== undefined) return named;
  const all = new Set([...names.values()].filter((value) => isSignal(value, maxLeads)));
  return all.size === 1 ? ([...all][0] as MatNumbers) : undefined;
}

const numbersIn = (value: MatValue): number[] | undefined =>
  value.kind === 'numbers' && value.rowCount * value.columnCount <= 1024
    ? Array.from({ length: value.rowCount * value.columnCount }, (_, index) => value.at(index))
    : undefined;

function textsIn(value: MatValue): string[] | undefined {
  if (value.kind === 'text') return [...value.rows];
  if (value.kind !== 'cell') return undefined;
  return value.values.map((one) => (one.kind === 'text' ? (one.rows[0] ?? '') : ''));
}

export interface MatFacts {
  readonly samplingRateHz: number | undefined;
  readonly leads: readonly string[] | undefined;
  readonly units: readonly string[] | undefined;
  readonly gains: readonly number[] | undefined;
  readonly zeros: readonly number[] | undefined;
  readonly ageYears: number | undefined;
  readonly sex: 'male' | 'female' | undefined;
}

/** What stands beside the signal. */
export function factsOf(names: MatNames): MatFacts {
  const text = (name: string) => firstOf(names, [name], (value) => textsIn(value)?.[0]);
  const age = firstOf(names, ['age'], (value) => numbersIn(value)?.[0]);
  return {
    samplingRateHz: firstOf(names, RATE_NAMES, (value) => {
      const rate = numbersIn(value)?.[0];
      return rate !== undefined && rate > 0 ? rate : undefined;
    }),
    leads: firstOf(names, LEAD_NAMES, textsIn),
    units: firstOf(names, UNIT_NAMES, textsIn),
    gains: firstOf(names, GAIN_NAMES, numbersIn),
    zeros: firstOf(names, ZERO_NAMES, numbersIn),
    ageYears: parseAge(`${age ?? text('age') ?? ''}`),
    sex: parseSex(text('sex') ?? text('gender') ?? ''),
  };
}
