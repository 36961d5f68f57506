/** Values as the page writes them. */
import type { SearchLevel } from './api-types.js';

export const LEVEL_NAMES: Readonly<Record<SearchLevel, string>> = {
  fused: 'Fused',
  rhythm: 'Rhythm',
  beat: 'Beat',
  'beat-query': 'Learned query',
  token: 'Moment',
  text: 'Report',
};

export const LEVEL_MEANINGS: Readonly<Record<SearchLevel, string>> = {
  fused: 'All levels together',
  rhythm: 'The recording as a whole',
  beat: 'Single heartbeats',
  'beat-query': 'What the model learned to ask of the whole recording; no single heartbeat',
  token: 'Short moments of the trace',
  text: 'Words of the stored report',
};

/** `rhythm` -> `Rhythm`; a level that the page does not know comes back as it is. */
export function levelName(level: string): string {
  return LEVEL_NAMES[level as SearchLevel] ?? level;
}

/** `records500/02000/02000_hr` -> `02000_hr`. */
export function shortRecord(record: string): string {
  return record.split(/[\\/]/).filter(Boolean).at(-1) ?? record;
}

/** `63 y`, `90+ y`; undefined where unknown. PTB-XL writes 300 for 90 and over. */
export function ageText(age: number | null | undefined): string | undefined {
  if (age === null || age === undefined || !Number.isFinite(age)) return undefined;
  return age >= 120 ? '90+ y' : `${Math.round(age)} y`;
}

/** The date of an ISO time; undefined where unknown. */
export function dateText(recordedAt: string | null | undefined): string | undefined {
  return recordedAt ? recordedAt.slice(0, 10) : undefined;
}

/** `10 s`, `38.5 s`, `30 min 6 s`. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  const rest = whole % 60;
  return rest === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}

/** `1.2-2.0 s` with an en dash. */
export function spanText(startSeconds: number, endSeconds: number): string {
  return `${startSeconds.toFixed(1)}\u2013${endSeconds.toFixed(1)} s`;
}

/** `1 ECG`, `2,822 ECGs`. */
export function countText(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

/** `12 leads`, or the names where there are few. */
export function leadsText(leads: readonly string[]): string {
  return leads.length <= 3 ? `lead ${leads.join(', ')}` : `${leads.length} leads`;
}

/** Age, sex, date, length and leads in one line. */
export function factsText(facts: {
  readonly age?: number | null | undefined;
  readonly sex?: string | null | undefined;
  readonly recordedAt?: string | null | undefined;
  readonly durationSeconds: number;
  readonly leads: readonly string[];
}): string {
  return [
    ageText(facts.age),
    facts.sex ?? undefined,
    dateText(facts.recordedAt),
    durationText(facts.durationSeconds),
    leadsText(facts.leads),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' \u00b7 ');
}

/** A cosine or BM25 score with two decimals, true minus sign. */
export function scoreText(score: number): string {
  return score.toFixed(2).replace('-', '\u2212');
}

/** With a true minus sign; an en dash where there is no value. */
export function numberText(value: number | null, decimals: number): string {
  if (value === null) return '\u2013';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '\u2212');
}

export function unitText(value: number | null, unit: string, decimals = 0): string {
  const number = numberText(value, decimals);
  if (value === null) return number;
  return unit === '\u00b0' ? `${number}${unit}` : `${number} ${unit}`;
}
