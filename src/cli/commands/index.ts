/** `pqrsearch index`: recordings into an archive. */
import type { Command } from 'commander';
import { giveSiteKey } from '../../app-deidentify.js';
import type { IngestResult } from '../../archive/ingest.js';
import type { CliContext } from '../context.js';
import { ProgressBar, printFailures, printJson, SOME_FAILED_EXIT_CODE } from '../output.js';

interface IndexFlags {
  readonly archive: string;
  readonly metadata?: string;
  readonly metadataPreset?: string;
  readonly model?: string;
  readonly deidentify?: boolean;
  readonly siteKeyFile?: string;
  readonly json?: boolean;
}

const CANCELLED_EXIT_CODE = 1;

export function addIndexCommand(program: Command, context: CliContext): void {
  program
    .command('index <path...>')
    .description('index recordings, folders taken whole; run again to add what is new or changed')
    .requiredOption('--archive <dir>', 'the archive; made where there is none')
    .option('--metadata <csv>', 'patients, reports and codes, one row a record')
    .option('--metadata-preset <name>', 'whose columns the CSV has: ptbxl or generic')
    .option('--model <name>', 'which model embeds the recordings')
    .option('--deidentify', 'take names, ids and dates out (docs/deidentify.md); needs a site key')
    .option('--site-key-file <file>', 'where the site key is (PQRSEARCH_SITE_KEY_FILE)')
    .option('--json', 'print one JSON object')
    .action(async (paths: string[], flags: IndexFlags) => {
      const bar = new ProgressBar(context.terminal);
      const app = context.app({ modelName: flags.model, siteKeyFile: flags.siteKeyFile });
      const { deidentify = false } = flags;
      await giveSiteKey(app, flags.archive, { deidentify, create: true });
      const result = await app
        .index({
          paths,
          archiveFolder: flags.archive,
          ...(flags.metadata !== undefined && { metadataPath: flags.metadata }),
          ...(flags.metadataPreset !== undefined && { metadataPreset: flags.metadataPreset }),
          ...(context.signal && { signal: context.signal }),
          onProgress: (progress) => bar.update(progress),
        })
        .finally(() => bar.end());
      if (flags.json) printJson(context.terminal, result);
      else printSummary(context, result);
      printWarningCounts(context, result.warnings);
      if (result.failed.length > 0) process.exitCode = SOME_FAILED_EXIT_CODE;
      if (context.signal?.aborted) process.exitCode = CANCELLED_EXIT_CODE;
    });
}

/** How many recordings each warning concerns; `info FILE` says it of one. */
function printWarningCounts({ terminal }: CliContext, counts: Record<string, number>): void {
  for (const [code, count] of Object.entries(counts).sort(([, a], [, b]) => b - a)) {
    terminal.error(
      `warning: ${code} in ${count} of the recordings read (pqrsearch info FILE says more)\n`,
    );
  }
}

function printSummary({ terminal }: CliContext, result: IngestResult): void {
  const { indexed, updated, unchanged, failed, seconds } = result;
  terminal.out(
    `${indexed} indexed, ${updated} updated, ${unchanged} unchanged, ${failed.length} failed in ${seconds.toFixed(1)} s`,
  );
  printFailures(terminal, failed);
}
