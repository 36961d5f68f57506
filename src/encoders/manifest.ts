/**
 * `models/<name>/manifest.json`: everything the runtime needs to know of a model, checked with zod.
 *
 * The manifest changes only by adding. This file says what a manifest is; manifest-checks.ts whether its
 * parts fit each other; model-folder.ts reads one and checks the files it names.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { contradictionIn } from './manifest-checks.js';
import { LEVELS, type Level, type LevelInfo, type ModelIdentity } from './ports.js';

export const fileName = z
  .string()
  .min(1)
  .max(200)
  .refine((path) => !path.startsWith('/') && !path.split(/[\\/]/).includes('..'), {
    message: 'must stay inside the model folder',
  });

export const fileEntry = z.object({
  path: fileName,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
});

export const filter = z.object({
  type: z.literal('butterworth-bandpass'),
  order: z.int().min(1).max(8),
  lowHz: z.number().positive(),
  highHz: z.number().positive(),
});

/** `min-max-block`: (x - min) / (max - min + epsilon) over all leads and samples of a window together. */
const normalisation = z.discriminatedUnion('type', [
  z.object({ type: z.literal('clip'), limitMillivolts: z.number().positive() }),
  z.object({ type: z.literal('min-max-block'), epsilon: z.number().positive() }),
]);

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
  missingLead: z.enum(['zeros-and-mask', 'zeros']),
  inputs: z.object({
    ecg: z.string(),
    leadMask: z.string().optional(),
    beatSpans: z.string().optional(),
  }),
});

const projection = z.object({ file: fileName, input: z.string(), output: z.string() });

const textInput = z.object({
  file: fileName,
  output: z.string(),
  projection,
  tokenizer: fileName,
  maxTokens: z.int().min(8).max(512),
  lowerCase: z.boolean(),
  template: z.string().includes('{text}'),
  /** True where a text's vector does not depend on the texts beside it: texts run in batches. */
  batch: z.boolean().optional(),
  /** The output with one vector a token, `[B, S, width]`, for word vectors. */
  wordOutput: z.string().optional(),
  /** The output with one row a sentence, `[B, S, width]`, zeros where there are fewer; its own projection. */
  sentences: z.object({ output: z.string(), projection }).optional(),
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

const queryCount = z.int().min(1).max(4096);

const levels = z.object({
  rhythm: z.object({
    ...levelCommon,
    attention: z.string().optional(),
    attentionCellSamples: z.int().positive().optional(),
  }),
  beat: z.object({ ...levelCommon, span: beatSpan }).optional(),
  /** Either time cells, cell i covering samples i to i + 1 times `cellSamples`; or `count` learned queries. */
  token: z
    .object({
      ...levelCommon,
      cellSamples: z.int().positive().optional(),
      count: queryCount.optional(),
    })
    .optional(),
  /** Learned queries, each of which looks at the whole window. */
  'beat-query': z.object({ ...levelCommon, count: queryCount }).optional(),
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

/**
 * The schema of every kind: `pqr` (our own), `merl` (arXiv 2403.06659) and `melp` (arXiv 2506.21803), the
 * last two as models/export writes them. The kind names the origin; what a model does is in its other fields.
 */
export const manifestSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  kind: z.enum(['pqr', 'merl', 'melp']),
  description: z.string(),
  license: z.string(),
  files: z.array(fileEntry).min(1).max(64),
  ecg: ecgInput,
  /** Absent where a model has no text side. */
  text: textInput.optional(),
  levels,
  decoder: decoder.optional(),
  training,
  /** Measured: below this rhythm cosine even the best hit of a question in words is far from it. */
  farCosine: z.number().min(-1).max(1).optional(),
  metrics: z.record(z.string(), z.unknown()).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type EcgInput = Manifest['ecg'];
export type TextInput = NonNullable<Manifest['text']>;
export type Normalisation = EcgInput['normalisation'];
export type BeatSpan = z.infer<typeof beatSpan>;
export type DecoderInput = z.infer<typeof decoder>;

/** @throws `model.manifest` naming the first field that does not fit, or that another one contradicts. */
export function parseManifest(json: unknown, where: string): Manifest {
  const result = manifestSchema.safeParse(json);
  const [issue] = result.error?.issues ?? [];
  const wrong = result.success
    ? contradictionIn(result.data)
    : { field: issue?.path.join('.') || 'manifest', why: issue?.message };
  if (result.success && wrong === undefined) return result.data;
  throw new PqrError('model.manifest', `${where}: ${wrong?.field}: ${wrong?.why}.`, {
    hint: 'Export the model again, or get its folder anew.',
    details: { field: wrong?.field },
  });
}

/** Name, version, levels and one hash over everything that changes a vector. */
export function identityOf(manifest: Manifest): ModelIdentity {
  const { name, version, files, ecg, text, levels: levelTable, farCosine } = manifest;
  const hashed = files
    .filter((file) => file.path !== manifest.training.recordHashes)
    .map(({ path, sha256 }) => [path, sha256])
    .sort();
  const hash = createHash('sha256')
    .update(JSON.stringify({ files: hashed, ecg, text, levels: levelTable }))
    .digest('hex');
  const measured = farCosine === undefined ? {} : { farCosine };
  return Object.freeze({ name, version, hash, levels: levelInfos(levelTable), ...measured });
}

function levelInfos(table: Manifest['levels']): Partial<Record<Level, LevelInfo>> {
  const infos: Partial<Record<Level, LevelInfo>> = {};
  for (const level of LEVELS) {
    const entry = table[level];
    if (entry) infos[level] = { dim: entry.dim, sharedWithText: entry.sharedWithText };
  }
  return infos;
}
