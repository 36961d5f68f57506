/** The labels that users define: added, changed, built, listed. Where they are kept is the shelf's business. */
import type { LabelRow, LabelShelf } from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import { areExclusive } from '../knowledge/knowledge.js';
import { resolveLabel } from '../knowledge/labels.js';
import type { Calibration } from './calibration.js';
import { type Enrichment, type EnrichSubject, entryHash } from './enrich.js';
import type { LabelDefinition } from './labels.js';
import {
  type BuiltPrompts,
  checkDefinition,
  type LabelText,
  type OwnLabel,
  type Scoring,
  type Staleness,
  stalenessOf,
  withScoring,
} from './own-label.js';
import { checkedKey, freeKey, nameOf } from './own-label-names.js';
import { readLabel, toRow } from './own-label-rows.js';
import {
  composeTexts,
  conceptOf,
  definitionOf,
  sameBuild,
  type TextParts,
} from './own-label-texts.js';
import { PROMPTS_A_LABEL, withoutRepeats } from './prompts.js';

export interface OwnLabelsParts extends TextParts {
  readonly shelf: LabelShelf;
  /** Absent where no language model is configured. */
  readonly enricher?: (s: EnrichSubject, signal?: AbortSignal) => Promise<Enrichment | undefined>;
  readonly clock: () => Date;
}

export interface LabelChange {
  readonly label: OwnLabel;
  readonly change: 'added' | 'changed' | 'unchanged';
}

export class OwnLabels {
  private readonly parts: OwnLabelsParts;

  constructor(parts: OwnLabelsParts) {
    this.parts = parts;
  }

  async list(): Promise<OwnLabel[]> {
    return (await this.parts.shelf.list()).map(readLabel);
  }

  async find(key: string): Promise<OwnLabel | undefined> {
    const row = await this.parts.shelf.get(key);
    return row && readLabel(row);
  }

  /** @throws `label.unknown` */
  async get(key: string): Promise<OwnLabel> {
    return (await this.find(key)) ?? this.unknown(key);
  }

  /** Earlier versions, oldest first. */
  async past(key: string): Promise<OwnLabel[]> {
    return (await this.parts.shelf.past(key)).map(readLabel);
  }

  /**
   * Adds a label; the same key again changes it, which is a new version.
   * @param key made from the name where not given
   * @throws `label.invalid`, `label.exists` for a key that means something in the knowledge base,
   *   `label.unknown`, `label.ambiguous` for required and excluded concepts, `limit.exceeded`
   */
  async add(given: LabelText, key?: string): Promise<LabelChange> {
    const definition = this.checked(given);
    const chosen = checkedKey(
      this.parts.knowledge,
      key ?? freeKey(this.parts.knowledge, definition.name),
      key !== undefined,
    );
    const row = await this.parts.shelf.get(chosen);
    if (row) return this.replace(row, definition);
    const count = (await this.parts.shelf.list()).length;
    checkLimit('ownLabelCount', count + 1, 'The archive or file of labels');
    const now = this.now();
    const fixed = { key: chosen, version: 1, createdAt: now, changedAt: now, scorings: [] };
    const label: OwnLabel = { ...fixed, ...definition };
    await this.parts.shelf.put(toRow(label), undefined);
    return { label, change: 'added' };
  }

  /** Changes parts of a definition; what is not given stays. @throws as `add`, `label.unknown` */
  async change(key: string, given: Partial<LabelText>): Promise<LabelChange> {
    const row = (await this.parts.shelf.get(key)) ?? this.unknown(key);
    const { text, name, synonyms, requires, excludes } = readLabel(row);
    const isRenamed = given.text !== undefined && name === nameOf(text);
    const before = { text, synonyms, requires, excludes, ...(isRenamed ? {} : { name }) };
    return this.replace(row, this.checked({ ...before, ...given }));
  }

  async remove(key: string): Promise<boolean> {
    return this.parts.shelf.remove(key);
  }

