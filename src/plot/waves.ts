/**
 * Where waves begin and end, as faint stripes behind the traces: P blue, QRS red, T green; a line marks each
 * boundary. They are the boundaries that all leads agree on, so one stripe runs through all rows.
 */
import type { PlotWave, ResolvedPlotOptions } from './options.js';
import { type ChartBox, xOfSeconds } from './paper.js';

const COLOURS = { P: '#1f6fd1', QRS: '#d1311f', T: '#1c8a3c' } as const;

/** Clipped to what is shown; a wave without a width is left out. */
export function drawWaves(box: ChartBox, options: ResolvedPlotOptions): string {
  return (['P', 'QRS', 'T'] as const).map((wave) => stripes(wave, box, options)).join('');
}

function stripes(wave: PlotWave['wave'], box: ChartBox, options: ResolvedPlotOptions): string {
  const end = options.startSeconds + options.shownSeconds;
  let areas = '';
  let edges = '';
  for (const one of options.waves) {
    const from = Math.max(one.startSeconds, options.startSeconds);
    const to = Math.min(one.endSeconds, end);
    if (one.wave !== wave || !(from < to)) continue;
    const x = xOfSeconds(from, box, options);
    areas += `M${x} ${box.top}h${xOfSeconds(to, box, options) - x}v${box.height}H${x}z`;
    for (const seconds of [one.startSeconds, one.endSeconds]) {
      const isShown = seconds >= options.startSeconds && seconds <= end;
      if (isShown) edges += `M${xOfSeconds(seconds, box, options)} ${box.top}v${box.height}`;
    }
  }
  if (areas === '') return '';
  const colour = COLOURS[wave];
  return (
    `<path d="${areas}" fill="${colour}" fill-opacity="0.1"/>` +
    `<path d="${edges}" stroke="${colour}" stroke-opacity="0.55" stroke-width="12"/>`
  );
}
