/**
 * `models/<name>/manifest.json`: everything the runtime needs to know of a model, checked with zod.
 *
 * The manifest changes only by adding. This file says what a manifest is; model-folder.ts reads one and
 * checks the files it names.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import type { Level, LevelInfo, ModelIdentity } from './ports.js';

const fileName = z
  .string()
  .min(1)
  .max(200)
  .refine((path) => !path.startsWith('/') && !path.split(/[\\/]/).includes('..'), {
    message: 'must stay inside the model folder',
  });

const fileEntry = z.object({
  path: fileName,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
});

const filter = z.object({
  type: z.literal('butterworth-bandpass'),
  order: z.int().min(1).max(8),
  lowHz: z.number().positive(),
  highHz: z.number().positive(),
});

const normalisation = z.object({
  type: z.literal('clip'),
  limitMillivolts: z.number().positive(),
});

const ecgInput = z.object({
  file: fileName,
  samplingRateHz: z.number().positive(),
  sampleCount: z.int().positive(),
  hopSamples: z.int().positive(),
  leads: z.array(z.string().min(1)).min(1).max(16),
  unit: z.literal('mV'),
  filter: filter.optional(),
  normalisation,
  padding: z.literal('zeros-at-end'),
  missingLead: z.literal('zeros-and-mask'),
  inputs: z.object({ ecg: z.string(), leadMask: z.string(), beatSpans: z.string() }),
});

const textInput = z.object({
  file: fileName,
  output: z.string(),
  projection: z.object({ file: fileName, input: z.string(), output: z.string() }),
  tokenizer: fileName,
  maxTokens: z.int().min(8).max(512),
  lowerCase: z.boolean(),
  template: z.string().includes('{text}'),
  /** True where a text's vector does not depend on the texts beside it: texts run in batches. */
  batch: z.boolean().optional(),
  /** The output with one vector a token, `[B, S, width]`, for word vectors. */
  wordOutput: z.string().optional(),
});

const levelCommon = {
  output: z.string(),
  dim: z.int().min(8).max(4096),
  sharedWithText: z.boolean(),
};

const beatSpan = z.object({
  beforeRr: z.number().min(0).max(1),
  afterRr: z.number().min(0).max(1),
  minRrSeconds: z.number().positive(),
  maxRrSeconds: z.number().positive(),
  defaultRrSeconds: z.number().positive(),
});

const levels = z.object({
  rhythm: z.object({
    ...levelCommon,
    attention: z.string().optional(),
    attentionCellSamples: z.int().positive().optional(),
  }),
  beat: z.object({ ...levelCommon, span: beatSpan }).optional(),
  /** Cell i covers samples i to i + 1 times `cellSamples` of the window. */
  token: z.object({ ...levelCommon, cellSamples: z.int().positive() }).optional(),
});

/** Words from vectors: the graph reads the named levels of one window, one after the other. */
const decoder = z.object({
  file: fileName,
  inputs: z.object({ ids: z.string(), memory: z.string() }),
  output: z.string(),
  memory: z.tuple([z.literal('rhythm'), z.literal('token')]),
  vocabulary: fileName,
  maxTokens: z.int().min(8).max(512),
});

const training = z.object({
  data: z.string(),
  folds: z.array(z.int()).optional(),
  recordHashes: fileName.optional(),
  seed: z.number().optional(),
  selectedOn: z.string().optional(),
  license: z.string().optional(),
});

/** The schema of a bundled model's manifest (kind `pqr`); MERL's and MELP's kinds come by adding. */
export const manifestSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  kind: z.literal('pqr'),
  description: z.string(),
  license: z.string(),
  files: z.array(fileEntry).min(1).max(64),
  ecg: ecgInput,
  text: textInput,
  levels,
  decoder: decoder.optional(),
  training,
  metrics: z.record(z.string(), z.unknown()).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type EcgInput = Manifest['ecg'];
export type TextInput = Manifest['text'];
export type BeatSpan = z.infer<typeof beatSpan>;
export type DecoderInput = z.infer<typeof decoder>;

/** @throws `model.manifest` naming the first field that does not fit. */
export function parseManifest(json: unknown, where: string): Manifest {
  const result = manifestSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    const field = issue?.path.join('.') || 'manifest';
    throw new PqrError('model.manifest', `${where}: ${field}: ${issue?.message}.`, {
      hint: 'Export the model again, or get its folder anew.',
      details: { field },
    });
  }
  checkFilesAreListed(result.data, where);
  return result.data;
}

function checkFilesAreListed(manifest: Manifest, where: string): void {
  const { ecg, text, files } = manifest;
  const listed = new Set(files.map((file) => file.path));
  const used = [ecg.file, text.file, text.projection.file, `${text.tokenizer}/tokenizer.json`];
  if (manifest.decoder) used.push(manifest.decoder.file, manifest.decoder.vocabulary);
  const missing = used.find((path) => !listed.has(path));
  if (missing !== undefined) {
    throw new PqrError('model.manifest', `${where}: ${missing} is used but not listed in files.`);
  }
}

/** Name, version, levels and one hash over everything that changes a vector. */
export function identityOf(manifest: Manifest): ModelIdentity {
  const { name, version, files, ecg, text, levels: levelTable } = manifest;
  const hashed = files
    .filter((file) => file.path !== manifest.training.recordHashes)
    .map(({ path, sha256 }) => [path, sha256])
    .sort();
  const hash = createHash('sha256')
    .update(JSON.stringify({ files: hashed, ecg, text, levels: levelTable }))
    .digest('hex');
  return Object.freeze({ name, version, hash, levels: levelInfos(levelTable) });
}

function levelInfos(table: Manifest['levels']): Partial<Record<Level, LevelInfo>> {
  const infos: Partial<Record<Level, LevelInfo>> = {};
  for (const level of ['rhythm', 'beat', 'token'] as const) {
    const entry = table[level];
    if (entry) infos[level] = { dim: entry.dim, sharedWithText: entry.sharedWithText };
  }
  return infos;
}
