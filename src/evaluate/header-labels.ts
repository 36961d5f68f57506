/**
 * Labels from the codes in the recordings' own headers, as the PhysioNet Challenges 2020 and 2021 have them
 * (`#Dx:` with SNOMED CT codes): a label holds where a code stands for its very concept.
 */
import type { EcgRecord } from '../ecg/record.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { conceptOfCode } from '../knowledge/lookup.js';
import type { Dataset } from './dataset.js';

/** 0 or 1, one a label column of the description. */
export function headerTruth(record: EcgRecord, dataset: Dataset, knowledge: Knowledge): Uint8Array {
  const stated = new Set(record.codes.map((code) => conceptOfCode(knowledge, code)?.key));
  const labels = knowledge.labels[dataset.labelSet];
  return Uint8Array.from(dataset.labelColumns, (column) =>
    stated.has(labels.get(column)?.concept.key) ? 1 : 0,
  );
}
