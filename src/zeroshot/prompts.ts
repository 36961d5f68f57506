/**
 * The texts that stand for a label: its plain name, texts composed from its knowledge entry, or
 * texts of the user's file. Composing fills a versioned template (prompts/compose-*.json); no
 * language model takes part. The idea of prompts enriched from a knowledge base (CKEPE) is MERL's
 * (arXiv 2403.06659).
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS } from '../ecg/limits.js';
import type { Concept } from '../knowledge/concept.js';
import { criterionText, findingText } from './statements.js';

const PLACEHOLDER = /\{(name|synonym|synonymDe|definition|finding|criterion)\}/g;
/** More texts than this say nothing more of a label. */
export const PROMPTS_A_LABEL = 32;
const PROMPT_FILE_BYTES = 1024 * 1024;

const templateSchema = z.strictObject({
  version: z.string().min(1),
  about: z.string(),
  synonymCount: z.int().min(0).max(PROMPTS_A_LABEL),
  findingCount: z.int().min(0).max(PROMPTS_A_LABEL).default(0),
  criterionCount: z.int().min(0).max(PROMPTS_A_LABEL).default(0),
  texts: z.array(z.string().min(1)).min(1).max(PROMPTS_A_LABEL),
});
export type PromptTemplate = Readonly<z.infer<typeof templateSchema>>;

const promptText = z.string().trim().min(1).max(DEFAULT_LIMITS.queryBytes);
const promptFileSchema = z.record(
  z.string().min(1),
  z.union([
    promptText.transform((text) => [text]),
    z.array(promptText).min(1).max(PROMPTS_A_LABEL),
  ]),
);

/** A user's own prompts: label as typed, key or `set:key` -> texts. */
export interface PromptFile {
  readonly name: string;
  readonly prompts: ReadonlyMap<string, readonly string[]>;
}

/** Reads a template of the prompts folder. @throws `prompts.invalid` */
export async function loadPromptTemplate(path: string): Promise<PromptTemplate> {
  return readChecked(path, templateSchema);
}

/**
 * Reads a JSON object of label -> text or texts.
 * @throws `file.missing`, `prompts.invalid`, `limit.exceeded`
 */
export async function loadPromptFile(path: string): Promise<PromptFile> {
  const prompts = await readChecked(path, promptFileSchema);
  checkLimit('labelCount', Object.keys(prompts).length, basename(path));
  return { name: basename(path), prompts: new Map(Object.entries(prompts)) };
}

/** The texts that a template makes of an entry, without repeats, in the template's order. */
export function composePrompts(concept: Concept, template: PromptTemplate): string[] {
  return withoutRepeats(template.texts.flatMap((text) => fill(text, concept, template)));
}

/** Each text once, whatever its case, in the order given. */
export function withoutRepeats(texts: readonly string[]): string[] {
  const seen = new Set<string>();
  return texts.filter((text) => {
    const folded = text.toLowerCase();
    if (seen.has(folded)) return false;
    seen.add(folded);
    return true;
  });
}

/** A text with a placeholder for one of several gives one text for each of them. */
function fill(text: string, concept: Concept, template: PromptTemplate): string[] {
  const { name, definition } = concept;
  const several: Record<string, readonly string[]> = {
    synonym: concept.synonyms.slice(0, template.synonymCount),
    synonymDe: concept.synonymsDe.slice(0, template.synonymCount),
    finding: (concept.leadFindings ?? []).slice(0, template.findingCount).map(findingText),
    criterion: (concept.criteria ?? [])
      .filter(({ supporting }) => !supporting)
      .slice(0, template.criterionCount)
      .map(criterionText),
  };
  const fillWith = (own: Record<string, string>) =>
    text.replace(PLACEHOLDER, (_, field: string) => own[field] ?? '');
  const [field, values] =
    Object.entries(several).find(([one]) => text.includes(`{${one}}`)) ?? ([] as never[]);
  if (field === undefined) return [fillWith({ name, definition })];
  return values!.map((value) => fillWith({ name, definition, [field]: value }));
}

/** Reads a JSON file of the prompts folder or of a user. @throws `file.missing`, `prompts.invalid` */
export async function readChecked<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readJson(path));
  if (parsed.success) return parsed.data;
  throw new PqrError(
    'prompts.invalid',
    `${basename(path)} does not fit: ${z.prettifyError(parsed.error)}`,
    {
      hint: 'A prompts file is one JSON object: {"AFIB": "atrial fibrillation", "X": ["a", "b"]}.',
    },
  );
}

async function readJson(path: string): Promise<unknown> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new PqrError('file.missing', `There is no readable file ${path}.`, { cause });
  });
  if (size > PROMPT_FILE_BYTES) {
    const told = `${basename(path)} has ${size} bytes, at most ${PROMPT_FILE_BYTES} are read.`;
    throw new PqrError('limit.exceeded', told);
  }
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PqrError('file.unreadable', `${path} could not be read.`, { cause });
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')); // editors on Windows write a byte order mark
  } catch (cause) {
    throw new PqrError('prompts.invalid', `${basename(path)} is not JSON.`, { cause });
  }
}
