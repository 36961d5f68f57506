/** `pqrsearch eval zeroshot`: how well labels are scored with no training data, on recordings that have labels. */
import type { Command } from 'commander';
import { PqrError } from '../../ecg/errors.js';
import type { PromptComparison, ZeroshotResult } from '../../evaluate/zeroshot.js';
import type { CliContext } from '../context.js';
import { ProgressBar, printFailures, printJson, SOME_FAILED_EXIT_CODE } from '../output.js';
import { addQualityEvaluation } from './evaluate-quality.js';

interface ZeroshotFlags {
  readonly records: string;
  readonly labels?: string;
  readonly dataset?: string;
  readonly where?: string;
  readonly prompts?: string;
  readonly compare?: string;
  readonly includeTrained?: boolean;
  readonly model?: string;
  readonly json?: boolean;
}

const SHOWN_TRAINED_COUNT = 5;

export function addEvaluateCommands(program: Command, context: CliContext): void {
  const command = program
    .command('eval')
    .description('measure a model on recordings that have labels');
  addQualityEvaluation(command, context);
  command
    .command('zeroshot')
    .description("labels scored with no training data, by MERL's protocol")
    .requiredOption('--records <dir>', 'the folder of the recordings')
    .option('--labels <csv>', 'a table: column record, then one 0/1 column a label')
    .option('--dataset <name>', 'a described data set (eval/datasets), e.g. ptbxl-super, cpsc2018')
    .option('--where <expression>', "which rows of the table, e.g. 'strat_fold=10'")
    .option('--prompts <kind>', 'ckepe (default), name, or a JSON file')
    .option('--compare <kinds>', 'several of these joined by commas: the others against the first')
    .option('--include-trained', 'also recordings that the model was trained on')
    .option('--model <name>', 'which model is measured')
    .option('--json', 'print one JSON object')
    .action(async (flags: ZeroshotFlags) => {
      const bar = new ProgressBar(context.terminal);
      const result = await evaluate(context, flags, bar).finally(() => bar.end());
      tellWarnings(context, result);
      if (flags.json) printJson(context.terminal, forJson(result));
      else context.terminal.out(resultText(result));
      printFailures(context.terminal, result.failed);
      if (result.failed.length > 0) process.exitCode = SOME_FAILED_EXIT_CODE;
    });
}

function evaluate(context: CliContext, flags: ZeroshotFlags, bar: ProgressBar) {
  if (flags.labels === undefined && flags.dataset === undefined) {
    throw new PqrError('usage.invalid', 'Neither --labels nor --dataset is given; one is needed.');
  }
  return context.app({ modelName: flags.model }).evaluateZeroshot({
    recordsFolder: flags.records,
    prompts: promptChoices(flags),
    includeTrained: flags.includeTrained ?? false,
    ...(flags.labels !== undefined && { labelsPath: flags.labels }),
    ...(flags.dataset !== undefined && { datasetName: flags.dataset }),
    ...(flags.where !== undefined && { where: flags.where }),
    ...(context.signal && { signal: context.signal }),
    onProgress: (progress) => bar.update(progress),
  });
}

function promptChoices({ prompts, compare }: ZeroshotFlags): string[] {
  const compared = (compare ?? '').split(',').map((choice) => choice.trim());
  const choices = [...new Set([prompts ?? '', ...compared].filter(Boolean))];
  if (choices.includes('merl')) {
    throw new PqrError('usage.invalid', "MERL's published prompts are not part of pqrsearch.", {
      hint: 'Get zeroshot/CKEPE_prompt.json from github.com/cheliu-computation/MERL-ICML2024 and give the file: --prompts CKEPE_prompt.json (it is read as it is).',
    });
  }
  if (compare !== undefined && choices.length < 2) {
    throw new PqrError('usage.invalid', `--compare is '${compare}'; two choices are needed.`, {
      hint: 'For example: --compare ckepe,name or --prompts ckepe --compare prompts.json.',
    });
  }
  return choices.length > 0 ? choices : ['ckepe'];
}

function tellWarnings({ terminal }: CliContext, { warnings, trained }: ZeroshotResult): void {
  for (const warning of warnings) terminal.error(`warning: ${warning}\n`);
  const { records, included } = trained;
  if (records.length === 0) return;
  const shown = records.slice(0, SHOWN_TRAINED_COUNT).join(', ');
  const more = records.length > SHOWN_TRAINED_COUNT ? ', ...' : '';
  const fate = included ? 'they count all the same' : 'left out (--include-trained keeps them)';
  terminal.error(
    `warning: the model was trained on ${records.length} of the recordings, ${fate}: ${shown}${more}\n`,
  );
}

/** NaN is no JSON: null stands for "cannot be said". */
function forJson(result: ZeroshotResult): unknown {
  const { trained, ...rest } = result;
  return { ...rest, trained: { count: trained.records.length, ...trained } };
}

const digits = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : '-');
const range = ([low, high]: readonly [number, number]) =>
  Number.isFinite(low) ? `${digits(low)}-${digits(high)}` : '-';
const signed = (value: number) => `${value < 0 ? '' : '+'}${digits(value)}`;

function resultText(result: ZeroshotResult): string {
  const { labels, macro, bootstrap, definitions } = result;
  const columns = ['AUROC', '95 % interval', 'AP', 'F1*', 'acc*', 'n+'];
  const rows = Object.entries(labels).map(([key, one]) => [
    key,
    digits(one.auroc),
    range(one.aurocCi),
    digits(one.averagePrecision),
    digits(one.f1),
    digits(one.accuracy),
    `${one.positives}`,
    definitions[key]!.name,
  ]);
  const mean = [
    `macro (${macro.labelCount})`,
    digits(macro.auroc),
    range(macro.aurocCi),
    digits(macro.averagePrecision),
    digits(macro.f1),
    digits(macro.accuracy),
  ];
  const { seed, replicates } = bootstrap;
  return [
    `${result.model} ${result.modelVersion}, prompts ${result.prompts}: ${result.n} recordings of ${result.patients} patients${result.where ? ` (${result.where})` : ''}`,
    ...table([['label', ...columns], ...rows, mean]),
    ...result.comparisons.map((one) => comparisonText(result, one)),
    `Intervals: bootstrap over patients, ${replicates} resamples, seed ${seed}.`,
    '* optimistic: the threshold is the best one on these very recordings.',
    ...(result.firstSeconds === null
      ? []
      : [`The first ${result.firstSeconds} s of each recording, as the published evaluation.`]),
    ...(result.singleClass.length === 0
      ? []
      : [`No AUROC, all or none of the recordings have it: ${result.singleClass.join(', ')}.`]),
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column > 6
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

function comparisonText({ prompts }: ZeroshotResult, one: PromptComparison): string {
  const { difference, differenceCi, verdict } = one.macro;
  const [low, high] = differenceCi;
  return (
    `${prompts} minus ${one.prompts}: macro AUROC ${signed(difference)} (${signed(low)} to ${signed(high)}, ${verdict}); ` +
    `${one.prompts} alone ${digits(one.figures.macro.auroc)} (${range(one.figures.macro.aurocCi)})`
  );
}
