/**
 * Labels that no data set has, each defined by one sentence and scored over a whole archive: the best recordings,
 * one a patient, as plots to be looked at.
 *
 *     npx tsx eval/sentence-labels.ts --archive DIR [--count 20] [--plots FOLDER] [--out FILE] SENTENCE...
 *
 * The archive's own labels stay as they are: the sentences are kept in a file of their own, in a temporary folder.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type App, createApp } from '../src/app.js';
import type { OpenArchive } from '../src/archive/archive.js';
import { loadConfig } from '../src/config.js';
import { meanVector } from '../src/zeroshot/score.js';
import { rounded } from './rounded.js';

const { values: given, positionals: sentences } = parseArgs({
  allowPositionals: true,
  options: {
    archive: { type: 'string' },
    count: { type: 'string', default: '20' },
    plots: { type: 'string' },
    out: { type: 'string' },
  },
});
if (!given.archive || sentences.length === 0)
  throw new Error('--archive DIR and a sentence are needed');
const count = Number(given.count);
const folder = await mkdtemp(join(tmpdir(), 'pqrsearch-'));
const app = createApp(loadConfig(process.env, {}));
try {
  const { archive } = await app.openParts(given.archive);
  const labels = [];
  for (const sentence of sentences) labels.push(await scoreSentence(app, archive, sentence));
  const result = {
    measured: 'eval/sentence-labels.ts',
    model: archive.model,
    recordings: archive.listIds().length,
    labels,
  };
  const text = `${JSON.stringify(rounded(result), null, 1)}\n`;
  if (given.out) await writeFile(given.out, text);
  else process.stdout.write(text);
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}

async function scoreSentence(app: App, archive: OpenArchive, sentence: string) {
  const { book } = await app.ownLabels({ labelFile: join(folder, 'labels.json') });
  const { label: added } = await book.own!.add({ text: sentence });
  const [label] = await book.define([`own:${added.key}`], 'ckepe');
  const { textEncoder } = await app.model();
  const vectors = await textEncoder.encode(label!.prompts);
  const query = meanVector(vectors, 0, label!.prompts.length, textEncoder.dim);
  const scores = await archive.scoreAll('rhythm', query);
  const best = onePatientEach(
    archive,
    [...scores].sort(([, a], [, b]) => b.score - a.score),
  );
  const found = best.slice(0, count).map(([id, { score }], index) => {
    const { paths, report, codes } = archive.get(id)!;
    return { number: index + 1, record: paths[0]!, score, codes, report: report ?? null, id };
  });
  if (given.plots) await plotAll(app, archive, { found, out: join(given.plots, added.key) });
  return {
    sentence,
    key: added.key,
    prompts: label!.prompts,
    best: found.map(({ id: _, ...rest }) => rest),
  };
}

function onePatientEach<T>(archive: OpenArchive, ranked: readonly [string, T][]): [string, T][] {
  const seen = new Set<string>();
  return ranked.filter(([id]) => {
    const patient = archive.get(id)!.patient.id ?? id;
    return !seen.has(patient) && seen.add(patient);
  });
}

async function plotAll(
  app: App,
  archive: OpenArchive,
  { found, out }: { found: readonly { number: number; record: string; id: string }[]; out: string },
): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const { number, record, id } of found) {
    const title = `${number} ${record.split('/').at(-1)}`;
    const png = await app.plotPng(archive.waveform(id), { layout: '3x4+rhythm', title });
    await writeFile(join(out, `${String(number).padStart(2, '0')}.png`), png);
  }
}
