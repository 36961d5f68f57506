/** `pqrsearch labels list|add|remove|build|calibrate`: the labels that can be scored, and those of the user's own. */
import type { Command } from 'commander';
import type { LabelPlace } from '../../app-labels.js';
import { PqrError } from '../../ecg/errors.js';
import type { ListedLabel, ListedOwnLabel } from '../../server/label-book.js';
import { calibrationWarnings } from '../../zeroshot/calibration-warning.js';
import type { OwnLabels } from '../../zeroshot/own-labels.js';
import type { CliContext } from '../context.js';
import {
  ProgressBar,
  printFailures,
  printJson,
  printWarnings,
  SOME_FAILED_EXIT_CODE,
} from '../output.js';
import { splitLabels } from './classify.js';

export interface PlaceFlags {
  readonly archive?: string;
  readonly file?: string;
  readonly model?: string;
  readonly json?: boolean;
}

export function placeOf({ archive, file }: PlaceFlags): LabelPlace {
  return {
    ...(archive !== undefined && { archiveFolder: archive }),
    ...(file !== undefined && { labelFile: file }),
  };
}

export function withPlace(command: Command): Command {
  return command
    .option('--archive <dir>', "the archive that keeps the user's own labels")
    .option('--file <json>', 'the file that keeps them, instead of an archive')
    .option('--json', 'print one JSON object');
}

export function addLabelCommands(program: Command, context: CliContext): void {
  const labels = program
    .command('labels')
    .description('the labels that can be scored; add and build labels of your own');
  addList(labels, context);
  addAdd(labels, context);
  addRemove(labels, context);
  addBuild(labels, context);
  addCalibrate(labels, context);
}

function addList(labels: Command, context: CliContext): void {
  withPlace(labels.command('list'))
    .description('list every label with its set, code and names; own ones with what is out of date')
    .option('--own', 'only those of --archive or --file')
    .action(async (flags: PlaceFlags & { own?: boolean }) => {
      const app = context.app();
      const all = flags.own
        ? await app.ownLabels(placeOf(flags)).then(({ book, modelHash }) => book.listOwn(modelHash))
        : await app.labels(placeOf(flags));
      if (flags.json) printJson(context.terminal, { labels: all });
      else for (const label of all) context.terminal.out(listedText(label));
    });
}

interface AddFlags extends PlaceFlags {
  readonly key?: string;
  readonly name?: string;
  readonly synonym: readonly string[];
  readonly requires?: string;
  readonly excludes?: string;
}

const collected = (text: string, before: readonly string[]) => [...before, text];

function addAdd(labels: Command, context: CliContext): void {
  withPlace(labels.command('add <text>'))
    .description('define a label by a name or a sentence; the same key again is a new version')
    .option('--key <key>', 'how it is named in --labels; made from the text where not given')
    .option('--name <name>', 'how it is shown')
    .option(
      '--synonym <text>',
      'another wording, averaged with the text; may be repeated',
      collected,
      [],
    )
    .option('--requires <names>', 'concepts that must be there, joined by commas')
    .option('--excludes <names>', 'concepts that rule it out, joined by commas')
    .action(async (text: string, flags: AddFlags) => {
      const { book } = await context.app().ownLabels(placeOf(flags));
      const definition = {
        text,
        synonyms: [...flags.synonym],
        ...(flags.name !== undefined && { name: flags.name }),
        ...(flags.requires !== undefined && {
          requires: splitLabels(flags.requires, '--requires'),
        }),
        ...(flags.excludes !== undefined && {
          excludes: splitLabels(flags.excludes, '--excludes'),
        }),
      };
      const { label, change } = await book.own!.add(definition, flags.key);
      const shown = { change, ...book.shownOwn(label) };
      if (flags.json) printJson(context.terminal, shown);
      else context.terminal.out(`${label.key}: ${change}, version ${label.version}`);
    });
}

function addRemove(labels: Command, context: CliContext): void {
  withPlace(labels.command('remove <key>'))
    .description('remove a label of your own with its versions and its calibration')
    .action(async (key: string, flags: PlaceFlags) => {
      const { book } = await context.app().ownLabels(placeOf(flags));
      await book.own!.get(key);
      const removed = await book.own!.remove(key);
      if (flags.json) printJson(context.terminal, { key, removed });
      else context.terminal.out(`${key}: removed`);
    });
}

interface Built {
  readonly key: string;
  readonly version: number;
  readonly prompts: readonly string[];
  /** Terms that a language model wrote and no entry states. */
  readonly droppedCount: number;
  readonly model: string | null;
  /** Why the language model's part is missing. */
  readonly failed: { readonly code: string; readonly message: string } | null;
}

