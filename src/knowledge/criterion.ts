/**
 * Criteria and lead-wise findings of an entry, as data.
 *
 * Criteria that share a `rule` hold together; an entry fits where one of its rules does ("Sokolow-Lyon",
 * "Cornell"). A criterion whose population is not the patient's is left out of its rule; where sex or
 * age is not known, such a rule stays undecided. A `supporting` criterion makes the finding likelier
 * and is not needed. A rule holds the measurable part of a finding only: that it is met does not prove
 * the finding, that it fails speaks against it.
 */
import { z } from 'zod';
import { FEATURE_NAMES, LEADS, UNITS } from './features.js';

const populationSchema = z.strictObject({
  sex: z.enum(['female', 'male']).optional(),
  ageYears: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
});

export const criterionSchema = z.strictObject({
  rule: z.string().min(1).max(60),
  feature: z.enum(FEATURE_NAMES),
  comparison: z.enum(['<', '<=', '>', '>=', 'between']),
  /** For every comparison but `between`. */
  value: z.number().optional(),
  /** For `between`: lowest and highest, both included. */
  range: z.tuple([z.number(), z.number()]).optional(),
  unit: z.enum(UNITS),
  leads: z.array(z.enum(LEADS)).min(1).optional(),
  /** In how many of the leads it must hold, else in all; `contiguous`: in two neighbours (features.ts). */
  inLeads: z.enum(['all', 'any', 'contiguous']).optional(),
  population: populationSchema.optional(),
  supporting: z.literal(true).optional(),
  /** Id of knowledge/sources.json, and where in it, if known. */
  source: z.string(),
  section: z.string().max(120).optional(),
});
export type Criterion = Readonly<z.infer<typeof criterionSchema>>;

export const WAVES = [
  'rhythm',
  'P',
  'PR',
  'Q',
  'R',
  'S',
  'QRS',
  'J',
  'ST',
  'T',
  'U',
  'QT',
] as const;

export const leadFindingSchema = z.strictObject({
  leads: z.array(z.enum(LEADS)).min(1),
  wave: z.enum([...WAVES, 'spike', 'baseline']),
  /** In plain words, without the leads. */
  finding: z.string().min(2).max(160),
});
export type LeadFinding = Readonly<z.infer<typeof leadFindingSchema>>;
