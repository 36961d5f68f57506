/** The labels of the knowledge base as commands and the API name, list and print them. */
import { join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { BARE_LABEL_SETS, LABEL_SETS, type LabelSet } from '../knowledge/concept.js';
import type { Knowledge, Label } from '../knowledge/knowledge.js';
import { resolveLabel } from '../knowledge/labels.js';
import type { Enrichment, EnrichSubject } from '../zeroshot/enrich.js';
import {
  defineLabels,
  type LabelDefinition,
  type PromptChoice,
  withEnrichment,
} from '../zeroshot/labels.js';
import { loadPromptFile, loadPromptTemplate, type PromptTemplate } from '../zeroshot/prompts.js';
import type { LabelScore } from '../zeroshot/score.js';

export interface ListedLabel {
  /** What to type: bare where that is clear, else with its set. */
  readonly key: string;
  readonly name: string;
  readonly set: string;
  readonly code: string;
  readonly synonyms: readonly string[];
}

export interface ScoredLabel {
  readonly key: string;
  readonly name: string;
  readonly set: string;
  readonly score: number;
  readonly percentile: number | null;
  readonly decision: string | null;
  /** The texts the score stands for; their vectors were averaged. */
  readonly prompt: string;
  readonly promptSource: LabelScore['promptSource'];
}

/** Adds to a label what a language model writes from the knowledge base. */
export type Enricher = (
  subject: EnrichSubject,
  signal?: AbortSignal,
) => Promise<Enrichment | undefined>;

export interface LabelBookParts {
  readonly knowledge: Knowledge;
  /** What `ckepe` composes with. */
  readonly template: PromptTemplate;
  /** Where the templates lie that can be chosen by their version. */
  readonly promptsFolder: string;
  /** Absent where no language model is configured. */
  readonly enricher?: Enricher;
}

const TEMPLATE_VERSION = /^compose-\d{1,4}$/;

export class LabelBook {
  private readonly parts: LabelBookParts;
  private readonly knowledge: Knowledge;

  constructor(parts: LabelBookParts) {
    this.parts = parts;
    this.knowledge = parts.knowledge;
  }

  list(): ListedLabel[] {
    return LABEL_SETS.flatMap((set) => [...this.knowledge.labels[set].values()]).map((label) => ({
      key: this.typedKey(label.set, label.key),
      name: label.concept.name,
      set: label.set,
      code: label.key,
      synonyms: [...label.concept.synonyms, ...label.concept.synonymsDe],
    }));
  }

  /**
   * @param prompts `name`, `ckepe`, the version of a template, `llm`, or the path of a prompts file
   * @throws `label.unknown`, `label.ambiguous`, `prompts.invalid`, `file.missing`, `llm.*`
   */
  async define(
    labels: 'default' | readonly string[],
    prompts: string,
    signal?: AbortSignal,
  ): Promise<LabelDefinition[]> {
    const defined = defineLabels(this.knowledge, labels, await this.choice(prompts));
    if (prompts !== 'llm') return defined;
    const enriched: LabelDefinition[] = [];
    for (const label of defined) enriched.push(await this.enriched(label, signal));
    return enriched;
  }

  async choice(prompts: string): Promise<PromptChoice> {
    if (prompts === 'name') return { mode: 'name' };
    const { template, promptsFolder } = this.parts;
    if (prompts === 'ckepe' || prompts === 'llm') return { mode: 'ckepe', template };
    if (TEMPLATE_VERSION.test(prompts)) {
      const path = join(promptsFolder, `${prompts}.json`);
      return { mode: 'ckepe', template: await loadPromptTemplate(path) };
    }
    return { mode: 'file', file: await loadPromptFile(prompts) };
  }

  private async enriched(label: LabelDefinition, signal?: AbortSignal): Promise<LabelDefinition> {
    const { enricher } = this.parts;
    if (enricher === undefined) throw noLlm();
    const { name, concept, prompts } = label;
    const subject = concept ? { name, concept, texts: [name] } : { name, texts: prompts };
    return withEnrichment(label, await enricher(subject, signal));
  }

  shape({
    key,
    set,
    name,
    score,
    percentile,
    decision,
    prompts,
    promptSource,
  }: LabelScore): ScoredLabel {
    return {
      key: set === 'own' ? key : this.typedKey(set, key),
      name,
      set,
      score: Math.round(score * 1e4) / 1e4,
      percentile: percentile === null ? null : Math.round(percentile * 10) / 10,
      decision,
      prompt: prompts.join(' | '),
      promptSource,
    };
  }

  /** The shortest form that means exactly this label when it is typed. */
  private typedKey(set: LabelSet, key: string): string {
    if (!BARE_LABEL_SETS.includes(set)) return `${set}:${key}`;
    const wanted = this.knowledge.labels[set].get(key);
    const forms = set.startsWith('ptbxl-') ? [key, `ptbxl:${key}`] : [key];
    return forms.find((form) => this.resolved(form) === wanted) ?? `${set}:${key}`;
  }

  private resolved(text: string): Label | undefined {
    try {
      return resolveLabel(this.knowledge, text);
    } catch (error) {
      if (PqrError.isInstance(error)) return undefined;
      throw error;
    }
  }
}

export function noLlm(): PqrError {
  return new PqrError('llm.off', 'No language model is configured.', {
    hint: 'Set PQRSEARCH_LLM_URL and PQRSEARCH_LLM_MODEL (docs/llm.md), or use prompts ckepe.',
  });
}
