/**
 * What a caller may choose about an ECG plot, the defaults, and the checks on both.
 *
 * Paper speed and gain follow the field's habit (25 mm/s, 10 mm/mV: Kligfield et al. 2007, AHA/ACCF/HRS
 * Recommendations for the Standardization and Interpretation of the ECG, part I).
 */
import { PqrError } from '../ecg/errors.js';
import { isStandardLead } from '../ecg/leads.js';
import { durationSeconds, type EcgRecord } from '../ecg/record.js';

/** `rows`: one row a recorded lead. `auto`: `3x4+rhythm` for 12 leads, otherwise `rows`. */
export const PLOT_LAYOUTS = ['3x4+rhythm', '6x2', '12x1', 'rows', 'auto'] as const;
export type PlotLayout = (typeof PLOT_LAYOUTS)[number];

/** A stretch of time drawn as a translucent band across all rows. */
export interface PlotHighlight {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label?: string;
}

/** A stretch of time and how much of something it has; 1 is an even share. */
export interface PlotShade {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly share: number;
}

/** A P wave, QRS complex or T wave from its onset to its offset. */
export interface PlotWave {
  readonly wave: 'P' | 'QRS' | 'T';
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface PlotOptions {
  readonly layout?: PlotLayout;
  /** Second of the recording at the left edge; default 0. */
  readonly startSeconds?: number;
  /** Seconds from the left to the right edge; default 10, or what the recording still has. */
  readonly shownSeconds?: number;
  readonly speedMmPerSecond?: number;
  readonly gainMmPerMillivolt?: number;
  readonly highlights?: readonly PlotHighlight[];
  /**
   * Where a model looked, in the order of time without overlaps: shaded behind the traces, the darker the
   * more; what has an even share or less stays white.
   */
  readonly attention?: readonly PlotShade[];
  /** R peaks in seconds of the recording, drawn as ticks above the time axis. */
  readonly rPeaksSeconds?: readonly number[];
  /** Waves of all beats, drawn as stripes behind the traces. */
  readonly waves?: readonly PlotWave[];
  /** Text above the paper, left; nothing by default. */
  readonly title?: string;
  /** Text below the paper, after speed, gain and time. */
  readonly footer?: string;
  /**
   * `font` writes SVG text in the reader's sans-serif font; `strokes` draws every letter as a path, so
   * the picture needs no font.
   */
  readonly text?: 'font' | 'strokes';
}

/** The options with every default filled in and every value checked. */
export interface ResolvedPlotOptions extends Required<Omit<PlotOptions, 'layout'>> {
  readonly layout: Exclude<PlotLayout, 'auto'>;
}

export const DEFAULT_SPEED_MM_PER_SECOND = 25;
export const DEFAULT_GAIN_MM_PER_MILLIVOLT = 10;
const DEFAULT_SHOWN_SECONDS = 10;
const SPEED_RANGE_MM_PER_SECOND = [2, 200] as const;
const GAIN_RANGE_MM_PER_MILLIVOLT = [0.5, 100] as const;
const SHOWN_RANGE_SECONDS = [0.1, 120] as const;
const PAPER_WIDTH_LIMIT_MM = 5000;
const MARK_COUNT_LIMIT = 2000;
const TWELVE_LEAD_LAYOUT_FROM_LEADS = 10;

/**
 * The layout for a name as written in an address or on a command line: our own names, and `3x4` for
 * `3x4+rhythm`.
 * @throws `request.invalid` where the name is none of them.
 */
export function plotLayoutOf(name: string): PlotLayout {
  const layout = name === '3x4' ? '3x4+rhythm' : name;
  if ((PLOT_LAYOUTS as readonly string[]).includes(layout)) return layout as PlotLayout;
  throw new PqrError(
    'request.invalid',
    `The layout is ${JSON.stringify(name)}. Allowed values are 3x4, ${PLOT_LAYOUTS.join(', ')}.`,
  );
}

const HIGHLIGHT = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)(?::([^,:]{1,80}))?$/;

/**
 * Highlights as written in an address or on a command line: `1.2-2.0,3-4`, or with names
 * `1.2-2.0:wide QRS`.
 * @throws `request.invalid` naming the part that is none.
 */
