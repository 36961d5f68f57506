/** What the service accepts, as zod schemas: the one place where requests are checked. */
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { parseHighlights } from '../plot/options.js';
import { SEARCH_LEVELS } from '../search/ports.js';

const ecgId = z
  .string()
  .regex(/^(?:[0-9a-f]{32}|upload:[0-9a-f-]{36})$/, 'must be the id of an ECG');
const k = z.coerce.number().int().min(1).max(DEFAULT_LIMITS.hitCount).default(10);

const flag = z.enum(['0', '1', 'false', 'true']).transform((text) => ['1', 'true'].includes(text));

export const searchQuery = z.object({
  q: z.string().max(DEFAULT_LIMITS.queryBytes).optional(),
  like: ecgId.optional(),
  beat: z.coerce.number().int().min(0).optional(),
  k,
  level: z.enum(SEARCH_LEVELS).default('fused'),
  where: z.string().max(2000).optional(),
  acceptableOnly: flag.default(false),
});

export const ecgParams = z.object({ id: ecgId });

export const plotQuery = z.object({
  layout: z.enum(['auto', '3x4', '6x2', '12x1']).default('auto'),
  start: z.coerce.number().min(0).max(DEFAULT_LIMITS.durationSeconds).default(0),
  seconds: z.coerce.number().min(1).max(60).default(10),
  speed: z.coerce.number().min(5).max(100).default(25),
  gain: z.coerce.number().min(1).max(80).default(10),
  highlight: z.string().max(2000).transform(parseHighlights).optional(),
  attention: flag.default(false),
  fiducials: flag.default(false),
});

export const attentionQuery = z.object({
  start: z.coerce.number().min(0).max(DEFAULT_LIMITS.durationSeconds).default(0),
  /** To the end of the recording where it is not given. */
  seconds: z.coerce.number().min(0.1).max(DEFAULT_LIMITS.durationSeconds).optional(),
});

export const captionQuery = z.object({
  text: z.string().max(DEFAULT_LIMITS.queryBytes).optional(),
  beam: z.coerce.number().int().min(1).max(8).default(1),
  /** The first window, from 0; at most eight are captioned in one answer. */
  window: z.coerce.number().int().min(0).max(100_000).default(0),
});

const promptKind = z.enum(['name', 'ckepe', 'compose-1', 'compose-2', 'llm']).default('ckepe');

export const classifyBody = z.object({
  ecgId,
  labels: z
    .union([
      z.literal('default'),
      z.array(z.string().min(1).max(200)).min(1).max(DEFAULT_LIMITS.labelCount),
    ])
    .default('default'),
  prompts: promptKind,
});

const labelText = z.string().max(DEFAULT_LIMITS.queryBytes);
const labelTexts = z.array(labelText).max(16);
const labelFields = z.strictObject({
  text: labelText,
  name: labelText.optional(),
  synonyms: labelTexts.optional(),
  requires: labelTexts.optional(),
  excludes: labelTexts.optional(),
});
/** What is in the fields is checked where labels are (src/zeroshot/own-label.ts). */
export const addLabelBody = labelFields.extend({ key: z.string().max(64).optional() });
export const changeLabelBody = labelFields.partial();
export const labelParams = z.object({ key: z.string().min(1).max(200) });
export const labelScoresQuery = z.object({
  k: z.coerce.number().int().min(1).max(200).default(20),
  prompts: promptKind,
});

export const reportBody = z.object({
  ecgId,
  format: z.enum(['json', 'text', 'fhir']).default('json'),
});

export const inspectBody = z.object({
  files: z
    .array(z.object({ name: z.string().min(1).max(255), base64: z.base64() }))
    .min(1)
    .max(32),
  /** What CSV and NPY files may not say themselves. */
  samplingRateHz: z
    .number()
    .min(DEFAULT_LIMITS.samplingRateMinHz)
    .max(DEFAULT_LIMITS.samplingRateMaxHz)
    .optional(),
  leads: z.array(z.string().min(1).max(32)).min(1).max(DEFAULT_LIMITS.leadCount).optional(),
  unit: z.enum(['mV', 'uV']).optional(),
  /** Take names, ids and dates out; the service needs a site key. */
  deidentify: z.boolean().default(false),
  /** Compute the standard leads that are missing, and mark them. */
  repairLeads: z.boolean().default(false),
});
