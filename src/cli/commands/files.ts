/** Commands on one file: info, convert, plot. */
import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../../app.js';
import { siteDeidentifier } from '../../app-deidentify.js';
import { describeEcg, type EcgDescription } from '../../ecg/describe.js';
import { PqrError } from '../../ecg/errors.js';
import type { EcgRecord } from '../../ecg/record.js';
import { writeAtomically } from '../../formats/atomic-file.js';
import type { ReadOptions } from '../../formats/read-options.js';
import {
  type PlotHighlight,
  type PlotLayout,
  parseHighlights,
  plotLayoutOf,
} from '../../plot/options.js';
import type { CliContext } from '../context.js';
import { numberWithin, printJson, printWarnings } from '../output.js';

/** What `withReadOptions` adds to a command. */
export interface ReadFlags {
  readonly samplingRate?: number;
  readonly leads?: string;
  readonly unit?: 'mV' | 'uV';
}

/** The options that CSV and NPY files may need, on every command that reads a file. */
export function withReadOptions(command: Command): Command {
  return command
    .option(
      '--sampling-rate <Hz>',
      'sampling rate, where the file has none',
      numberWithin('--sampling-rate', 20, 20_000),
    )
    .option(
      '--leads <names>',
      'lead names joined by commas, where the file has none; else the leads to keep',
    )
    .option('--unit <unit>', 'mV or uV, where the file has none', parseUnit);
}

function parseUnit(text: string): string {
  if (text === 'mV' || text === 'uV') return text;
  throw new PqrError('usage.invalid', `--unit is '${text}'; mV or uV is needed.`);
}

export function readOptions(flags: ReadFlags): ReadOptions {
  return {
    ...(flags.samplingRate !== undefined && { samplingRateHz: flags.samplingRate }),
    ...(flags.leads !== undefined && { leads: flags.leads.split(',').map((lead) => lead.trim()) }),
    ...(flags.unit !== undefined && { unit: flags.unit }),
  };
}

interface ConvertFlags extends ReadFlags, RepairFlag {
  readonly deidentify?: boolean;
  readonly siteKeyFile?: string;
}

interface RepairFlag {
  readonly repairLeads?: boolean;
}

const REPAIR_HELP = 'compute the standard leads that are missing from the others, and mark them';

async function readForFile(
  app: App,
  file: string,
  flags: ReadFlags & RepairFlag,
  options: ReadOptions = {},
): Promise<EcgRecord> {
  const record = await app.readEcg(file, { ...readOptions(flags), ...options });
  return flags.repairLeads ? app.repairLeads(record) : record;
}

export function addFileCommands(program: Command, context: CliContext): void {
  withReadOptions(program.command('info <file>'))
    .description('say what a recording is: format, leads, rate, amplitude, warnings')
    .option('--repair-leads', REPAIR_HELP)
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: ReadFlags & RepairFlag & { json?: boolean }) => {
      const description = describeEcg(await readForFile(context.app(), file, flags));
      if (flags.json) printJson(context.terminal, description);
      else context.terminal.out(infoText(description));
    });
  withReadOptions(program.command('convert <file> <out>'))
    .description('write a recording as .csv, .npy, .hea (WFDB) or .json')
    .option('--deidentify', 'take names, ids and dates out (docs/deidentify.md); needs a site key')
    .option('--site-key-file <file>', 'where the site key is (PQRSEARCH_SITE_KEY_FILE)')
    .option('--repair-leads', REPAIR_HELP)
    .action(async (file: string, out: string, flags: ConvertFlags) => {
      refuseOwnInput(file, out);
      const app = context.app({ siteKeyFile: flags.siteKeyFile });
      const deidentify = flags.deidentify && siteDeidentifier(app.config).recording();
      const record = await readForFile(app, file, flags, deidentify ? { deidentify } : {});
      printWarnings(context.terminal, record.warnings);
      const written = await app.writeEcg(record, out);
      context.terminal.out(written.join('\n'));
    });
  addPlotCommand(program, context);
}

/** A recording is never written over itself: what was read may not be all that its files hold. */
function refuseOwnInput(file: string, out: string): void {
  const bare = (path: string) => resolve(path).replace(/\.(?:hea|dat|mat)$/i, '');
  if (resolve(file) !== resolve(out) && bare(file) !== bare(out)) return;
  throw new PqrError('usage.invalid', `The output ${out} is the recording itself.`, {
    hint: 'Give another name or folder.',
  });
}

