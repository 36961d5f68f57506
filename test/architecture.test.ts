import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const biome = join(
  dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')),
  'bin/biome',
);

const WRONG: [string, string][] = [
  ['src/ecg', '../formats/read.js'],
  ['src/formats', '../signal/qrs.js'],
  ['src/signal', '../formats/read.js'],
  ['src/plot', '../archive/ports.js'],
  ['src/knowledge', '../search/search.js'],
  ['src/llm', '../knowledge/load.js'],
  ['src/encoders', '../archive/open.js'],
  ['src/archive', '../search/search.js'],
  ['src/search', '../zeroshot/score.js'],
  ['src/zeroshot', '../reports/draft.js'],
  ['src/reports', '../server/build.js'],
  ['src/evaluate', '../server/build.js'],
  ['src/evaluate', '../../eval/model.js'],
  ['src/zeroshot', '../evaluate/metrics.js'],
  ['src/archive', '../app.js'],
  ['src/server', '../cli/main.js'],
  ['src/web', '../ecg/record.js'],
  ['src/search', 'onnxruntime-node'],
  ['src/server', '@huggingface/tokenizers'],
  ['src/archive', 'hnswlib-node'],
  ['src/search', 'better-sqlite3'],
  ['src/archive', 'h5wasm'],
];

const RIGHT: [string, string][] = [
  ['src/formats', '../ecg/record.js'],
  ['src/formats', 'h5wasm'],
  ['src/encoders', '../signal/qrs.js'],
  ['src/encoders', 'onnxruntime-node'],
  ['src/archive', 'better-sqlite3'],
  ['src/reports', '../zeroshot/score.js'],
  ['src/evaluate', '../zeroshot/score.js'],
  ['src/server', '../search/ports.js'],
];

/** Biome's verdict on one file a case, in a folder of its own with this repository's biome.json. */
describe('the linter holds the import directions', () => {
  let folder: string;
  const refused = new Set<string>();
  const fileOf = (index: number, place: string) => `${place}/case-${index}.ts`;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pqrsearch-lint-'));
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    [...WRONG, ...RIGHT].forEach(([place, specifier], index) => {
      mkdirSync(join(folder, place), { recursive: true });
      writeFileSync(join(folder, fileOf(index, place)), `import '${specifier}';\n`);
    });
    const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
    const run = spawnSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(run.stdout) as {
      diagnostics: { category: string; location: { path: string | { file: string } } }[];
    };
    for (const { category, location } of diagnostics) {
      const path = typeof location.path === 'string' ? location.path : location.path.file;
      if (category.endsWith('noRestrictedImports')) refused.add(path.replace(/^\.\//, ''));
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(WRONG.map(([place, specifier], index) => ({ place, specifier, index })))(
    'refuses $place importing $specifier',
    ({ place, index }) => {
      expect([...refused]).toContain(fileOf(index, place));
    },
  );

  it.each(RIGHT.map(([place, specifier], index) => ({ place, specifier, index })))(
    'allows $place importing $specifier',
    ({ place, index }) => {
      expect([...refused]).not.toContain(fileOf(index + WRONG.length, place));
    },
  );
});
