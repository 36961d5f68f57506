/** Every recording of the Challenge samples as a plot: size, form, and the leads it holds. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { durationSeconds } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { plotSvg } from '../../src/plot/plot-svg.js';
import { tracesOf } from '../plot/fixture.js';

const dataFolder =
  process.env['PQRSEARCH_SHARED_DATA'] ?? join(import.meta.dirname, '../../../shared/data');
const pack = join(dataFolder, 'challenge.tar.xz');

describe.skipIf(!existsSync(pack))('plots of the Challenge samples', () => {
  let folder: string;
  let paths: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pqrsearch-plots-'));
    const { status, stderr } = spawnSync('tar', ['-xJf', pack, '-C', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`tar: ${stderr}`);
    paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.hea'))
      .map((name) => join(folder, name.slice(0, -'.hea'.length)));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are drawn, first page and last, under 150 kB in every layout', async () => {
    expect(paths.length).toBe(174);
    for (const path of paths) {
      const record = await readEcg(`${path}.hea`);
      const startSeconds = Math.max(0, durationSeconds(record) - 10);
      for (const layout of ['3x4+rhythm', '6x2', '12x1'] as const) {
        for (const options of [{ layout }, { layout, startSeconds }]) {
          const svg = plotSvg(record, options);
          expect(Buffer.byteLength(svg), `${path} ${layout}`).toBeLessThan(150_000);
          expect(tracesOf(svg).length, path).toBe(layout === '3x4+rhythm' ? 13 : 12);
          expect(svg, path).not.toMatch(/NaN|Infinity|undefined/);
        }
      }
    }
  }, 300_000);

  it('are well-formed SVG', async () => {
    for (const path of paths.filter((_, index) => index % 10 === 0)) {
      const record = await readEcg(`${path}.hea`);
      const svg = plotSvg(record, { title: path, text: 'strokes' });
      expect(new Resvg(svg, { font: { loadSystemFonts: false } }).width, path).toBeGreaterThan(500);
    }
  });
});
