/** `pqrsearch archive status|verify|rebuild`. */
import type { Command } from 'commander';
import type { ArchiveStatus } from '../../archive/ports.js';
import { PqrError } from '../../ecg/errors.js';
import type { CliContext } from '../context.js';
import { ProgressBar, printFailures, printJson, SOME_FAILED_EXIT_CODE } from '../output.js';

interface Flags {
  readonly archive?: string;
  readonly json?: boolean;
}

function folderOf(folder: string | undefined, { archive }: Flags): string {
  const chosen = archive ?? folder;
  if (chosen !== undefined) return chosen;
  throw new PqrError('usage.invalid', 'Which archive? Give its folder.');
}

const NOT_SOUND_EXIT_CODE = 3;

export function addArchiveCommands(program: Command, context: CliContext): void {
  const archive = program
    .command('archive')
    .description('look at an archive, check it, build its index anew');
  archive
    .command('status [dir]')
    .description('what the archive holds')
    .option('--archive <dir>', 'the archive, the same as [dir]')
    .option('--json', 'print one JSON object')
    .action(async (folder: string | undefined, flags: Flags) => {
      const status = await context.app().archiveStatus(folderOf(folder, flags));
      if (flags.json) printJson(context.terminal, status);
      else context.terminal.out(statusText(status));
    });
  archive
    .command('verify [dir]')
    .description('check every recording, vector and index file')
    .option('--archive <dir>', 'the archive, the same as [dir]')
    .option('--json', 'print one JSON object')
    .action(async (folder: string | undefined, flags: Flags) => {
      const result = await context.app().verifyArchive(folderOf(folder, flags));
      if (flags.json) printJson(context.terminal, result);
      else context.terminal.out(result.ok ? 'The archive is sound.' : result.problems.join('\n'));
      if (!result.ok) process.exitCode = NOT_SOUND_EXIT_CODE;
    });
  archive
    .command('rebuild [dir]')
    .description('build the vector index anew; with --model embed every recording with that model')
    .option('--model <name>', 'the model to embed with')
    .option('--archive <dir>', 'the archive, the same as [dir]')
    .option('--json', 'print one JSON object')
    .action(async (folder: string | undefined, flags: Flags & { model?: string }) => {
      const bar = new ProgressBar(context.terminal);
      const app = context.app({ modelName: flags.model });
      const status = await app
        .rebuildArchive(folderOf(folder, flags), {
          reembed: flags.model !== undefined,
          ...(context.signal && { signal: context.signal }),
          onProgress: (progress) => bar.update(progress),
        })
        .finally(() => bar.end());
      if (flags.json) printJson(context.terminal, status);
      else {
        context.terminal.out(statusText(status));
        printFailures(context.terminal, status.failed);
      }
      if (status.failed.length > 0) process.exitCode = SOME_FAILED_EXIT_CODE;
    });
}

function statusText({
  ecgCount,
  pathCount,
  reportCount,
  model,
  levels,
  bytes,
}: ArchiveStatus): string {
  const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
  return [
    `${ecgCount} recordings under ${pathCount} paths, ${reportCount} with a report`,
    `model ${model.name} ${model.version} (${model.hash.slice(0, 12)})`,
    ...levels.map(
      ({ level, vectorCount, indexedCount, deltaCount, generation }) =>
        `${level}: ${vectorCount} vectors, ${indexedCount} in generation ${generation ?? '-'}, ${deltaCount} searched exactly`,
    ),
    `database ${megabytes(bytes.database)}, index ${megabytes(bytes.index)}`,
  ].join('\n');
}
