import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIGURE_TEXTS, FIGURES } from '../../eval/figures/texts.js';

const root = join(import.meta.dirname, '../..');

describe('stated figures', () => {
  it.each([...FIGURE_TEXTS])('of %s are those of eval/results', async (path, text) => {
    const [, , stated] = FIGURES.exec(await readFile(join(root, path), 'utf8')) ?? [];
    expect(stated).toBe(text);
  });

  it('are found to differ where one digit does', async () => {
    const [[path, text]] = [...FIGURE_TEXTS] as [[string, string]];
    const [, , stated] = FIGURES.exec(await readFile(join(root, path), 'utf8')) ?? [];
    expect(stated!.replace(/0\.8/, '0.9')).not.toBe(text);
  });
});
