/** The texts that an own label is scored by: composed from its sentence and synonyms, or as they were built. */
import { z } from 'zod';
import type { Concept } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { find } from '../knowledge/lookup.js';
import type { LabelDefinition } from './labels.js';
import type { BuiltPrompts, OwnLabel } from './own-label.js';
import {
  composePrompts,
  PROMPTS_A_LABEL,
  type PromptTemplate,
  readChecked,
  withoutRepeats,
} from './prompts.js';

const ownTemplateSchema = z.strictObject({
  version: z.string().min(1),
  about: z.string(),
  texts: z.array(z.string().min(1)).min(1).max(8),
});
export type OwnTemplate = Readonly<z.infer<typeof ownTemplateSchema>>;

/** @throws `prompts.invalid` */
export function loadOwnTemplate(path: string): Promise<OwnTemplate> {
  return readChecked(path, ownTemplateSchema);
}

export interface TextParts {
  readonly knowledge: Knowledge;
  readonly template: OwnTemplate;
  /** For a sentence that is the name of an entry. */
  readonly composeTemplate: PromptTemplate;
}

/** The entry whose name the whole sentence is. */
export function conceptOf(knowledge: Knowledge, { text }: OwnLabel): Concept | undefined {
  const whole = find(knowledge, text).filter(({ score }) => score === 1);
  return whole.length === 1 && whole[0]!.assertion === 'present' ? whole[0]!.concept : undefined;
}

/** The texts of a label without a language model. */
export function composeTexts(
  parts: TextParts,
  label: OwnLabel,
): { texts: string[]; template: string } {
  const { template, composeTemplate } = parts;
  const own = template.texts.flatMap((text) => {
    const values = text.includes('{synonym}') ? label.synonyms : [''];
    return values.map((synonym) =>
      text.replace(/\{(text|name|synonym)\}/g, (_, field: 'text' | 'name' | 'synonym') =>
        field === 'synonym' ? synonym : label[field],
      ),
    );
  });
  const concept = conceptOf(parts.knowledge, label);
  const more = concept ? composePrompts(concept, composeTemplate) : [];
  return {
    texts: withoutRepeats([...own, ...more]).slice(0, PROMPTS_A_LABEL),
    template: concept ? `${template.version}+${composeTemplate.version}` : template.version,
  };
}

/** The label ready to score: with the texts built for this version, else composed. */
export function definitionOf(parts: TextParts, label: OwnLabel): LabelDefinition {
  const { key, name, version, built } = label;
  const concept = conceptOf(parts.knowledge, label);
  const isBuilt = built?.version === version;
  const { texts, template } = isBuilt ? built : composeTexts(parts, label);
  const written = isBuilt && built.model ? builtSource(built) : {};
  return {
    ...{ key, set: 'own', name, prompts: texts, own: label },
    ...(concept && { concept }),
    promptSource: {
      mode: 'own',
      template,
      version,
      ...(concept && { entry: concept.key }),
      ...written,
    },
  };
}

/** Whether two builds differ in their date only. */
export function sameBuild(a: BuiltPrompts, b: BuiltPrompts): boolean {
  const parts = ({ date: _, ...rest }: BuiltPrompts) => JSON.stringify(rest);
  return parts(a) === parts(b);
}

function builtSource({ model, date, entries, droppedCount }: BuiltPrompts) {
  return {
    date,
    ...(model !== undefined && { model }),
    ...(entries && { entries }),
    ...(droppedCount !== undefined && { droppedCount }),
  };
}
