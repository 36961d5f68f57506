/**
 * Where a model looked, as a strip of violet behind the traces. What has an even share or less is left white;
 * from there on it darkens up to the largest share of what is drawn, or to twice an even one where nothing
 * reaches that: a model that looked everywhere alike leaves the paper almost white.
 */
import type { PlotShade, ResolvedPlotOptions } from './options.js';
import { type ChartBox, xOfSeconds } from './paper.js';

const COLOUR = '#6b3fd4';
const MOST_OPACITY = 0.34;
const LEAST_FULL_SHARE = 2;
const LEVEL_COUNT = 16;

/** One band for each stretch of one darkness, clipped to what is shown. */
export function drawAttention(box: ChartBox, options: ResolvedPlotOptions): string {
  const end = options.startSeconds + options.shownSeconds;
  const shown = options.attention.filter(
    (shade) => shade.endSeconds > options.startSeconds && shade.startSeconds < end,
  );
  const full = shown.reduce((most, { share }) => Math.max(most, share), LEAST_FULL_SHARE);
  let bands = '';
  for (const { level, ...stretch } of stretches(shown, full)) {
    const x = xOfSeconds(Math.max(stretch.startSeconds, options.startSeconds), box, options);
    const to = xOfSeconds(Math.min(stretch.endSeconds, end), box, options);
    const opacity = Math.round(((MOST_OPACITY * level) / LEVEL_COUNT) * 1000) / 1000;
    bands += `<rect x="${x}" y="${box.top}" width="${to - x}" height="${box.height}" fill-opacity="${opacity}"/>`;
  }
  return bands === '' ? '' : `<g fill="${COLOUR}">${bands}</g>`;
}

interface Stretch {
  startSeconds: number;
  endSeconds: number;
  /** 1 to 16. */
  readonly level: number;
}

/** Neighbours of one darkness joined, white ones left out. */
function stretches(shades: readonly PlotShade[], full: number): Stretch[] {
  const joined: Stretch[] = [];
  for (const { startSeconds, endSeconds, share } of shades) {
    const level = Math.round((LEVEL_COUNT * Math.max(0, share - 1)) / (full - 1));
    if (level === 0) continue;
    const last = joined.at(-1);
    if (last && last.level === level && startSeconds <= last.endSeconds) {
      last.endSeconds = endSeconds;
    } else joined.push({ startSeconds, endSeconds, level });
  }
  return joined;
}