export function parseHighlights(text: string): PlotHighlight[] {
  return text.split(',').map((part) => {
    const match = HIGHLIGHT.exec(part.trim());
    if (!match) {
      throw new PqrError('request.invalid', `The highlight '${part.slice(0, 40)}' is none.`, {
        hint: 'Write seconds like 1.2-2.0,3-4, and names like 1.2-2.0:wide QRS.',
      });
    }
    const [, start, end, label] = match;
    const seconds = { startSeconds: Number(start), endSeconds: Number(end) };
    return label === undefined ? seconds : { ...seconds, label };
  });
}

/**
 * Fills in the defaults and checks every value against the record.
 * @throws `request.invalid` where a value is out of range or the start lies after the end.
 */
export function resolvePlotOptions(record: EcgRecord, options: PlotOptions): ResolvedPlotOptions {
  const speedMmPerSecond = options.speedMmPerSecond ?? DEFAULT_SPEED_MM_PER_SECOND;
  const gainMmPerMillivolt = options.gainMmPerMillivolt ?? DEFAULT_GAIN_MM_PER_MILLIVOLT;
  checkRange('speed', 'mm/s', speedMmPerSecond, SPEED_RANGE_MM_PER_SECOND);
  checkRange('gain', 'mm/mV', gainMmPerMillivolt, GAIN_RANGE_MM_PER_MILLIVOLT);
  const startSeconds = resolveStart(record, options.startSeconds ?? 0);
  const shownSeconds = resolveShown(record, startSeconds, options.shownSeconds);
  checkPaperWidth(shownSeconds * speedMmPerSecond);
  const highlights = options.highlights ?? [];
  const rPeaksSeconds = options.rPeaksSeconds ?? [];
  checkHighlights(highlights);
  return {
    layout: resolveLayout(record, options.layout ?? 'auto'),
    startSeconds,
    shownSeconds,
    speedMmPerSecond,
    gainMmPerMillivolt,
    highlights,
    attention: options.attention ?? [],
    waves: options.waves ?? [],
    rPeaksSeconds,
    title: options.title ?? '',
    footer: options.footer ?? '',
    text: options.text ?? 'font',
  };
}

function resolveLayout(record: EcgRecord, layout: PlotLayout): Exclude<PlotLayout, 'auto'> {
  if (layout !== 'auto') return layout;
  const standardCount = record.leads.filter(isStandardLead).length;
  return standardCount >= TWELVE_LEAD_LAYOUT_FROM_LEADS ? '3x4+rhythm' : 'rows';
}

function resolveStart(record: EcgRecord, startSeconds: number): number {
  const available = durationSeconds(record);
  if (startSeconds >= 0 && startSeconds < available) return startSeconds;
  throw new PqrError(
    'request.invalid',
    `The plot's start is ${startSeconds} s; the recording lasts ${available} s.`,
    { hint: 'Choose a start from 0 to just before the end.' },
  );
}

function resolveShown(
  record: EcgRecord,
  startSeconds: number,
  shownSeconds: number | undefined,
): number {
  const remaining = durationSeconds(record) - startSeconds;
  if (shownSeconds !== undefined) checkRange('shown time', 's', shownSeconds, SHOWN_RANGE_SECONDS);
  return Math.min(shownSeconds ?? DEFAULT_SHOWN_SECONDS, remaining);
}

function checkRange(
  name: string,
  unit: string,
  value: number,
  [low, high]: readonly [number, number],
): void {
  if (value >= low && value <= high) return;
  throw new PqrError(
    'request.invalid',
    `The plot's ${name} is ${value} ${unit}; ${low} to ${high} ${unit} is allowed.`,
  );
}

function checkPaperWidth(widthMm: number): void {
  if (widthMm <= PAPER_WIDTH_LIMIT_MM) return;
  throw new PqrError(
    'request.invalid',
    `The plot would be ${Math.round(widthMm)} mm wide; at most ${PAPER_WIDTH_LIMIT_MM} mm is drawn.`,
    { hint: 'Choose fewer seconds or a lower paper speed.' },
  );
}

function checkHighlights(highlights: readonly PlotHighlight[]): void {
  if (highlights.length > MARK_COUNT_LIMIT) {
    throw new PqrError(
      'request.invalid',
      `The plot has ${highlights.length} highlights; at most ${MARK_COUNT_LIMIT} are drawn.`,
    );
  }
  const wrong = highlights.find((band) => !(band.endSeconds >= band.startSeconds));
  if (wrong === undefined) return;
  throw new PqrError(
    'request.invalid',
    `A highlight runs from ${wrong.startSeconds} s to ${wrong.endSeconds} s; its end must not lie before its start.`,
  );
}
