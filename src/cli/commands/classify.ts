/** `pqrsearch classify` and `pqrsearch labels list`: labels scored with no training data. */
import type { Command } from 'commander';
import { PqrError } from '../../ecg/errors.js';
import type { CliContext } from '../context.js';
import { printJson, printWarnings } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

interface ClassifyFlags extends ReadFlags {
  readonly labels?: string;
  readonly prompts: string;
  readonly archive?: string;
  readonly model?: string;
  readonly json?: boolean;
}

export function addClassifyCommands(program: Command, context: CliContext): void {
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
        ...(context.signal && { signal: context.signal }),
      });
      if (flags.json) printJson(context.terminal, { labels });
      else for (const label of labels) context.terminal.out(labelText(label));
    });
  program
    .command('labels')
    .description('the labels that can be scored')
    .command('list')
    .description('list every label with its set, code and names')
    .option('--json', 'print one JSON object')
    .action(async (flags: { json?: boolean }) => {
      const labels = await context.app().labels();
      if (flags.json) printJson(context.terminal, { labels });
      else for (const { key, name } of labels) context.terminal.out(`${key.padEnd(24)} ${name}`);
    });
}

/** Commas separate labels; a comma inside quotes does not. */
function splitLabels(text: string): string[] {
  const parts = text.match(/"[^"]*"|[^,]+/g) ?? [];
  const labels = parts.map((part) => part.trim().replace(/^"|"$/g, '')).filter(Boolean);
  if (labels.length > 0) return labels;
  throw new PqrError(
    'usage.invalid',
    `--labels is '${text}'; at least one name or code is needed.`,
  );
}

interface PrintedLabel {
  readonly key: string;
  readonly name: string;
  readonly score: number;
  readonly percentile: number | null;
  readonly decision: string | null;
}

function labelText({ key, name, score, percentile, decision }: PrintedLabel): string {
  const place = percentile === null ? '' : `  percentile ${percentile.toFixed(1).padStart(5)}`;
  return `${key.padEnd(22)} ${score.toFixed(4).padStart(7)}${place}  ${(decision ?? '').padEnd(9)} ${name}`;
}
