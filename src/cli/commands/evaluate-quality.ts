/** `pqrsearch eval quality`: the quality judge against experts' verdicts. */
import type { Command } from 'commander';
import type { QualityResult } from '../../evaluate/quality.js';
import type { CliContext } from '../context.js';
import { printFailures, printJson, SOME_FAILED_EXIT_CODE } from '../output.js';

interface QualityFlags {
  readonly records: string;
  readonly labels?: string;
  readonly json?: boolean;
}

export function addQualityEvaluation(command: Command, context: CliContext): void {
  command
    .command('quality')
    .description("the quality judge against experts' verdicts")
    .requiredOption('--records <dir>', 'the folder of the recordings')
    .option(
      '--labels <csv>',
      'a table with columns record and acceptable (0 or 1); else header comments `quality: acceptable`',
    )
    .option('--json', 'print one JSON object')
    .action(async (flags: QualityFlags) => {
      const result = await context.app().evaluateQuality({
        recordsFolder: flags.records,
        ...(flags.labels !== undefined && { labelsPath: flags.labels }),
        ...(context.signal && { signal: context.signal }),
      });
      if (flags.json) printJson(context.terminal, result);
      else context.terminal.out(resultText(result));
      printFailures(context.terminal, result.failed);
      if (result.failed.length > 0) process.exitCode = SOME_FAILED_EXIT_CODE;
    });
}

function resultText({ n, accuracyCi, confusion, ...figures }: QualityResult): string {
  const digits = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const { acceptableAccepted, acceptableRefused } = confusion;
  const { unacceptableAccepted, unacceptableRefused } = confusion;
  return [
    `${n} recordings with a verdict`,
    `accuracy     ${digits(figures.accuracy)} (95 % interval ${accuracyCi?.map(digits).join('-') ?? '-'})`,
    `sensitivity  ${digits(figures.sensitivity)} of the unacceptable are refused (${unacceptableRefused} of ${unacceptableRefused + unacceptableAccepted})`,
    `specificity  ${digits(figures.specificity)} of the acceptable are accepted (${acceptableAccepted} of ${acceptableAccepted + acceptableRefused})`,
    `AUROC        ${digits(figures.auroc)}`,
  ].join('\n');
}
