/** `pqrsearch classify`: labels scored with no training data. */
import type { Command } from 'commander';
import { PqrError } from '../../ecg/errors.js';
import type { ScoredLabel } from '../../server/label-book.js';
import type { CliContext } from '../context.js';
import { ProgressBar, printJson, printWarnings } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

interface ClassifyFlags extends ReadFlags {
  readonly labels?: string;
  readonly prompts: string;
  readonly archive?: string;
  readonly labelFile?: string;
  readonly all?: boolean;
  readonly out?: string;
  readonly model?: string;
  readonly json?: boolean;
}

export function addClassifyCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('classify [file]'))
    .description(
      'score labels for one ECG by name or code; with --archive also as a percentile of it;\n' +
        'with --all for every recording of the archive, into a file',
    )
    .option('--labels <names>', 'labels joined by commas; all SCP-ECG statements where not given')
    .option(
      '--prompts <kind>',
      'ckepe (composed from the knowledge base), name, compose-2, llm, or a JSON file',
      'ckepe',
    )
    .option('--archive <dir>', 'the archive that percentiles refer to')
    .option('--label-file <json>', "the file of the user's own labels, where no archive holds them")
    .option('--all', 'score every recording of --archive into --out; run again to go on')
    .option('--out <file>', 'where to, with --all: .csv or .jsonl')
    .option('--model <name>', 'which model scores')
    .option('--json', 'print one JSON object')
    .action(async (file: string | undefined, flags: ClassifyFlags) => {
      checkUse(file, flags);
      if (file === undefined) await classifyAll(context, flags);
      else await classifyFile(context, file, flags);
    });
}

/** One file, or all of an archive. */
function checkUse(file: string | undefined, flags: ClassifyFlags): void {
  const problem = flags.all ? allProblem(file, flags) : fileProblem(file, flags);
  if (problem !== undefined) throw new PqrError('usage.invalid', problem);
}

function fileProblem(file: string | undefined, { out }: ClassifyFlags): string | undefined {
  if (file === undefined) return 'Which recording? Give a file, or --all with --archive.';
  return out === undefined ? undefined : '--out goes with --all.';
}

function allProblem(
  file: string | undefined,
  { archive, out, labelFile }: ClassifyFlags,
): string | undefined {
  if (file !== undefined) return 'A file or --all, not both.';
  if (archive === undefined || out === undefined)
    return '--all needs --archive DIR and --out FILE.';
  return labelFile === undefined ? undefined : "--all scores the archive's own labels only.";
}

async function classifyFile(
  context: CliContext,
  file: string,
  flags: ClassifyFlags,
): Promise<void> {
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
}

async function classifyAll(context: CliContext, flags: ClassifyFlags): Promise<void> {
  const bar = new ProgressBar(context.terminal);
  const call = {
    labels: flags.labels === undefined ? ('default' as const) : splitLabels(flags.labels),
    prompts: flags.prompts,
    out: flags.out!,
  };
  const result = await context
    .app({ modelName: flags.model })
    .scoreArchive(flags.archive!, call, {
      ...(context.signal && { signal: context.signal }),
      onProgress: (progress) => bar.update(progress),
    })
    .finally(() => bar.end());
  if (flags.json) printJson(context.terminal, result);
  else {
    const { ecgCount, resumedCount, path, labels } = result;
    const before = resumedCount > 0 ? ` (${resumedCount} by an earlier run)` : '';
    context.terminal.out(`${labels.length} labels of ${ecgCount} recordings${before} in ${path}`);
  }
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
