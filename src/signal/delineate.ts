/**
 * Wave boundaries of a recording: by the learned segmenter where there is one (better on LUDB, see
 * eval/results/measure.json), else by wavelets.
 */
import type { EcgRecord } from '../ecg/record.js';
import { delineateClassical } from './delineate-classical.js';
import { delineateLearned } from './delineate-learned.js';
import type { Delineation } from './delineation.js';
import type { SegmentOptions, WaveSegmenter } from './segmenter.js';

/** @throws `model.input`, `model.crashed`, `request.aborted`, only with a segmenter */
export async function delineate(
  record: EcgRecord,
  segmenter: WaveSegmenter | undefined,
  options: SegmentOptions = {},
): Promise<Delineation> {
  return segmenter ? delineateLearned(record, segmenter, options) : delineateClassical(record);
}