interface PlotFlags extends ReadFlags, RepairFlag {
  readonly layout: PlotLayout;
  readonly start: number;
  readonly seconds: number;
  readonly speed: number;
  readonly gain: number;
  readonly highlight?: readonly PlotHighlight[];
  readonly attention?: boolean;
  readonly fiducials?: boolean;
  readonly model?: string;
}

function addPlotCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('plot <file> <out>'))
    .description('draw a recording on ECG paper, as .svg or .png')
    .option('--layout <name>', '3x4 (with rhythm strip), 6x2, 12x1 or auto', plotLayoutOf, 'auto')
    .option('--start <seconds>', 'where to begin', numberWithin('--start', 0, 3600), 0)
    .option('--seconds <seconds>', 'how much to draw', numberWithin('--seconds', 1, 60), 10)
    .option('--speed <mm/s>', 'paper speed', numberWithin('--speed', 5, 100), 25)
    .option('--gain <mm/mV>', 'gain', numberWithin('--gain', 1, 80), 10)
    .option(
      '--highlight <spans>',
      'seconds to mark, e.g. 1.2-2.0,3-4 or 1.2-2.0:name',
      parseHighlights,
    )
    .option('--repair-leads', REPAIR_HELP)
    .option('--attention', 'shade where the model looked')
    .option('--fiducials', 'draw where P, QRS and T begin and end')
    .option('--model <name>', 'which model looks (with --attention)')
    .action(async (file: string, out: string, flags: PlotFlags) => {
      const app = context.app({ modelName: flags.model });
      const record = await readForFile(app, file, flags);
      printWarnings(context.terminal, record.warnings);
      const call = {
        ...(flags.highlight && { highlights: flags.highlight }),
        ...(flags.fiducials && { waves: await app.waves(record) }),
        ...(flags.attention && { attention: await app.attention(record) }),
        layout: flags.layout,
        startSeconds: flags.start,
        shownSeconds: flags.seconds,
        speedMmPerSecond: flags.speed,
        gainMmPerMillivolt: flags.gain,
      };
      await writeAtomically(
        out,
        await drawAs(
          out,
          () => app.plotSvg(record, call),
          () => app.plotPng(record, call),
        ),
      );
      context.terminal.out(out);
    });
}

async function drawAs(
  out: string,
  svg: () => string,
  png: () => Promise<Uint8Array>,
): Promise<string | Uint8Array> {
  const extension = extname(out).toLowerCase();
  if (extension === '.svg') return svg();
  if (extension === '.png') return png();
  throw new PqrError('format.unwritable', `A plot cannot be written as '${extension || out}'.`, {
    hint: 'Give an output name that ends in .svg or .png.',
  });
}

function infoText(description: EcgDescription): string {
  const { leads, patient, amplitudeMillivolts: range } = description;
  const rows: [string, string][] = [
    ['format', description.format],
    ['leads', `${leads.length}: ${leads.join(' ')}`],
    ['sampling rate', `${description.samplingRateHz} Hz`],
    [
      'duration',
      `${Math.round(description.durationSeconds * 1000) / 1000} s (${description.sampleCount} samples)`,
    ],
    ['amplitude', `${range.min ?? '?'} to ${range.max ?? '?'} mV`],
    [
      'patient',
      [patient.id, patient.ageYears === null ? null : `${patient.ageYears} years`, patient.sex]
        .filter(Boolean)
        .join(', ') || '-',
    ],
    ['recorded', description.recordedAt ?? '-'],
    ['codes', description.codes.join(' ') || '-'],
    ['report', description.report ?? '-'],
    ...qualityRows(description),
    ...description.warnings.map((warning): [string, string] => ['warning', warning.message]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n');
}

function qualityRows({ quality, reconstructedLeads }: EcgDescription): [string, string][] {
  const computed = reconstructedLeads.map(({ lead }) => lead).join(' ');
  return [
    ...(quality
      ? [
          [
            'quality',
            `${quality.score} of 1, ${quality.acceptable ? 'acceptable' : 'not acceptable'}`,
          ] as [string, string],
        ]
      : []),
    ...(computed === '' ? [] : [['reconstructed', computed] as [string, string]]),
  ];
}
