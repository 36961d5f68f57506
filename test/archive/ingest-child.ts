/**
 * Child process of the crash tests: indexes a folder and prints how far it is. Arguments: archive, folder,
 * milliseconds that each batch takes at least.
 */
import { ingest } from '../../src/archive/ingest.js';
import { openArchive } from '../../src/archive/open.js';
import { makeFeatureEncoder } from '../support/feature-encoder.js';

const [archiveFolder, folder, pause] = process.argv.slice(2) as [string, string, string];
const encoder = makeFeatureEncoder({
  onEmbed: () => new Promise((resolve) => setTimeout(resolve, Number(pause))),
});
const archive = await openArchive(archiveFolder, { model: encoder.model, create: true });
const result = await ingest(
  [folder],
  { archive, encoder },
  { batchSize: 4, onProgress: ({ done }) => process.stdout.write(`${done}\n`) },
);
await archive.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
