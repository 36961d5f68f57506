/** Where the service draws an ECG, and which seconds of it to show for the evidence of a hit. */
import type { HitEvidence } from './api-types.js';

export const SHOWN_SECONDS = 10;
/** A band over most of the picture shows nothing. */
const BAND_LIMIT_SECONDS = 6;
const BAND_COUNT_LIMIT = 24;

export interface PlotChoice {
  readonly layout?: string;
  readonly start?: number;
  readonly seconds?: number;
  readonly speed?: number;
  readonly gain?: number;
  readonly highlight?: string;
}

/** Address of a plot, relative to the page. */
export function plotAddress(
  ecgId: string,
  choice: PlotChoice,
  kind: 'svg' | 'png' = 'svg',
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(choice)) {
    if (value !== undefined && value !== '' && !(name === 'start' && value === 0)) {
      params.set(name, String(value));
    }
  }
  const query = params.toString();
  return `v1/ecgs/${encodeURIComponent(ecgId)}/plot.${kind}${query === '' ? '' : `?${query}`}`;
}

/** The evidence that is a stretch of the trace, short enough to be worth a band; a learned query is none. */
export function bandsOf(evidence: readonly HitEvidence[]): { start: number; end: number }[] {
  const bands: { start: number; end: number }[] = [];
  for (const { level, startSeconds: start, endSeconds: end } of evidence) {
    if (start === undefined || end === undefined || level === 'beat-query') continue;
    if (end > start && end - start <= BAND_LIMIT_SECONDS) bands.push({ start, end });
  }
  return bands.slice(0, BAND_COUNT_LIMIT);
}

/** Bands and start second for a picture of ten seconds that has the first band in it. */
export function evidenceChoice(
  evidence: readonly HitEvidence[],
  durationSeconds: number,
): { highlight: string; start: number } {
  const bands = bandsOf(evidence);
  const first = bands[0];
  const highlight = bands.map(({ start, end }) => `${tenths(start)}-${tenths(end)}`).join(',');
  if (first === undefined || first.end <= SHOWN_SECONDS) return { highlight, start: 0 };
  const latest = latestStart(durationSeconds);
  return { highlight, start: Math.max(0, Math.min(latest, Math.floor(first.start - 2))) };
}

/** The last start that still fills a picture. */
export function latestStart(durationSeconds: number): number {
  return Math.max(0, Math.floor((durationSeconds - SHOWN_SECONDS) * 10) / 10);
}

function tenths(seconds: number): string {
  return String(Math.max(0, Math.round(seconds * 100) / 100));
}
