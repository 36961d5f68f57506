/** Calibrating an own label: examples from a table, their scores, and what these teach. */
import { dirname, resolve } from 'node:path';
import type { Archive, FailedRecord, WorkOptions } from '../archive/ports.js';
import { assert } from '../ecg/errors.js';
import type { EcgEncoder } from '../encoders/ports.js';
import { calibrate } from '../zeroshot/calibration.js';
import { textsHash } from '../zeroshot/own-label.js';
import type { LabelScorer } from '../zeroshot/score.js';
import type { LabelBook, ListedOwnLabel } from './label-book.js';
import {
  type FileScoring,
  readExamples,
  scoreExampleFiles,
  scoreExamples,
} from './label-examples.js';

export interface CalibrationParts {
  readonly book: LabelBook;
  readonly scorer: LabelScorer;
  readonly ecgEncoder: EcgEncoder;
  /** Whose recordings the table names; without one it names files. */
  readonly archive?: Archive;
  readonly readEcg: FileScoring['readEcg'];
}

/** @throws `label.unknown`, `label.examples` */
export async function calibrateLabel(
  { book, scorer, ecgEncoder, archive, readEcg }: CalibrationParts,
  key: string,
  examplesPath: string,
  options: WorkOptions,
): Promise<{ label: ListedOwnLabel; failed: readonly FailedRecord[] }> {
  const { own } = book;
  assert(own, 'a label to calibrate is kept somewhere');
  const definition = own.definition(await own.get(key));
  const records = await readExamples(examplesPath, key);
  const [vector] = await scorer.vectors([definition], options.signal);
  const folder = dirname(resolve(examplesPath));
  const { examples, failed } = archive
    ? scoreExamples(archive, records, vector!, options.signal)
    : await scoreExampleFiles(records, vector!, { folder, readEcg, ecgEncoder }, options);
  const modelHash = ecgEncoder.model.hash;
  const calibration = calibrate(examples, {
    date: new Date().toISOString(),
    texts: textsHash(definition.prompts),
    model: modelHash,
  });
  return { label: book.shownOwn(await own.calibrate(key, calibration), modelHash), failed };
}
