/** `pqrsearch report`: a draft from evidence. */
import type { Command } from 'commander';
import { PqrError } from '../../ecg/errors.js';
import type { CliContext } from '../context.js';
import { printJson, printWarnings } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

interface ReportFlags extends ReadFlags {
  readonly archive: string;
  readonly format: 'json' | 'text' | 'fhir';
  readonly model?: string;
  readonly json?: boolean;
}

export function addReportCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('report <file>'))
    .description('draft a report for review: every sentence names its evidence')
    .requiredOption('--archive <dir>', 'the archive that similar cases come from')
    .option('--format <format>', 'json, text or fhir', parseFormat, 'text')
    .option('--model <name>', 'which model finds and scores')
    .option('--json', 'the same as --format json')
    .action(async (file: string, flags: ReportFlags) => {
      const app = context.app({ modelName: flags.model });
      const record = await app.readEcg(file, readOptions(flags));
      const service = await app.openService(flags.archive);
      const format = flags.json && flags.format === 'text' ? 'json' : flags.format;
      const report = await service.report(record, {
        format,
        ...(context.signal && { signal: context.signal }),
      });
      if (format === 'text') {
        printWarnings(context.terminal, record.warnings);
        context.terminal.out(String(report));
      } else printJson(context.terminal, report);
    });
}

function parseFormat(text: string): string {
  if (['json', 'text', 'fhir'].includes(text)) return text;
  throw new PqrError('usage.invalid', `--format is '${text}'; json, text or fhir is needed.`);
}
