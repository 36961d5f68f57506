/**
 * The first figures of search and of labels: twelve plain questions and MERL's four PTB-XL label sets.
 *
 *     npx tsx eval/first-search.ts --records DIR --ptbxl DIR [--fold 9|10] [--out FILE]
 *
 * `--records`: the folder that holds PTB-XL's `records500`, whole or in part; `--ptbxl`: ptbxl_database.csv and
 * labels_{super,sub,form,rhythm}.csv. Questions: precision at min(10, relevant) over the recordings of
 * folds 9 and 10, `--level rhythm` (report text unused) and fused. Labels: macro AUROC of the label's
 * name against the ECG over labels with at least 5 positives, one fold, 95 % bootstrap interval by patient.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { labelVectors, measureLabels } from './label-sets.js';
import { readPtbxl } from './ptbxl.js';
import { measureQuestions } from './questions.js';

const REPLICATES = 1000;
const SEED = 20240;

const { values } = parseArgs({
  options: {
    records: { type: 'string' },
    ptbxl: { type: 'string' },
    fold: { type: 'string', default: '10' },
    out: { type: 'string' },
  },
});
if (!values.records || !values.ptbxl) throw new Error('--records DIR and --ptbxl DIR are needed');

const fileOf = (record: string) => join(values.records!, `${record}.hea`);

const app = createApp(loadConfig(process.env));
const folder = await mkdtemp(join(tmpdir(), 'pqrsearch-eval-'));
try {
  const ptbxl = await readPtbxl(values.ptbxl);
  const heldOut = ptbxl.filter(({ fold, record }) => fold >= 9 && existsSync(fileOf(record)));
  const indexed = await app.index({
    paths: heldOut.map(({ record }) => fileOf(record)),
    archiveFolder: folder,
    metadataPath: join(values.ptbxl, 'ptbxl_database.csv'),
    metadataPreset: 'ptbxl',
  });
  const parts = await app.openParts(folder);
  const service = await app.openService(folder);
  const questions = await measureQuestions(service, parts.archive);
  const labelVector = labelVectors(parts);
  const labels = await measureLabels(
    { archive: parts.archive, labelVector },
    {
      folder: values.ptbxl,
      fold: Number(values.fold),
      replicates: REPLICATES,
      seed: SEED,
    },
  );
  const result = {
    measured: 'eval/first-search.ts',
    data: 'PTB-XL 1.0.3 subset (CC BY 4.0), folds 9 and 10',
    recordings: indexed.indexed,
    model: parts.archive.model,
    seed: SEED,
    replicates: REPLICATES,
    questions,
    labels,
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  if (values.out) await writeFile(values.out, text);
  else process.stdout.write(text);
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}
