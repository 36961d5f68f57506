/** The labels of the knowledge base as commands and the API name, list and print them. */
import { join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import { BARE_LABEL_SETS, LABEL_SETS, type LabelSet } from '../knowledge/concept.js';
import { type Knowledge, type Label, labelsOfConcept } from '../knowledge/knowledge.js';
import { resolveLabel } from '../knowledge/labels.js';
import type { Check, Checks } from '../zeroshot/checks.js';
import type { Enrichment, EnrichSubject } from '../zeroshot/enrich.js';
import {
  defineLabel,
  defineLabels,
  type LabelDefinition,
  type PromptChoice,
  withEnrichment,
} from '../zeroshot/labels.js';
import { type Outcome, outcomeOf } from '../zeroshot/outcome.js';
import type { OwnLabel, Staleness } from '../zeroshot/own-label.js';
import type { OwnLabels } from '../zeroshot/own-labels.js';
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

/** A label of the user's own, with what is out of date about it. */
export interface ListedOwnLabel extends ListedLabel {
  readonly set: 'own';
  readonly text: string;
  readonly version: number;
  readonly requires: readonly string[];
  readonly excludes: readonly string[];
  readonly createdAt: string;
  readonly changedAt: string;
  /** The texts it is scored with. */
  readonly prompts: readonly string[];
  readonly promptSource: LabelScore['promptSource'];
  readonly calibration: OwnLabel['calibration'] | null;
  readonly stale: Staleness;
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
  /** Why it cannot be, whatever its score; and what speaks for it. */
  readonly vetoed: readonly Check[];
  readonly supportedBy: readonly Check[];
  /** Of the user's own labels only; no percentile is a probability. */
  readonly version?: number;
  readonly probability?: number | null;
  readonly calibration?: Outcome['calibration'];
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
  /** Labels of the user's own; absent where neither archive nor file was named. */
  readonly own?: OwnLabels;
}

const TEMPLATE_VERSION = /^compose-\d{1,4}$/;

export class LabelBook {
  private readonly parts: LabelBookParts;
  private readonly knowledge: Knowledge;

  constructor(parts: LabelBookParts) {
    this.parts = parts;
    this.knowledge = parts.knowledge;
  }

  get own(): OwnLabels | undefined {
    return this.parts.own;
  }

  /** The labels of the knowledge base. */
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
    const choice = await this.choice(prompts);
    if (labels !== 'default') checkLimit('labelCount', labels.length, 'The call');
    const own = labels === 'default' ? new Map<string, OwnLabel>() : await this.ownOf(labels);
    const ordered =
      labels === 'default' || own.size === 0
        ? defineLabels(this.knowledge, labels, choice)
        : this.inOrder(labels, own, choice);
    if (prompts !== 'llm') return ordered;
    const enriched: LabelDefinition[] = [];
    for (const label of ordered) {
      enriched.push(label.set === 'own' ? label : await this.enriched(label, signal));
    }
    return enriched;
  }

  /** The texts of `labels` that name own labels: `KEY` or `own:KEY`. */
  private async ownOf(labels: readonly string[]): Promise<Map<string, OwnLabel>> {
    const found = new Map<string, OwnLabel>();
    for (const text of labels) {
      const { own } = this.parts;
      const key = text.trim().replace(/^own:/, '');
      const label = await own?.find(key);
      if (label) found.set(text, label);
      else if (text.trim().startsWith('own:')) await (own?.get(key) ?? noOwn(key));
    }
    return found;
  }

  private inOrder(
    texts: readonly string[],
    own: ReadonlyMap<string, OwnLabel>,
    choice: PromptChoice,
  ): LabelDefinition[] {
    const defined = texts.flatMap((text) => {
      const label = own.get(text);
      return label
        ? [this.parts.own!.definition(label)]
        : defineLabels(this.knowledge, [text], choice);
    });
    return [...new Map(defined.map((label) => [`${label.set}:${label.key}`, label])).values()];
  }

  /** A knowledge entry as a label, composed: what own labels require or exclude is scored so. */
  conceptDefinition(key: string): LabelDefinition | undefined {
    const concept = this.knowledge.byKey.get(key);
    const label = concept && labelsOfConcept(this.knowledge, concept)[0];
    return label && defineLabel(label, { mode: 'ckepe', template: this.parts.template });
  }

  /** @param modelHash of the model that scores */
  async listOwn(modelHash?: string): Promise<ListedOwnLabel[]> {
    const labels = (await this.parts.own?.list()) ?? [];
    return labels.map((label) => this.shownOwn(label, modelHash));
  }

  shownOwn(label: OwnLabel, modelHash?: string): ListedOwnLabel {
    const { built: _, scorings: __, calibration, ...shown } = label;
    const { prompts, promptSource } = this.parts.own!.definition(label);
    const stale = this.parts.own!.staleness(label, modelHash);
    const listed = { ...shown, set: 'own' as const, code: label.key };
    return { ...listed, prompts, promptSource, calibration: calibration ?? null, stale };
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

  shape(scored: LabelScore, checks: Checks, modelHash: string): ScoredLabel {
    const { set, name, score, percentile, prompts, promptSource, own } = scored;
    const { vetoed, supportedBy } = checks;
    const outcome = own && outcomeOf(own, { ...scored, vetoed }, modelHash);
    const { decision } = outcome ?? scored;
    const probability = outcome?.probability ?? null;
    return {
      key: this.keyOf(scored),
      name,
      set,
      score: Math.round(score * 1e4) / 1e4,
      percentile: percentile === null ? null : Math.round(percentile * 10) / 10,
      decision,
      prompt: prompts.join(' | '),
      promptSource,
      vetoed,
      supportedBy,
      ...(outcome && {
        version: own.version,
        probability: probability === null ? null : Math.round(probability * 1e4) / 1e4,
        calibration: outcome.calibration,
      }),
    };
  }

  /** What to type for a label. */
  keyOf({ set, key }: Pick<LabelDefinition, 'set' | 'key'>): string {
    return set === 'own' ? key : this.typedKey(set, key);
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

function noOwn(key: string): never {
  throw new PqrError('label.unknown', `There is no own label ${key.slice(0, 80)}.`, {
    hint: 'Own labels are kept in an archive or a file: name it with --archive or --label-file.',
  });
}

export function noLlm(): PqrError {
  return new PqrError('llm.off', 'No language model is configured.', {
    hint: 'Set PQRSEARCH_LLM_URL and PQRSEARCH_LLM_MODEL (docs/llm.md), or use prompts ckepe.',
  });
}
