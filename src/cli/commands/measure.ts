/** `pqrsearch measure`: rate, intervals, axes, levels and the boundaries of every beat. */
import type { Command } from 'commander';
import { type MeasurementView, measurementView } from '../../signal/measurement-view.js';
import type { CliContext } from '../context.js';
import { printJson, printWarnings } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

export function addMeasureCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('measure <file>'))
    .description('measure a recording: rate, intervals, QTc, axes, ST levels, every beat')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: ReadFlags & { json?: boolean }) => {
      const app = context.app();
      const record = await app.readEcg(file, readOptions(flags));
      const view = measurementView(await app.measure(record));
      if (flags.json) return printJson(context.terminal, view);
      printWarnings(context.terminal, view.warnings);
      context.terminal.out(measureText(view));
    });
}

/** A table of names, values and units; a dash where nothing was measured. */
function measureText(view: MeasurementView): string {
  const rr = view.rrMilliseconds;
  const { bazett, fridericia, framingham, hodges } = view.qtcMilliseconds;
  const { p, qrs, t } = view.axisDegrees;
  const { sokolowLyon, cornell } = view.voltages;
  const ectopic = (origin: string) =>
    view.ectopicBeats.filter((beat) => beat.origin === origin).length;
  const rows: [string, string][] = [
    ['heart rate', told(view.heartRateBpm, '/min')],
    ['RR', rr ? `${whole(rr.mean)} ms, s.d. ${whole(rr.sd)} ms` : '-'],
    ['PR', told(view.prMilliseconds, 'ms')],
    ['QRS', told(view.qrsMilliseconds, 'ms')],
    ['QT', told(view.qtMilliseconds, 'ms')],
    ['QTc', `Bazett ${told(bazett, 'ms')}, Fridericia ${told(fridericia, 'ms')},`],
    ['', `Framingham ${told(framingham, 'ms')}, Hodges ${told(hodges, 'ms')}`],
    ['axes', `P ${told(p, 'deg')}, QRS ${told(qrs, 'deg')}, T ${told(t, 'deg')}`],
    ['voltages', `Sokolow-Lyon ${volts(sokolowLyon)}, Cornell ${volts(cornell)}`],
    ['beats', String(view.beats.length)],
    [
      'ectopic',
      `${ectopic('ventricular')} ventricular, ${ectopic('supraventricular')} supraventricular`,
    ],
    ['quality', qualityText(view)],
    ['boundaries', view.method],
    ...leadRows(view),
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n');
}

function leadRows({ amplitudes, stLevels }: MeasurementView): [string, string][] {
  if (amplitudes.length === 0) return [];
  const columns = ['P', 'Q', 'R', 'S', 'T', 'ST J', 'J+60'];
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(7)).join('');
  return [
    ['mV', cells(columns)],
    ...amplitudes.map(({ lead, p, q, r, s, t }, index): [string, string] => {
      const { j, j60 } = stLevels[index]!;
      return [`  ${lead}`, cells([p, q, r, s, t, j, j60].map(millivolts))];
    }),
  ];
}

function qualityText({ quality }: MeasurementView): string {
  const verdict = quality.acceptable ? 'acceptable' : 'not acceptable';
  return [`${verdict}, score ${quality.score.toFixed(2)}`, ...quality.reasons].join('; ');
}

function told(value: number | null, unit: string): string {
  return value === null ? '-' : `${whole(value)} ${unit}`;
}

function volts(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)} mV`;
}

/** Two decimals, no minus sign before a nought. */
function millivolts(value: number | null): string {
  if (value === null) return '-';
  const text = value.toFixed(2);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

function whole(value: number): string {
  return String(Math.round(value));
}