  /**
   * Makes the texts of a label; a language model adds to them where one is configured and wanted.
   * @throws `label.unknown`, `llm.*`
   */
  async build(
    key: string,
    { withLlm, signal }: { readonly withLlm: boolean; readonly signal?: AbortSignal },
  ): Promise<OwnLabel> {
    const row = (await this.parts.shelf.get(key)) ?? this.unknown(key);
    const label = readLabel(row);
    const { texts, template } = composeTexts(this.parts, label);
    const { enricher } = this.parts;
    const concept = conceptOf(this.parts.knowledge, label);
    const subject = { name: label.name, texts: [label.text, ...label.synonyms] };
    const enrichment =
      withLlm && enricher
        ? await enricher(concept ? { ...subject, concept } : subject, signal)
        : undefined;
    const built: BuiltPrompts = {
      version: label.version,
      date: this.now(),
      texts: withoutRepeats([...texts, ...(enrichment?.texts ?? [])]).slice(0, PROMPTS_A_LABEL),
      template: enrichment ? `${template}+${enrichment.template}` : template,
      ...(enrichment && {
        model: enrichment.model,
        entries: enrichment.entries,
        droppedCount: enrichment.dropped.length,
      }),
    };
    const isSame = label.built && sameBuild(label.built, built);
    return isSame ? label : this.store(row, { ...label, built });
  }

  async calibrate(key: string, calibration: Calibration): Promise<OwnLabel> {
    const row = (await this.parts.shelf.get(key)) ?? this.unknown(key);
    return this.store(row, { ...readLabel(row), calibration });
  }

  /** Remembers that scores of a label were written. */
  async noteScoring(key: string, scoring: Scoring): Promise<void> {
    const row = await this.parts.shelf.get(key);
    if (row) await this.store(row, withScoring(readLabel(row), scoring));
  }

  /** The label ready to score: with the texts built for this version, else composed. */
  definition(label: OwnLabel): LabelDefinition {
    return definitionOf(this.parts, label);
  }

  staleness(label: OwnLabel, modelHash?: string): Staleness {
    const { byKey } = this.parts.knowledge;
    return stalenessOf(label, {
      texts: definitionOf(this.parts, label).prompts,
      ...(modelHash !== undefined && { modelHash }),
      entryHash: (key) => {
        const concept = byKey.get(key);
        return concept && entryHash(concept);
      },
    });
  }

  private async replace(
    row: LabelRow,
    definition: ReturnType<OwnLabels['checked']>,
  ): Promise<LabelChange> {
    const before = readLabel(row);
    const { text, name, synonyms, requires, excludes } = before;
    const same = JSON.stringify([text, name, synonyms, requires, excludes]);
    const now = definition;
    if (same === JSON.stringify([now.text, now.name, now.synonyms, now.requires, now.excludes])) {
      return { label: before, change: 'unchanged' };
    }
    const changed = { ...before, ...definition, version: before.version + 1 };
    const label = await this.store(row, { ...changed, changedAt: this.now() });
    return { label, change: 'changed' };
  }

  private async store(before: LabelRow, label: OwnLabel): Promise<OwnLabel> {
    await this.parts.shelf.put(toRow(label), before);
    return label;
  }

  /** A definition with its name and with concepts by key. */
  private checked(given: LabelText) {
    const { text, name, synonyms, requires, excludes } = checkDefinition(given);
    const required = this.conceptKeys(requires);
    const excluded = this.conceptKeys(excludes);
    const both = required.find((key) => excluded.includes(key));
    if (both !== undefined) {
      throw new PqrError('label.invalid', `The label requires and excludes ${both}.`);
    }
    this.checkTogether(required);
    const fixed = { text, name: name ?? nameOf(text), synonyms: withoutRepeats(synonyms) };
    return { ...fixed, requires: required, excludes: excluded };
  }

  /** What excludes each other cannot both be required: the label would fit no recording. */
  private checkTogether(keys: readonly string[]): void {
    const concepts = keys.map((key) => this.parts.knowledge.byKey.get(key)!);
    for (const [at, one] of concepts.entries()) {
      const other = concepts.slice(at + 1).find((later) => areExclusive(one, later));
      if (other === undefined) continue;
      const told = `The label requires ${one.key} and ${other.key}, which exclude each other.`;
      throw new PqrError('label.invalid', told);
    }
  }

  private conceptKeys(names: readonly string[]): string[] {
    const keys = names.map((name) => {
      const known = this.parts.knowledge.byKey.get(name);
      return (known ?? resolveLabel(this.parts.knowledge, name).concept).key;
    });
    return [...new Set(keys)];
  }

  private now(): string {
    return this.parts.clock().toISOString();
  }

  private unknown(key: string): never {
    throw new PqrError('label.unknown', `There is no own label ${key.slice(0, 80)}.`, {
      hint: '`pqrsearch labels list --own` lists them; `labels add` makes one.',
      details: { label: key.slice(0, 80) },
    });
  }
}
