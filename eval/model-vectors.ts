/**
 * What the runtime makes of recordings and texts, preprocessing included, as JSON: for comparisons with the code that
 * a model comes from (models/export/parity.py).
 *
 *     npx tsx eval/model-vectors.ts --model FOLDER --records DIR --names a,b,... --prompts FILE
 *
 * `--prompts`: a JSON array of texts; may be empty. Rhythm vectors of each recording's first window; unit rows.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { embedAll, levelOf } from './model/embedded.js';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    records: { type: 'string' },
    names: { type: 'string' },
    prompts: { type: 'string' },
  },
});
const { model, records, names, prompts } = given;
if (!model || !records || !names || !prompts)
  throw new Error('--model FOLDER, --records DIR, --names a,b and --prompts FILE are needed');
const app = createApp(loadConfig(process.env, { modelName: model }));
try {
  const texts = JSON.parse(await readFile(prompts, 'utf8')) as string[];
  const embedded = await embedAll(app, { folder: records, records: names.split(',') });
  const rhythm = embedded.map(({ embedding }) => {
    const { vectors, dim } = levelOf(embedding, 'rhythm')!;
    return Array.from(vectors.subarray(0, dim));
  });
  const { textEncoder } = await app.model();
  const encoded = texts.length === 0 ? new Float32Array(0) : await textEncoder.encode(texts);
  const dim = texts.length === 0 ? 0 : textEncoder.dim;
  const text = texts.map((_, row) => Array.from(encoded.subarray(row * dim, (row + 1) * dim)));
  process.stdout.write(`${JSON.stringify({ node: process.version, rhythm, text })}\n`);
} finally {
  await app.close();
}
