/** `pqrsearch models list|verify|add`. */
import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { printJson, SOME_FAILED_EXIT_CODE } from '../output.js';
import { lacksConfiguredModel, type VerifiedModels, verifyAllModels } from '../verify-models.js';

export function addModelCommands(program: Command, context: CliContext): void {
  const models = program.command('models').description('the models on this machine');
  models
    .command('list')
    .description(
      'list the models, their levels, what they can and cannot do, and what they were trained on',
    )
    .option('--json', 'print one JSON object')
    .action(async (flags: { json?: boolean }) => {
      const list = await context.app().listModels();
      if (flags.json) printJson(context.terminal, { models: list });
      else
        for (const { name, version, levels, features, lacking, trainedOn } of list) {
          context.terminal.out(
            `${name} ${version}  levels ${levels.join(', ')}  features ${features.join(', ') || 'none'}  trained on ${trainedOn}`,
          );
          for (const { feature, serves } of lacking) {
            context.terminal.out(`    no ${feature}: without ${serves}`);
          }
        }
    });
  models
    .command('verify [name]')
    .description('check every file of a model against its manifest')
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, flags: { json?: boolean }) => {
      const app = context.app();
      if (name === undefined && (await lacksConfiguredModel(app))) {
        reportAll(context, await verifyAllModels(app), flags.json === true);
        return;
      }
      const { model, fileCount, bytes } = await app.verifyModel(name);
      if (flags.json) printJson(context.terminal, { ok: true, model, fileCount, bytes });
      else
        context.terminal.out(
          `${model}: ${fileCount} files, ${bytes} bytes, all as the manifest says.`,
        );
    });
  models
    .command('add <folder>')
    .description('check a model folder and copy it to the models of this installation')
    .option('--replace', 'in place of a model of the same name')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, flags: { replace?: boolean; json?: boolean }) => {
      const added = await context.app().addModel(folder, flags.replace);
      if (flags.json) printJson(context.terminal, { ok: true, ...added });
      else context.terminal.out(`${added.model} is now in ${added.folder}.`);
    });
}

function reportAll({ terminal }: CliContext, result: VerifiedModels, json: boolean): void {
  terminal.error(`note: ${result.message}\n`);
  if (json) printJson(terminal, result);
  else {
    for (const { ok, model, fileCount, bytes, message } of result.models) {
      terminal.out(
        ok
          ? `${model}: ${fileCount} files, ${bytes} bytes, all as the manifest says.`
          : `${model}: ${message}`,
      );
    }
  }
  if (!result.ok) process.exitCode = SOME_FAILED_EXIT_CODE;
}
