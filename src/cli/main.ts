/** The command `pqrsearch`: builds the program, runs it, turns every error into its exit code. */
import { Command, CommanderError } from 'commander';
import { PqrError } from '../ecg/errors.js';
import { toPqrError } from '../server/problem.js';
import { addArchiveCommands } from './commands/archive.js';
import { addCaptionCommand } from './commands/caption.js';
import { addClassifyCommand } from './commands/classify.js';
import { addEvaluateCommands } from './commands/evaluate.js';
import { addFileCommands } from './commands/files.js';
import { addIndexCommand } from './commands/index.js';
import { addLabelCommands } from './commands/labels.js';
import { addMeasureCommand } from './commands/measure.js';
import { addModelCommands } from './commands/models.js';
import { addReportCommand } from './commands/report.js';
import { addSearchCommand } from './commands/search.js';
import { addServeCommand } from './commands/serve.js';
import { CliContext } from './context.js';
import { errorLines, processTerminal } from './output.js';

const USAGE_EXIT_CODE = 2;

/**
 * LangChain sends run metadata to a tracing service where these are set: nothing leaves the machine here.
 */
const TRACING_VARIABLES = [
  'LANGSMITH_TRACING',
  'LANGSMITH_TRACING_V2',
  'LANGCHAIN_TRACING',
  'LANGCHAIN_TRACING_V2',
  'LANGCHAIN_VERBOSE',
];

async function main(): Promise<void> {
  for (const name of TRACING_VARIABLES) delete process.env[name];
  process.stdout.on('error', endWithReader);
  const context = new CliContext(processTerminal, process.env);
  const program = buildProgram(context);
  const cancel = new AbortController();
  context.signal = cancel.signal;
  process.once('SIGINT', () => cancel.abort());
  process.once('SIGTERM', () => cancel.abort());
  try {
    await program.parseAsync(process.argv);
  } catch (thrown) {
    process.exitCode = report(thrown);
  } finally {
    await context.close();
  }
}

function buildProgram(context: CliContext): Command {
  const program = new Command('pqrsearch')
    .description(
      'Search ECG archives in plain words, score labels with no training data, find similar cases,\n' +
        'draft reports from evidence. For research and review; not a medical device.',
    )
    .version(context.version, '-V, --version', 'print the version')
    .showHelpAfterError('(pqrsearch --help lists the commands)')
    .exitOverride();
  const commands = [
    addFileCommands,
    addMeasureCommand,
    addIndexCommand,
    addSearchCommand,
    addClassifyCommand,
    addLabelCommands,
    addCaptionCommand,
    addReportCommand,
    addArchiveCommands,
    addModelCommands,
    addEvaluateCommands,
    addServeCommand,
  ];
  for (const add of commands) add(program, context);
  return program;
}

/** `pqrsearch ... | head`: whoever reads has seen enough, which is no failure of ours. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

/** Prints the error; returns the exit code. */
function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  const error = toPqrError(thrown);
  processTerminal.error(errorLines(error));
  if (error.code === 'internal') {
    if (process.env['PQRSEARCH_LOG'] === 'debug') console.error(thrown);
    else processTerminal.error('  PQRSEARCH_LOG=debug pqrsearch ... says where.\n');
  }
  return PqrError.isInstance(error) ? error.exitCode : 5;
}

await main();
