/** `pqrsearch caption`: a recording in the model's own words. */
import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { numberWithin, printJson, printWarnings } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

interface CaptionFlags extends ReadFlags {
  readonly beam: number;
  readonly text?: string;
  readonly model?: string;
  readonly json?: boolean;
}

export function addCaptionCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('caption <file>'))
    .description("say an ECG in the model's own words: unchecked, for comparison, no finding")
    .option('--beam <n>', 'hypotheses side by side, 1 to 8', numberWithin('--beam', 1, 8), 1)
    .option('--text <text>', 'also say how likely this text is for the ECG')
    .option('--model <name>', 'which model speaks')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: CaptionFlags) => {
      const app = context.app({ modelName: flags.model });
      const record = await app.readEcg(file, readOptions(flags));
      if (!flags.json) printWarnings(context.terminal, record.warnings);
      const result = await app.caption(record, {
        beamWidth: flags.beam,
        ...(flags.text !== undefined && { text: flags.text }),
        ...(context.signal && { signal: context.signal }),
      });
      if (flags.json) printJson(context.terminal, result);
      else {
        context.terminal.error(`note: ${result.notice}\n`);
        printWarnings(context.terminal, result.warnings);
        for (const { text } of result.captions) context.terminal.out(text);
        if (result.logLikelihood !== undefined) {
          context.terminal.out(`log-likelihood of the text: ${result.logLikelihood.toFixed(2)}`);
        }
      }
    });
}
