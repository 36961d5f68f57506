/**
 * One entry of the knowledge base: an ECG statement with its names, codes and the label sets it is
 * in. The files are knowledge/concepts/*.json; knowledge/SOURCES.md says where their content comes
 * from.
 */
import { z } from 'zod';
import { criterionSchema, leadFindingSchema } from './criterion.js';

/** The label sets of published data that entries say they belong to. */
export const DATA_LABEL_SETS = [
  'ptbxl-scp',
  'ptbxl-super',
  'ptbxl-sub',
  'ptbxl-form',
  'ptbxl-rhythm',
  'cpsc2018',
  'csn',
  'challenge2021',
] as const;
/**
 * Sets whose keys are read only within them: their letters mean something else elsewhere (CSN's AF
 * is atrial flutter, its ST sinus tachycardia; the Challenge's PR is a pacing rhythm).
 */
export const LOCAL_LABEL_SETS = ['csn', 'challenge2021'] as const;
/**
 * All label sets, in the order in which a bare key is looked for. `knowledge` holds, under their own
 * keys, the concepts that no set with bare keys has.
 */
export const LABEL_SETS = [...DATA_LABEL_SETS, 'knowledge'] as const;
export type LabelSet = (typeof LABEL_SETS)[number];
/** The sets whose keys may be typed without their set. */
export const BARE_LABEL_SETS: readonly LabelSet[] = LABEL_SETS.filter(
  (set) => !LOCAL_LABEL_SETS.some((local) => local === set),
);

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
  'p-wave',
  'axis',
  'technical',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** How soon a physician should see the recording for this finding alone. */
export const URGENCIES = ['none', 'routine', 'prompt', 'immediate'] as const;

const phrase = z.string().min(1).max(200);
const key = z.string().regex(/^[A-Z0-9][A-Z0-9/()_-]*$/, 'a key is upper-case letters and digits');
const labelKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9/()_-]*$/);

export const conceptSchema = z.strictObject({
  key,
  /** The plain English name. */
  name: phrase,
  synonyms: z.array(phrase),
  /** The first is the German name. */
  synonymsDe: z.array(phrase),
  /**
   * Wordings of reports in any language that state it and are no name of it: found in running text, used for no
   * prompt. A data set's own phrases belong here.
   */
  statedAs: z.array(phrase).min(1).optional(),
  /** Wordings that state it only as possible. */
  doubtedAs: z.array(phrase).min(1).optional(),
  /** Found in running text only in capitals, unlike synonyms; in any case where it is the text. */
  abbreviations: z.array(z.string().regex(/^[A-Z0-9]{2,8}$/)).optional(),
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
  sets: z.array(
    z.strictObject({
      set: z.enum(DATA_LABEL_SETS),
      key: labelKey,
      /** Another label of the set that its evaluation scores as the same. */
      sameAs: labelKey.optional(),
    }),
  ),
  category: z.enum(CATEGORIES),
  /** One sentence. */
  definition: z.string().min(10).max(400).endsWith('.'),
  parents: z.array(key),
  /** True for the widest entries of a category: they have no parents. */
  root: z.literal(true).optional(),
  /** What cannot be stated of the same recording at the same time; symmetric. */
  excludes: z.array(key),
  /** What is always there with it: these or kinds of them. */
  requires: z.array(key).min(1).optional(),
  /** What looks alike and should be thought of. */
  differentials: z.array(key).min(1).optional(),
  urgency: z.enum(URGENCIES).optional(),
  /** Measurable signs (features.ts); see criterion.ts for how they combine. */
  criteria: z.array(criterionSchema).min(1).optional(),
  /** What is seen where. */
  leadFindings: z.array(leadFindingSchema).min(1).optional(),
  /** Phrases that deny it and that the rule of negation.ts does not make. */
  negatedForms: z
    .strictObject({ en: z.array(phrase).optional(), de: z.array(phrase).optional() })
    .optional(),
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
    /** Absent for books. */
    url: z.url().optional(),
    licence: z.string().optional(),
  }),
);
export type Sources = Readonly<z.infer<typeof sourcesSchema>>;

/** Every name of a concept in every language, the plain English name first. */
export function conceptTerms(concept: Concept): readonly string[] {
  return [...new Set([concept.name, ...concept.synonyms, ...concept.synonymsDe])];
}
