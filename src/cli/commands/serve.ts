/** `pqrsearch serve`: the API and the page, until it is stopped. */
import type { Command } from 'commander';
import { giveSiteKey } from '../../app-deidentify.js';
import { throwIfAborted } from '../../ecg/errors.js';
import type { CliContext } from '../context.js';
import { ProgressBar, printFailures, wholeNumber } from '../output.js';

interface ServeFlags {
  readonly archive: string;
  readonly sample?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly model?: string;
}

export function addServeCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('serve the API and the page on this machine')
    .requiredOption('--archive <dir>', 'the archive to serve')
    .option('--sample', 'first index the sample recordings that come with pqrsearch')
    .option('--host <name>', 'a loopback address (PQRSEARCH_HOST)')
    .option('--port <number>', 'the port, 8080 by default (PORT)', wholeNumber('--port', 0, 65_535))
    .option('--model <name>', 'which model answers')
    .action(async (flags: ServeFlags) => {
      const { terminal, signal } = context;
      const app = context.app({ modelName: flags.model, host: flags.host, port: flags.port });
      await giveSiteKey(app, flags.archive, { create: flags.sample ?? false });
      if (flags.sample) {
        const bar = new ProgressBar(terminal);
        const { failed } = await app
          .indexSample(flags.archive, {
            ...(signal && { signal }),
            onProgress: (one) => bar.update(one),
          })
          .finally(() => bar.end());
        throwIfAborted(signal);
        printFailures(terminal, failed);
      }
      const listening = await app.serve(flags.archive);
      terminal.error(
        `pqrsearch: ${listening.url} (research use; drafts for review, not a medical device)\n`,
      );
      await stopped(signal);
      await listening.close();
    });
}

function stopped(signal: AbortSignal | undefined): Promise<void> {
  if (!signal || signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
