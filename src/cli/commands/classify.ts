/** `pqrsearch classify`: labels scored with no training data. */
import type { Command } from 'commander';
import { PqrError } from '../../ecg/errors.js';
import type { ScoredLabel } from '../../server/label-book.js';
import type { CliContext } from '../context.js';
import { printJson, printWarnings } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

interface ClassifyFlags extends ReadFlags {
  readonly labels?: string;
  readonly prompts: string;
  readonly archive?: string;
  readonly labelFile?: string;
  readonly model?: string;
  readonly json?: boolean;
}

export function addClassifyCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('classify <file>'))
    .description(
      'score labels for one ECG by name or code; with --archive also as a percentile of it',
    )
    .option('--labels <names>', 'labels joined by commas; all SCP-ECG statements where not given')
    .option(
      '--prompts <kind>',
      'ckepe (composed from the knowledge base), name, compose-2, llm, or a JSON file',
      'ckepe',
    )
    .option('--archive <dir>', 'the archive that percentiles refer to')
    .option('--label-file <json>', "the file of the user's own labels, where no archive holds them")
    .option('--model <name>', 'which model scores')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: ClassifyFlags) => {
      const app = context.app({ modelName: flags.model });
      const record = await app.readEcg(file, readOptions(flags));
      if (!flags.json) printWarnings(context.terminal, record.warnings);
      const labels = await app.classify(record, {
        labels: flags.labels === undefined ? 'default' : splitLabels(flags.labels),
        prompts: flags.prompts,
        ...(flags.archive !== undefined && { archiveFolder: flags.archive }),
        ...(flags.labelFile !== undefined && { labelFile: flags.labelFile }),
        ...(context.signal && { signal: context.signal }),
      });
      if (flags.json) printJson(context.terminal, { labels });
      else for (const label of labels) context.terminal.out(labelText(label));
    });
}

/** Commas separate labels; a comma inside quotes does not. */
export function splitLabels(text: string, flag = '--labels'): string[] {
  const parts = text.match(/"[^"]*"|[^,]+/g) ?? [];
  const labels = parts.map((part) => part.trim().replace(/^"|"$/g, '')).filter(Boolean);
  if (labels.length > 0) return labels;
  throw new PqrError('usage.invalid', `${flag} is '${text}'; at least one name or code is needed.`);
}

function labelText(label: ScoredLabel): string {
  const { key, name, score, percentile, decision, probability, vetoed, supportedBy } = label;
  const place = percentile === null ? '' : `  percentile ${percentile.toFixed(1).padStart(5)}`;
  const chance = probability == null ? '' : `  probability ${probability.toFixed(3)}`;
  const head = `${key.padEnd(22)} ${score.toFixed(4).padStart(7)}${place}${chance}`;
  const reasons = [
    ...vetoed.map(({ message }) => `    against: ${message}`),
    ...supportedBy.map(({ message }) => `    for: ${message}`),
  ];
  return [`${head}  ${(decision ?? '').padEnd(9)} ${name}`, ...reasons].join('\n');
}
