/** The part of the composition root that measures a model and the quality judge on recordings. */
import type { Model } from './app-models.js';
import type { Config } from './config.js';
import type { EcgRecord } from './ecg/record.js';
import { loadDataset } from './evaluate/dataset.js';
import { evaluateQuality, type QualityResult } from './evaluate/quality.js';
import { evaluateZeroshot, type ZeroshotCall, type ZeroshotResult } from './evaluate/zeroshot.js';
import { findRecordings } from './formats/find.js';
import { readEcg } from './formats/read.js';
import type { ReadOptions } from './formats/read-options.js';
import type { Knowledge } from './knowledge/knowledge.js';
import type { LabelBook } from './server/label-book.js';

export type ZeroshotAppCall = Omit<ZeroshotCall, 'dataset'> & { datasetName?: string };

export interface QualityAppCall {
  readonly recordsFolder: string;
  readonly labelsPath?: string;
  readonly signal?: AbortSignal;
}

export async function runZeroshot(
  { labelBook, ...model }: Model & { knowledge: Knowledge; labelBook: LabelBook },
  config: Config,
  { datasetName, ...call }: ZeroshotAppCall,
): Promise<ZeroshotResult> {
  const dataset =
    datasetName === undefined ? undefined : await loadDataset(config.datasetsFolder, datasetName);
  const define = async (label: string, prompts: string) =>
    (await labelBook.define([label], prompts))[0]!;
  const parts = { ...model, define, readEcg };
  return evaluateZeroshot(parts, { ...call, ...(dataset && { dataset }) });
}

export function runQuality(
  read: (source: string, options: ReadOptions) => Promise<EcgRecord>,
  { recordsFolder, ...rest }: QualityAppCall,
): Promise<QualityResult> {
  const options = rest.signal ? { signal: rest.signal } : {};
  return evaluateQuality({
    ...rest,
    found: recordingsBelow(recordsFolder, options),
    read: (source) => read(source, options),
  });
}

/**
 * What can be read below a folder; a file that cannot even be found says so when it is read.
 * @throws what is wrong with the folder itself
 */
async function* recordingsBelow(folder: string, options: { signal?: AbortSignal }) {
  const root = folder.replace(/\/+$/, '');
  for await (const found of findRecordings([folder], options)) {
    if (found.error && found.path.replace(/\/+$/, '') === root) throw found.error;
    const name = found.path.slice(root.length + 1);
    yield { name, source: found.error ? found.path : found.file };
  }
}
