/** Whole-archive scoring into files, over the sample recordings embedded by the tiny model. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/archive/csv.js';
import { openTinyApp, sampleRecord, type TinyApp } from '../support/tiny-app.js';

let tiny: TinyApp;
let folder: string;
beforeAll(async () => {
  tiny = await openTinyApp();
  const { book } = await tiny.app.ownLabels({ archiveFolder: tiny.archive });
  await book.own!.add({ text: 'fast rhythm', requires: ['TACHY'], excludes: ['SBRAD'] }, 'fast');
});
afterAll(() => tiny.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-scores-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const score = (name: string, labels = ['fast', 'AFIB']) =>
  tiny.app.scoreArchive(tiny.archive, { labels, prompts: 'ckepe', out: join(folder, name) });
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
const linesOf = (name: string) => textOf(name).trimEnd().split('\n');

describe('scoring an archive', () => {
  it('writes a row for each recording and label, the same in both formats', async () => {
    expect(await score('a.csv')).toMatchObject({ ecgCount: 150, labels: ['fast', 'AFIB'] });
    await score('a.jsonl');
    const [head, ...rows] = parseCsv(textOf('a.csv'));
    expect(rows).toHaveLength(300);
    const at = (name: string) => head!.indexOf(name);
    const objects = linesOf('a.jsonl').map((line) => JSON.parse(line));
    expect(objects).toHaveLength(150);
    for (const [place, { ecgId, labels }] of objects.entries()) {
      for (const [index, label] of labels.entries()) {
        const row = rows[2 * place + index]!;
        expect(row[at('ecgId')]).toBe(ecgId);
        expect(row[at('label')]).toBe(label.key);
        expect(Number(row[at('score')])).toBe(label.score);
        expect(row[at('decision')]).toBe(label.decision);
        expect(row[at('vetoed')] === '').toBe(label.vetoed.length === 0);
      }
    }
    expect(existsSync(join(folder, 'a.csv.part'))).toBe(false);
  });

  it('says of each recording what classify says of it', async () => {
    await score('a.jsonl');
    for (const line of linesOf('a.jsonl').slice(0, 12)) {
      const { record, labels } = JSON.parse(line);
      const ecg = await tiny.app.readEcg(sampleRecord(record.split('/').at(-1)));
      const alone = await tiny.app.classify(ecg, {
        labels: ['fast', 'AFIB'],
        prompts: 'ckepe',
        archiveFolder: tiny.archive,
      });
      for (const [at, one] of alone.entries()) {
        const { key, decision, vetoed, supportedBy, percentile } = labels[at];
        expect({ key, decision }).toEqual({ key: one.key, decision: one.decision });
        expect(vetoed).toEqual(one.vetoed);
        expect(supportedBy).toEqual(one.supportedBy);
        expect(percentile).toBeCloseTo(one.percentile!, 1);
      }
    }
  });

  it('measures where criteria ask for more than the rate, as classify does', async () => {
    await score('b.jsonl', ['CRBBB']);
    const rows = linesOf('b.jsonl').map((line) => JSON.parse(line));
    const vetoes = rows.flatMap(({ labels }) => labels[0].vetoed);
    expect(vetoes.length).toBeGreaterThan(20);
    for (const { message } of vetoes) expect(message).toMatch(/QRS duration .*measured \d+/);
    const service = await tiny.app.openService(tiny.archive);
    for (const { ecgId, labels } of rows.slice(0, 5)) {
      const [alone] = await service.classify(ecgId, { labels: ['CRBBB'], prompts: 'ckepe' });
      expect(alone!.vetoed).toEqual(labels[0].vetoed);
    }
  });

  it.each(['a.csv', 'a.jsonl'])('goes on behind the last whole recording of %s', async (name) => {
    await score(name);
    const whole = textOf(name);
    await stopHalfWay(name);
    const part = join(folder, `${name}.part`);
    const { size } = statSync(part);
    expect(size).toBeLessThan(whole.length);
    expect(whole.startsWith(textOf(`${name}.part`))).toBe(true);
    truncateSync(part, size - 7); // the machine went down within a line
    const { resumedCount } = await score(name);
    expect(resumedCount).toBe(63);
    expect(textOf(name)).toBe(whole);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('begins anew where something else was being scored', async () => {
    await stopHalfWay('a.csv');
    const { resumedCount } = await score('a.csv', ['fast', 'LVH']);
    expect(resumedCount).toBe(0);
    expect(linesOf('a.csv')).toHaveLength(301);
    expect(textOf('a.csv')).not.toContain('AFIB');
  });

  it('is remembered by own labels, and stale after a change', async () => {
    await score('a.csv');
    const { book, modelHash } = await tiny.app.ownLabels({ archiveFolder: tiny.archive });
    const own = book.own!;
    const outs = async () =>
      own.staleness(await own.get('fast'), modelHash).scores.map(({ out }) => out);
    expect(await outs()).not.toContain(join(folder, 'a.csv'));
    await own.change('fast', { excludes: ['NORM'] });
    expect(await outs()).toContain(join(folder, 'a.csv'));
    await own.change('fast', { excludes: ['SBRAD'] });
  });

  it('refuses a file of another kind before it scores, and says what cannot be written', async () => {
    await expect(score('a.xlsx')).rejects.toMatchObject({ code: 'usage.invalid' });
    await expect(score('none/a.csv')).rejects.toMatchObject({ code: 'file.unwritable' });
    await expect(score('a.csv', ['no such label'])).rejects.toMatchObject({
      code: 'label.unknown',
    });
  });

  /** Gives up after the first batch of 64 recordings; what is written stays. */
  async function stopHalfWay(name: string): Promise<void> {
    const controller = new AbortController();
    const run = tiny.app.scoreArchive(
      tiny.archive,
      { labels: ['fast', 'AFIB'], prompts: 'ckepe', out: join(folder, name) },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(run).rejects.toMatchObject({ code: 'request.aborted' });
  }
});
