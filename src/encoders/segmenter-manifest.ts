/**
 * `manifest.json` of a model of kind `segmenter`: which wave each sample of a lead belongs to. A manifest of its
 * own, since such a model has no vectors, levels or texts. It changes only by adding.
 */
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { SEGMENT_CLASSES } from '../signal/segmenter.js';
import { fileEntry, fileName, filter } from './manifest.js';

/** One lead: divided by its mean magnitude over the whole recording, then clipped. */
const normalisation = z.object({
  type: z.literal('mean-magnitude'),
  limit: z.number().positive(),
});

const lead = z
  .object({
    file: fileName,
    samplingRateHz: z.number().positive().max(2000),
    filter,
    normalisation,
    /** The graph takes lengths that are multiples of this; zeros are put at the end. */
    lengthMultiple: z.int().min(1).max(1024),
    /** Longer leads are cut into windows; of neighbouring ones the overlap is halved. */
    windowSamples: z.int().min(256).max(100_000),
    overlapSamples: z.int().min(0),
    input: z.string(),
    output: z.string(),
    classes: z.tuple(SEGMENT_CLASSES.map((name) => z.literal(name)) as never),
  })
  .refine((part) => part.windowSamples % part.lengthMultiple === 0, {
    path: ['windowSamples'],
    message: 'must be a multiple of lengthMultiple',
  })
  .refine((part) => 2 * part.overlapSamples < part.windowSamples, {
    path: ['overlapSamples'],
    message: 'must be less than half of windowSamples',
  });

const schema = z
  .object({
    formatVersion: z.literal(1),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    kind: z.literal('segmenter'),
    description: z.string(),
    license: z.string(),
    files: z.array(fileEntry).min(1).max(16),
    lead,
    training: z.object({
      data: z.string(),
      recordHashes: fileName.optional(),
      seed: z.number().optional(),
      license: z.string().optional(),
    }),
    metrics: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ files, lead: { file } }) => files.some(({ path }) => path === file), {
    path: ['lead', 'file'],
    message: 'is not among the files',
  });

export type SegmenterManifest = z.infer<typeof schema>;
export type SegmenterLead = SegmenterManifest['lead'];

/** @throws `model.manifest` naming the first field that does not fit */
export function parseSegmenterManifest(json: unknown, where: string): SegmenterManifest {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || 'manifest';
  throw new PqrError('model.manifest', `${where}: ${field}: ${issue?.message}.`, {
    hint: 'Get the model folder anew.',
    details: { field },
  });
}
