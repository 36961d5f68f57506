/** The labels of the knowledge base as commands and the API name, list and print them. */
import { PqrError } from '../ecg/errors.js';
import { BARE_LABEL_SETS, LABEL_SETS, type LabelSet } from '../knowledge/concept.js';
import type { Knowledge, Label } from '../knowledge/knowledge.js';
import { resolveLabel } from '../knowledge/labels.js';
import { defineLabels, type LabelDefinition, type PromptChoice } from '../zeroshot/labels.js';
import { loadPromptFile, type PromptTemplate } from '../zeroshot/prompts.js';
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

export class LabelBook {
  private readonly knowledge: Knowledge;
  private readonly template: PromptTemplate;

  constructor(knowledge: Knowledge, template: PromptTemplate) {
    this.knowledge = knowledge;
    this.template = template;
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
   * @param prompts `name`, `ckepe`, or the path of a prompts file
   * @throws `label.unknown`, `label.ambiguous`, `prompts.invalid`, `file.missing`
   */
  async define(labels: 'default' | readonly string[], prompts: string): Promise<LabelDefinition[]> {
    return defineLabels(this.knowledge, labels, await this.choice(prompts));
  }

  async choice(prompts: string): Promise<PromptChoice> {
    if (prompts === 'name') return { mode: 'name' };
    if (prompts === 'ckepe') return { mode: 'ckepe', template: this.template };
    return { mode: 'file', file: await loadPromptFile(prompts) };
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
