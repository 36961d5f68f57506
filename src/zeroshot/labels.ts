/** Label definitions: what is scored, and with which texts. */
import { PqrError } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import type { Concept, LabelSet } from '../knowledge/concept.js';
import type { Knowledge, Label } from '../knowledge/knowledge.js';
import { defaultLabels, resolveLabel } from '../knowledge/labels.js';
import type { Enrichment } from './enrich.js';
import type { OwnLabel } from './own-label.js';
import {
  composePrompts,
  PROMPTS_A_LABEL,
  type PromptFile,
  type PromptTemplate,
  withoutRepeats,
} from './prompts.js';

/** How a label's texts are made. */
export type PromptChoice =
  | { readonly mode: 'name' }
  | { readonly mode: 'ckepe'; readonly template: PromptTemplate }
  | { readonly mode: 'file'; readonly file: PromptFile };

/** Where a label's texts come from. */
export interface PromptSource {
  readonly mode: PromptChoice['mode'] | 'llm' | 'own';
  /** Version of the template that composed them. */
  readonly template?: string;
  /** Key of the knowledge entry they were made from. */
  readonly entry?: string;
  readonly file?: string;
  /** Which language model added to them, and when. */
  readonly model?: string;
  readonly date?: string;
  /** The entries it wrote from -> hash of what it was shown of each. */
  readonly entries?: Readonly<Record<string, string>>;
  /** Terms it wrote that no entry states; they are in no text. */
  readonly droppedCount?: number;
  /** Version of the user's own label. */
  readonly version?: number;
}

/** A label ready to score. Set `own`: defined by the user's texts alone. */
export interface LabelDefinition {
  readonly key: string;
  readonly set: LabelSet | 'own';
  readonly name: string;
  /** The knowledge entry it stands for; absent for the user's own. */
  readonly concept?: Concept;
  /** One text or more; their vectors are averaged. */
  readonly prompts: readonly string[];
  readonly promptSource: PromptSource;
  /** The user's own definition, where it is one. */
  readonly own?: OwnLabel;
}

/**
 * One label of the knowledge base with its texts. @throws `prompts.invalid` where a file lacks it.
 */
export function defineLabel(label: Label, choice: PromptChoice): LabelDefinition {
  const { key, set, concept } = label;
  const fixed = { key, set, name: concept.name, concept };
  if (choice.mode === 'name') {
    const promptSource = { mode: choice.mode, entry: concept.key };
    return { ...fixed, prompts: [concept.name], promptSource };
  }
  if (choice.mode === 'ckepe') {
    const prompts = composePrompts(concept, choice.template);
    const { version } = choice.template;
    const promptSource = { mode: choice.mode, template: version, entry: concept.key };
    return { ...fixed, prompts, promptSource };
  }
  const prompts = promptsFor(label, choice.file) ?? missing([key], choice.file);
  return { ...fixed, prompts, promptSource: { mode: 'file', file: choice.file.name } };
}

/** The label with the texts that a language model added; its own come first. */
export function withEnrichment(
  label: LabelDefinition,
  enrichment: Enrichment | undefined,
): LabelDefinition {
  if (enrichment === undefined) return label;
  const { model, date, entries, dropped, template } = enrichment;
  const written = { model, date, entries, droppedCount: dropped.length };
  const composed = label.promptSource.template;
  return {
    ...label,
    prompts: withoutRepeats([...label.prompts, ...enrichment.texts]).slice(0, PROMPTS_A_LABEL),
    promptSource: {
      ...label.promptSource,
      mode: label.set === 'own' ? 'own' : 'llm',
      template: composed ? `${composed}+${template}` : template,
      ...written,
    },
  };
}

/**
 * The labels that `texts` name, each once, in order; `default` means the 71 SCP-ECG statements.
 * With a prompts file, a text that the file holds and the knowledge base does not is a label of the
 * user's own.
 * @throws `label.unknown`, `label.ambiguous`, `prompts.invalid`, `limit.exceeded`
 */
export function defineLabels(
  knowledge: Knowledge,
  texts: readonly string[] | 'default',
  choice: PromptChoice,
): LabelDefinition[] {
  if (texts === 'default') {
    return defaultLabels(knowledge)
      .filter((label) => choice.mode !== 'file' || promptsFor(label, choice.file))
      .map((label) => defineLabel(label, choice));
  }
  checkLimit('labelCount', texts.length, 'The call');
  const defined = texts.map((text) => defineOne(knowledge, text.trim(), choice));
  const byLabel = new Map(defined.map((label) => [`${label.set}:${label.key}`, label]));
  return [...byLabel.values()];
}

function defineOne(knowledge: Knowledge, text: string, choice: PromptChoice): LabelDefinition {
  const own = choice.mode === 'file' ? choice.file.prompts.get(text) : undefined;
  const label = own ? resolvedOrUndefined(knowledge, text) : resolveLabel(knowledge, text);
  if (choice.mode !== 'file' || own === undefined) return defineLabel(label!, choice);
  const promptSource = { mode: choice.mode, file: choice.file.name };
  if (label === undefined) {
    return { key: text, set: 'own', name: text, prompts: own, promptSource };
  }
  const { key, set, concept } = label;
  return { key, set, name: concept.name, concept, prompts: own, promptSource };
}

/** A text of the user's file need not be a known label; one that is unclear is the user's own. */
function resolvedOrUndefined(knowledge: Knowledge, text: string): Label | undefined {
  try {
    return resolveLabel(knowledge, text);
  } catch (error) {
    if (PqrError.isInstance(error) && error.code.startsWith('label.')) return undefined;
    throw error;
  }
}

function promptsFor(label: Label, file: PromptFile): readonly string[] | undefined {
  const { key, set, concept } = label;
  return (
    file.prompts.get(`${set}:${key}`) ?? file.prompts.get(key) ?? file.prompts.get(concept.name)
  );
}

function missing(keys: readonly string[], file: PromptFile): never {
  throw new PqrError('prompts.invalid', `${file.name} has no prompt for ${keys.join(', ')}.`, {
    hint: 'Add it, or choose --prompts name or ckepe.',
    details: { labels: keys },
  });
}
