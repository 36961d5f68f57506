/** A label that a user defines, as it is stored, and what of it is out of date. */
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { calibrationSchema } from './calibration.js';
import { digest } from './prompt-cache.js';

export const OWN_KEY = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SCORING_COUNT = 10;
const SYNONYM_COUNT = 16;
const CONCEPT_COUNT = 16;

const textOf = (what: string) =>
  z
    .string()
    .trim()
    .min(1, `${what} is empty`)
    .refine(
      (text) => Buffer.byteLength(text) <= DEFAULT_LIMITS.queryBytes,
      `${what} has over ${DEFAULT_LIMITS.queryBytes} bytes`,
    )
    .refine((text) => !/\p{Cc}/u.test(text), `${what} has control characters in it`);

/** What a user says of a label; a change of any of it is a new version. */
export const definitionSchema = z.strictObject({
  /** A name or a sentence: what is scored. */
  text: textOf('the text'),
  name: textOf('the name').optional(),
  synonyms: z.array(textOf('a synonym')).max(SYNONYM_COUNT).default([]),
  /** Keys of knowledge entries. */
  requires: z.array(z.string().min(1).max(200)).max(CONCEPT_COUNT).default([]),
  excludes: z.array(z.string().min(1).max(200)).max(CONCEPT_COUNT).default([]),
});
export type LabelText = z.input<typeof definitionSchema>;

const definedSchema = definitionSchema.required({ name: true });

const builtSchema = z.strictObject({
  /** Of the label. */
  version: z.int(),
  date: z.string(),
  texts: z.array(z.string().min(1)).min(1),
  template: z.string(),
  model: z.string().optional(),
  entries: z.record(z.string(), z.string()).optional(),
  droppedCount: z.int().optional(),
});
export type BuiltPrompts = Readonly<z.infer<typeof builtSchema>>;

const scoringSchema = z.strictObject({
  /** Where the scores were written to. */
  out: z.string(),
  date: z.string(),
  version: z.int(),
  texts: z.string(),
  model: z.string(),
  ecgCount: z.int(),
});
export type Scoring = Readonly<z.infer<typeof scoringSchema>>;

export const ownLabelSchema = z.strictObject({
  key: z.string().regex(OWN_KEY),
  version: z.int().min(1),
  createdAt: z.string(),
  changedAt: z.string(),
  ...definedSchema.shape,
  built: builtSchema.optional(),
  calibration: calibrationSchema.optional(),
  /** Whole-archive scorings, newest first. */
  scorings: z.array(scoringSchema).max(SCORING_COUNT).default([]),
});
export type OwnLabel = Readonly<z.infer<typeof ownLabelSchema>>;

/** @throws `label.invalid` */
export function checkDefinition(given: unknown): z.output<typeof definitionSchema> {
  const parsed = definitionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.');
  throw new PqrError(
    'label.invalid',
    `The label is not valid: ${where ? `${where}: ` : ''}${issue?.message}.`,
  );
}

/** What a score was computed from, as one short hash. */
export function textsHash(texts: readonly string[]): string {
  return digest(JSON.stringify(texts));
}

/** With a newer scoring first; the oldest go. */
export function withScoring(label: OwnLabel, scoring: Scoring): OwnLabel {
  const others = label.scorings.filter(({ out }) => out !== scoring.out);
  return { ...label, scorings: [scoring, ...others].slice(0, SCORING_COUNT) };
}

export interface Staleness {
  /** Why the texts should be built anew; null where they are up to date. */
  readonly build: string | null;
  /** Why the calibration is not used. */
  readonly calibration: string | null;
  /** The files whose scores are no longer what would be computed, and why. */
  readonly scores: readonly { readonly out: string; readonly because: string }[];
}

export interface Present {
  /** Texts that the label is scored with now. */
  readonly texts: readonly string[];
  /** Hash of the model that scores; undefined where none is at hand: then it is not compared. */
  readonly modelHash?: string;
  /** Hash of each knowledge entry as it is now. */
  readonly entryHash: (key: string) => string | undefined;
}

/** What a change of label, knowledge or model left behind. */
export function stalenessOf(label: OwnLabel, present: Present): Staleness {
  const texts = textsHash(present.texts);
  const other = (hash: string, model: string): string | null => {
    if (hash !== texts) return 'its texts have changed';
    const { modelHash } = present;
    return modelHash === undefined || model === modelHash ? null : 'the model is another one';
  };
  return {
    build: buildStaleness(label, present),
    calibration: label.calibration ? other(label.calibration.texts, label.calibration.model) : null,
    scores: label.scorings.flatMap(({ out, version, texts: hash, model }) => {
      const because =
        version !== label.version
          ? `the label was version ${version}, it is ${label.version}`
          : other(hash, model);
      return because === null ? [] : [{ out, because }];
    }),
  };
}

function buildStaleness({ built, version }: OwnLabel, { entryHash }: Present): string | null {
  if (built === undefined) return null;
  if (built.version !== version) return `the label was version ${built.version}, it is ${version}`;
  const changed = Object.entries(built.entries ?? {}).find(
    ([key, hash]) => entryHash(key) !== hash,
  );
  return changed ? `the knowledge entry ${changed[0]} has changed` : null;
}
