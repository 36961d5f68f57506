/**
 * What each part of a fused search should weigh, looked up on PTB-XL fold 9 (which chooses; never a figure to
 * report): mean precision at min(10, relevant) of the twelve plain questions and of ten unfamiliar wordings.
 *
 *     npx tsx eval/fusion.ts --records DIR --ptbxl DIR [--model NAME] [--out FILE]
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../src/app.js';
import type { Archive } from '../src/archive/ports.js';
import { loadConfig } from '../src/config.js';
import { precisionAt } from '../src/evaluate/metrics.js';
import type { FusionWeights } from '../src/search/weights.js';
import type { EcgService } from '../src/server/service.js';
import { readPtbxl } from './ptbxl.js';
import { QUESTIONS } from './questions.js';

/** As in models/training/evaluate.py: no training text holds them. */
const UNFAMILIAR = [
  { text: 'irregular rhythm, AF suspected', codes: ['AFIB'] },
  { text: 'complete block of the left bundle branch', codes: ['CLBBB'] },
  { text: 'thickened left ventricle with high voltages', codes: ['LVH', 'VCLVH'] },
  { text: 'scar of the inferior wall', codes: ['IMI', 'ILMI', 'IPMI', 'IPLMI'] },
  { text: 'heart rate too slow but sinus', codes: ['SBRAD'] },
  { text: 'racing sinus rhythm', codes: ['STACH'] },
  { text: 'extra beats from the ventricles', codes: ['PVC', 'BIGU', 'TRIGU'] },
  { text: 'rhythm driven by an implanted pacemaker', codes: ['PACE'] },
  { text: 'nothing wrong with this ECG', codes: ['NORM'] },
  { text: 'lengthened conduction through the AV node', codes: ['1AVB'] },
];

const WEIGHTS: readonly Partial<FusionWeights>[] = [
  { rhythm: 1, beat: 0, text: 0 },
  { rhythm: 0, beat: 1, text: 0 },
  { rhythm: 0, beat: 0, text: 0, token: 1 },
  { rhythm: 0, beat: 0, text: 1 },
  { rhythm: 1, beat: 0.5, text: 0 },
  { rhythm: 1, beat: 0.5, text: 0, token: 0.5 },
  { rhythm: 1, beat: 0.5, text: 0, lateInteraction: 0.5 },
  { rhythm: 1, beat: 0, text: 1 },
  { rhythm: 1, beat: 0.5, text: 1 },
  { rhythm: 1, beat: 0.5, text: 1, token: 0.25 },
  { rhythm: 1, beat: 0.5, text: 1, token: 0.5 },
  { rhythm: 1, beat: 0.5, text: 1, lateInteraction: 0.5 },
  { rhythm: 1, beat: 0.5, text: 1, lateInteraction: 1 },
];

const { values: given } = parseArgs({
  options: {
    records: { type: 'string' },
    ptbxl: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string' },
  },
});
if (!given.records || !given.ptbxl) throw new Error('--records DIR and --ptbxl DIR are needed');

const app = createApp(loadConfig(process.env, { modelName: given.model }));
const folder = await mkdtemp(join(tmpdir(), 'pqrsearch-fusion-'));
try {
  const files = (await readPtbxl(given.ptbxl))
    .filter(({ fold }) => fold === 9)
    .map(({ record }) => join(given.records!, `${record}.hea`))
    .filter(existsSync);
  await app.index({
    paths: files,
    archiveFolder: folder,
    metadataPath: join(given.ptbxl, 'ptbxl_database.csv'),
    metadataPreset: 'ptbxl',
  });
  const service = await app.openService(folder);
  const { archive } = await app.openParts(folder);
  const rows = [];
  for (const fusion of WEIGHTS) {
    const row = {
      fusion,
      questions: await precision({ service, archive, fusion }, QUESTIONS),
      unfamiliar: await precision({ service, archive, fusion }, UNFAMILIAR),
    };
    process.stderr.write(`${JSON.stringify(row)}\n`);
    rows.push(row);
  }
  const { name, version, hash } = archive.model;
  const result = {
    measured: 'eval/fusion.ts',
    data: 'PTB-XL 1.0.3 subset (CC BY 4.0), fold 9: chooses, not for reporting',
    recordings: files.length,
    model: { name, version, hash },
    rows,
  };
  const text = `${JSON.stringify(result, null, 1)}\n`;
  if (given.out) await writeFile(given.out, text);
  else process.stdout.write(text);
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}

interface Call {
  readonly service: EcgService;
  readonly archive: Archive;
  readonly fusion: Partial<FusionWeights>;
}

/** Mean precision at min(10, relevant) over the questions. */
async function precision(
  { service, archive, fusion }: Call,
  questions: readonly { text: string; codes: readonly string[] }[],
): Promise<number> {
  const values: number[] = [];
  for (const { text, codes } of questions) {
    const relevant = new Set(
      codes.flatMap((code) => [...archive.select([{ field: 'code', operator: '=', value: code }])]),
    );
    const k = Math.min(10, relevant.size);
    if (k === 0) continue;
    const { hits } = await service.search({
      text,
      level: 'fused',
      k,
      fusion,
      keepPatientRepeats: true,
    });
    const found = hits.map(({ ecgId }) => ecgId);
    values.push(precisionAt(k, found, relevant));
  }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
