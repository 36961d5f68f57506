/**
 * MERL's zero-shot protocol (arXiv 2403.06659, utils/zeroshot_val.py of its repository): cosine between a
 * recording's vector and that of each label's prompt, AUROC a label and their mean, F1 at the best threshold and
 * accuracy above it. Added to it: intervals by patient, average precision, recordings of a model's own training
 * left out, several prompt choices compared on the same vectors. Where a recording has several windows, the
 * best counts.
 */
import type { FailedRecord, WorkOptions } from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';
import { lacksText } from '../encoders/features.js';
import type { ModelFolder } from '../encoders/model-folder.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import type { Dataset } from './dataset.js';
import { type EmbedParts, embedRows } from './embed-rows.js';
import {
  compareScorings,
  figuresOf,
  type PairedComparison,
  REPLICATES,
  SEED,
  type SetFigures,
} from './figures.js';
import { headerTruth } from './header-labels.js';
import { findTable, headerRows } from './inputs.js';
import { type LabelRow, readLabelTable } from './label-table.js';
import {
  labelNames,
  type PromptChoiceVectors,
  type PromptParts,
  promptVectors,
  scoreLabels,
  type ZeroshotLabel,
} from './prompt-scores.js';
import { firstSecondsOf } from './protocol.js';
import { readTrainedRecords } from './trained-records.js';

export interface ZeroshotParts extends EmbedParts, PromptParts {
  readonly folder: ModelFolder;
  readonly knowledge: Knowledge;
}

export interface ZeroshotCall extends WorkOptions {
  readonly recordsFolder: string;
  /** A table of labels; where absent, `dataset` says what to look for. */
  readonly labelsPath?: string;
  readonly dataset?: Dataset;
  readonly where?: string;
  /** `ckepe`, `name` or the path of a prompts file; the others are compared with the first. */
  readonly prompts: readonly string[];
  readonly includeTrained: boolean;
}

export interface PromptComparison extends PairedComparison {
  readonly prompts: string;
  readonly figures: SetFigures;
}

export interface ZeroshotResult extends SetFigures {
  readonly n: number;
  readonly model: string;
  readonly modelVersion: string;
  readonly modelHash: string;
  readonly prompts: string;
  readonly dataset: string | null;
  readonly where: string | null;
  readonly patients: number;
  readonly bootstrap: { readonly seed: number; readonly replicates: number };
  /** Figures whose threshold was chosen on the recordings they are measured on. */
  readonly optimistic: readonly ['f1', 'accuracy'];
  /** Seconds from the start that counted, by the protocol of the model's kind; null for all. */
  readonly firstSeconds: number | null;
  readonly definitions: Readonly<Record<string, ZeroshotLabel>>;
  readonly comparisons: readonly PromptComparison[];
  readonly trained: { readonly records: readonly string[]; readonly included: boolean };
  readonly failed: readonly FailedRecord[];
  readonly warnings: readonly string[];
}

/**
 * @throws `metadata.invalid`, `label.*`, `prompts.invalid`, `query.where`, `file.missing` where no recording is
 *   there, `model.feature` where the model has no text side
 */
export async function evaluateZeroshot(
  parts: ZeroshotParts,
  call: ZeroshotCall,
): Promise<ZeroshotResult> {
  const { folder, textEncoder, knowledge } = parts;
  if (!textEncoder.model.levels.rhythm?.sharedWithText) throw lacksText(textEncoder.model);
  const { labels, rows, where, warnings } = await readSet(call);
  const names = labelNames(knowledge, labels, call.dataset);
  const choices: PromptChoiceVectors[] = [];
  for (const prompts of call.prompts)
    choices.push(await promptVectors(parts, { labels, names, prompts }));
  const trained = await readTrainedRecords(folder);
  if (trained.isUnknown)
    warnings.push(`${folder.identity.name} does not say which recordings it was trained on.`);
  const { dataset } = call;
  const firstSeconds = firstSecondsOf(folder.manifest.kind, dataset);
  const set = await embedRows(parts, {
    ...call,
    folder: call.recordsFolder,
    rows,
    findByName: dataset?.findByName ?? false,
    firstSeconds,
    trained,
    ...(dataset?.labels === 'header-codes' && {
      truthOf: (record) => headerTruth(record, dataset, knowledge),
    }),
  });
  if (set.rows.length === 0) throw nothingLeft(call, set.failed, set.trained.length);
  const groups = set.rows.map(({ group }) => group);
  const scored = choices.map(({ vectors }) => scoreLabels(labels, set.rows, vectors));
  const [first, ...others] = choices;
  const figures = figuresOf(scored[0]!, groups);
  return {
    n: set.rows.length,
    model: folder.identity.name,
    prompts: first!.prompts,
    ...figures,
    modelVersion: folder.identity.version,
    modelHash: folder.identity.hash,
    dataset: dataset?.name ?? null,
    where: where ?? null,
    patients: new Set(groups).size,
    bootstrap: { seed: SEED, replicates: REPLICATES },
    optimistic: ['f1', 'accuracy'],
    firstSeconds: firstSeconds ?? null,
    definitions: first!.definitions,
    comparisons: others.map(({ prompts }, index) => ({
      prompts,
      figures: figuresOf(scored[index + 1]!, groups),
      ...compareScorings(scored[0]!, scored[index + 1]!, groups),
    })),
    trained: { records: set.trained, included: call.includeTrained },
    failed: set.failed,
    warnings,
  };
}

interface ReadSet {
  readonly labels: readonly string[];
  readonly rows: readonly LabelRow[];
  readonly where: string | undefined;
  readonly warnings: string[];
}

async function readSet({
  labelsPath,
  dataset,
  where,
  recordsFolder,
}: ZeroshotCall): Promise<ReadSet> {
  if (dataset?.labels === 'header-codes' && labelsPath === undefined) {
    const rows = await headerRows(recordsFolder, {
      where,
      labelCount: dataset.labelColumns.length,
    });
    return { labels: dataset.labelColumns, rows, where, warnings: [] };
  }
  const path = labelsPath ?? (await findTable(recordsFolder, dataset!));
  const chosen = where ?? dataset?.test;
  const { labels, rows, ignoredColumns } = await readLabelTable({
    path,
    ...(dataset && { dataset }),
    ...(chosen !== undefined && { where: chosen }),
  });
  const warnings = ignoredColumns.map(
    (column) => `Column ${column} holds no 0 and 1; it is no label.`,
  );
  return { labels, rows, where: chosen, warnings };
}

function nothingLeft(
  { recordsFolder }: ZeroshotCall,
  failed: readonly FailedRecord[],
  trainedCount: number,
): PqrError {
  if (failed.length === 0) {
    return new PqrError(
      'metadata.invalid',
      `The model was trained on all ${trainedCount} recordings.`,
      {
        hint: 'Give recordings it has not seen, or --include-trained.',
      },
    );
  }
  const { path, message } = failed[0]!;
  return new PqrError(
    'file.missing',
    `None of ${failed.length} recordings under ${recordsFolder} can be evaluated; the first is ${path}: ${message}`,
    { hint: 'The record column holds paths below --records, without extension.' },
  );
}
