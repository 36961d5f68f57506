/** Where the service draws an ECG, and which seconds of it to show for the evidence of a hit. */
import type { HitEvidence } from './api-types.js';
import { spanText } from './format.js';

export const SHOWN_SECONDS = 10;
/** A band over most of the picture shows nothing. */
const BAND_LIMIT_SECONDS = 6;
const BAND_COUNT_LIMIT = 24;
const LABEL_LENGTH_LIMIT = 60;

/** A stretch of the trace to be marked; named where there are several different ones. */
export interface Band {
  readonly start: number;
  readonly end: number;
  readonly label?: string;
}

export interface PlotChoice {
  readonly layout?: string;
  readonly start?: number;
  readonly seconds?: number;
  readonly speed?: number;
  readonly gain?: number;
  readonly highlight?: string;
  /** Shade where the model looked. */
  readonly attention?: boolean;
  /** Draw where P, QRS and T begin and end. */
  readonly fiducials?: boolean;
}

/** Address of a plot, relative to the page. */
export function plotAddress(
  ecgId: string,
  choice: PlotChoice,
  kind: 'svg' | 'png' = 'svg',
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(choice)) {
    if (value === undefined || value === '' || value === false) continue;
    if (name === 'start' && value === 0) continue;
    params.set(name, value === true ? '1' : String(value));
  }
  const query = params.toString();
  return `v1/ecgs/${encodeURIComponent(ecgId)}/plot.${kind}${query === '' ? '' : `?${query}`}`;
}

/** The evidence that is a stretch of the trace, short enough to be worth a band; a learned query is none. */
export function bandsOf(evidence: readonly HitEvidence[]): Band[] {
  const short = spansOf(evidence).filter(({ start, end }) => end - start <= BAND_LIMIT_SECONDS);
  const bands = short.slice(0, BAND_COUNT_LIMIT);
  const isOnePhrase = new Set(bands.map(({ phrase }) => phrase)).size <= 1;
  return bands.map(({ start, end, phrase }) => ({
    ...{ start, end },
    ...(!isOnePhrase && { label: labelOf(phrase) }),
  }));
}

/** A comma or a colon would end the label in the address. */
function labelOf(phrase: string): string {
  return phrase.replace(/[,:\s]+/g, ' ').slice(0, LABEL_LENGTH_LIMIT);
}

function spansOf(evidence: readonly HitEvidence[]): (Band & { phrase: string })[] {
  const spans: (Band & { phrase: string })[] = [];
  for (const { level, phrase, startSeconds: start, endSeconds: end } of evidence) {
    if (start === undefined || end === undefined || level === 'beat-query') continue;
    if (end > start) spans.push({ start, end, phrase });
  }
  return spans;
}

/**
 * Bands and start second for a picture of ten seconds that has the first band in it, or else the beginning of
 * the first stretch that matched.
 */
export function evidenceChoice(
  evidence: readonly HitEvidence[],
  durationSeconds: number,
): { highlight: string; start: number } {
  const bands = bandsOf(evidence);
  const first = bands[0] ?? spansOf(evidence)[0];
  const highlight = bands.map(highlightOf).join(',');
  if (first === undefined || first.end <= SHOWN_SECONDS) return { highlight, start: 0 };
  const latest = latestStart(durationSeconds);
  const before = bands.length > 0 ? 2 : 0;
  return { highlight, start: Math.max(0, Math.min(latest, Math.floor(first.start - before))) };
}

function highlightOf({ start, end, label }: Band): string {
  return `${tenths(start)}-${tenths(end)}${label === undefined ? '' : `:${label}`}`;
}

/** What `highlightOf` joined, as a text: `1.2-2.0 s`, or `wide QRS 1.2-2.0 s`. */
export function markedText(highlight: string): string {
  const marks = highlight.split(',').map((mark) => {
    const [seconds = '', label] = mark.split(':');
    const [start = 0, end = 0] = seconds.split('-').map(Number);
    return label === undefined ? spanText(start, end) : `${label} ${spanText(start, end)}`;
  });
  return marks.join(', ');
}

/** The last start that still fills a picture. */
export function latestStart(durationSeconds: number): number {
  return Math.max(0, Math.floor((durationSeconds - SHOWN_SECONDS) * 10) / 10);
}

function tenths(seconds: number): string {
  return String(Math.max(0, Math.round(seconds * 100) / 100));
}
