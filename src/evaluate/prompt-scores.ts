/** Label texts as vectors, and the score of each label for each recording: the best cosine over its windows. */
import { basename } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import type { TextEncoder } from '../encoders/ports.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { resolveColumns } from '../knowledge/labels.js';
import type { LabelDefinition } from '../zeroshot/labels.js';
import { bestCosine, meanVector } from '../zeroshot/score.js';
import type { Dataset } from './dataset.js';
import type { EmbeddedRow } from './embed-rows.js';
import type { ScoredLabel } from './figures.js';

export interface PromptParts {
  readonly textEncoder: TextEncoder;
  /** One label's texts by the choice `name`, `ckepe` or a prompts file. */
  readonly define: (label: string, prompts: string) => Promise<LabelDefinition>;
}

export interface ZeroshotLabel {
  readonly name: string;
  readonly prompt: string;
}

/** Each column as a label within its set. */
export function labelNames(
  knowledge: Knowledge,
  columns: readonly string[],
  dataset: Dataset | undefined,
): string[] {
  if (dataset) return columns.map((column) => `${dataset.labelSet}:${column}`);
  try {
    return resolveColumns(knowledge, columns).map(({ set, key }) => `${set}:${key}`);
  } catch (error) {
    // A prompts file may define what the knowledge base does not know; `define` says what is wrong otherwise.
    if (PqrError.isInstance(error) && error.code.startsWith('label.')) return [...columns];
    throw error;
  }
}

export interface PromptChoiceVectors {
  /** The choice, or the name of the file. */
  readonly prompts: string;
  readonly vectors: readonly Float32Array[];
  readonly definitions: Readonly<Record<string, ZeroshotLabel>>;
}

export async function promptVectors(
  { define, textEncoder }: PromptParts,
  {
    labels,
    names,
    prompts,
  }: { labels: readonly string[]; names: readonly string[]; prompts: string },
): Promise<PromptChoiceVectors> {
  const vectors: Float32Array[] = [];
  const definitions: Record<string, ZeroshotLabel> = {};
  for (const [index, name] of names.entries()) {
    const label = await define(name, prompts);
    const encoded = await textEncoder.encode(label.prompts);
    vectors.push(meanVector(encoded, 0, label.prompts.length, textEncoder.dim));
    definitions[labels[index]!] = { name: label.name, prompt: label.prompts.join(' | ') };
  }
  return { prompts: basename(prompts), vectors, definitions };
}

export function scoreLabels(
  labels: readonly string[],
  rows: readonly EmbeddedRow[],
  vectors: readonly Float32Array[],
): ScoredLabel[] {
  return labels.map((key, index) => ({
    key,
    scores: Float64Array.from(rows, ({ rhythm }) => bestCosine(rhythm, vectors[index]!)),
    truth: Uint8Array.from(rows, ({ truth }) => truth[index]!),
  }));
}