function addBuild(labels: Command, context: CliContext): void {
  withPlace(labels.command('build [key...]'))
    .description(
      'make the texts that own labels are scored by; a language model adds to them if set',
    )
    .option('--no-llm', 'compose only, ask no language model')
    .action(async (keys: string[], flags: PlaceFlags & { llm: boolean }) => {
      const app = context.app();
      const { book } = await app.ownLabels(placeOf(flags));
      const own = book.own!;
      const wanted = keys.length > 0 ? keys : (await own.list()).map(({ key }) => key);
      const built: Built[] = [];
      for (const key of wanted) {
        built.push(await buildOne(own, key, flags.llm, context.signal));
        context.terminal.error(`${built.length}/${wanted.length} ${key}\n`);
      }
      if (flags.json) printJson(context.terminal, { labels: built });
      else for (const one of built) context.terminal.out(builtText(one));
      if (built.some(({ failed }) => failed)) process.exitCode = SOME_FAILED_EXIT_CODE;
    });
}

/** Where the language model fails, the label is composed without it, and the failure is told. */
async function buildOne(
  own: OwnLabels,
  key: string,
  withLlm: boolean,
  signal: AbortSignal | undefined,
): Promise<Built> {
  const options = signal ? { signal } : {};
  let failed: Built['failed'] = null;
  const label = await own.build(key, { withLlm, ...options }).catch((error: unknown) => {
    if (!PqrError.isInstance(error) || !error.code.startsWith('llm.')) throw error;
    failed = { code: error.code, message: error.message };
    return own.build(key, { withLlm: false, ...options });
  });
  const { version, built } = label;
  const { texts, droppedCount = 0, model = null } = built!;
  return { key, version, prompts: texts, droppedCount, model, failed };
}

function builtText({ key, version, prompts, droppedCount, model, failed }: Built): string {
  const by = model ? `, with ${model} (${droppedCount} terms dropped)` : '';
  const lines = [`${key} version ${version}: ${prompts.length} texts${by}`];
  if (failed) lines.push(`    composed only: ${failed.message} (${failed.code})`);
  return [...lines, ...prompts.map((text) => `    ${text}`)].join('\n');
}

function addCalibrate(labels: Command, context: CliContext): void {
  withPlace(labels.command('calibrate <key>'))
    .description('learn from labelled examples from which score on an own label is there')
    .requiredOption('--examples <csv>', 'a table with the columns record and label (0 or 1)')
    .option('--model <name>', 'which model scores')
    .action(async (key: string, flags: PlaceFlags & { examples: string }) => {
      const bar = new ProgressBar(context.terminal);
      const app = context.app({ modelName: flags.model });
      const { label, failed } = await app
        .calibrateLabel(key, flags.examples, placeOf(flags), {
          ...(context.signal && { signal: context.signal }),
          onProgress: (progress) => bar.update(progress),
        })
        .finally(() => bar.end());
      const warnings = calibrationWarnings(key, label.calibration!);
      printWarnings(context.terminal, warnings);
      if (flags.json) printJson(context.terminal, { ...label, failed, warnings });
      else {
        context.terminal.out(calibrationText(label));
        printFailures(context.terminal, failed);
      }
      if (failed.length > 0) process.exitCode = SOME_FAILED_EXIT_CODE;
    });
}

function calibrationText({ key, calibration }: ListedOwnLabel): string {
  const { method, threshold, positiveCount, negativeCount, auroc, reliability } = calibration!;
  const { sensitivity, specificity, foldCount } = calibration!;
  const counts = `${positiveCount} examples with and ${negativeCount} without the label`;
  const lines = [
    `${key}: ${method}, from ${counts}; AUROC ${auroc.toFixed(3)}`,
    `high from a score of ${threshold.toFixed(4)} on; out of ${foldCount} folds sensitivity ${sensitivity.toFixed(3)}, specificity ${specificity.toFixed(3)}`,
  ];
  if (!reliability) return [...lines, 'too few examples for probabilities'].join('\n');
  const { bins, expectedCalibrationError, brier, logLoss } = reliability;
  return [
    ...lines,
    `probabilities out of fold: calibration error ${expectedCalibrationError.toFixed(3)}, Brier ${brier.toFixed(3)}, log loss ${logLoss.toFixed(3)}`,
    ...bins
      .filter(({ count }) => count > 0)
      .map(
        ({ from, to, count, predicted, observed }) =>
          `    ${from.toFixed(1)}-${to.toFixed(1)}: said ${predicted!.toFixed(2)}, seen ${observed!.toFixed(2)} (${count})`,
      ),
  ].join('\n');
}

function listedText(label: ListedLabel | ListedOwnLabel): string {
  const head = `${label.key.padEnd(24)} ${label.name}`;
  if (!('stale' in label)) return head;
  const { stale, version, calibration } = label;
  const notes = [
    ...(stale.build ? [`build again: ${stale.build}`] : []),
    ...(stale.calibration ? [`calibrate again: ${stale.calibration}`] : []),
    ...stale.scores.map(({ out, because }) => `stale scores in ${out}: ${because}`),
  ];
  const calibrated = calibration ? `, calibrated (${calibration.method})` : '';
  return [`${head} (own, version ${version}${calibrated})`, ...notes.map((n) => `    ${n}`)].join(
    '\n',
  );
}
