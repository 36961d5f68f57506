/**
 * Writes the measured figures into README.md and the model card, between `<!-- figures:start -->` and
 * `<!-- figures:end -->`: npx tsx eval/write-figures.ts [--check]
 *
 * With `--check` nothing is written: it exits with 1 where a file does not state what eval/results holds.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIGURE_TEXTS, FIGURES } from './figures/texts.js';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');

for (const [path, text] of FIGURE_TEXTS) {
  const file = join(root, path);
  const before = await readFile(file, 'utf8');
  if (!FIGURES.test(before)) throw new Error(`${path} has no figures markers`);
  const after = before.replace(FIGURES, (_, start: string, __, end: string) => start + text + end);
  if (!check) await writeFile(file, after);
  else if (after !== before) {
    process.stderr.write(
      `${path} states other figures than eval/results: run eval/write-figures.ts\n`,
    );
    process.exitCode = 1;
  }
}
