/**
 * One entry of the knowledge base: an ECG statement with its names, codes and the label sets it is
 * in. The files are knowledge/concepts/*.json; knowledge/SOURCES.md says where their content comes
 * from.
 */
import { z } from 'zod';

/** The label sets, in the order in which a bare key is looked for. */
export const LABEL_SETS = [
  'ptbxl-scp',
  'ptbxl-super',
  'ptbxl-sub',
  'ptbxl-form',
  'ptbxl-rhythm',
  'cpsc2018',
] as const;
export type LabelSet = (typeof LABEL_SETS)[number];

export const CATEGORIES = [
  'normal',
  'rhythm',
  'ectopy',
  'conduction',
  'hypertrophy',
  'infarction',
  'ischaemia',
  'st-t',
  'qrs',
] as const;
export type Category = (typeof CATEGORIES)[number];

const phrase = z.string().min(1).max(200);
const key = z.string().regex(/^[A-Z0-9][A-Z0-9/()_-]*$/, 'a key is upper-case letters and digits');

export const conceptSchema = z.strictObject({
  key,
  /** The plain English name. */
  name: phrase,
  synonyms: z.array(phrase),
  synonymsDe: z.array(phrase),
  /** Phrases that hold one of the names but mean something else: they name nothing. */
  unlike: z.array(phrase).optional(),
  codes: z.strictObject({
    scp: key.optional(),
    /** Each means this concept, a narrower kind, or what the Challenge scores as the same. */
    snomed: z.array(z.string().regex(/^\d{6,18}$/)).optional(),
    aha: z
      .string()
      .regex(/^\d{1,3}$/)
      .optional(),
  }),
  sets: z.array(z.strictObject({ set: z.enum(LABEL_SETS), key })),
  category: z.enum(CATEGORIES),
  /** One sentence. */
  definition: z.string().min(10).max(400).endsWith('.'),
  parents: z.array(key),
  /** What cannot be stated of the same recording at the same time; symmetric. */
  excludes: z.array(key),
  /** The heart rate that the definition itself demands, beats per minute. */
  rateBpm: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
  /** Ids of knowledge/sources.json. */
  references: z.array(z.string()).min(1),
});
export type Concept = Readonly<z.infer<typeof conceptSchema>>;

export const sourcesSchema = z.record(
  z.string().regex(/^[a-z0-9-]+$/),
  z.strictObject({
    citation: z.string().min(10),
    url: z.url(),
    licence: z.string().optional(),
  }),
);
export type Sources = Readonly<z.infer<typeof sourcesSchema>>;

/** Every name of a concept in every language, the plain English name first. */
export function conceptTerms(concept: Concept): readonly string[] {
  return [...new Set([concept.name, ...concept.synonyms, ...concept.synonymsDe])];
}
