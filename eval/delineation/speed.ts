/** How long one recording takes, whole: beats, leads, network or wavelets, decision. */
import type { EcgRecord } from '../../src/ecg/record.js';
import { delineate } from '../../src/signal/delineate.js';
import type { WaveSegmenter } from '../../src/signal/segmenter.js';

const ROUNDS = 3;

/** Milliseconds a recording: each one's best of three, then the median and the largest over the recordings. */
export async function timeDelineation(
  records: readonly EcgRecord[],
  segmenter: WaveSegmenter | undefined,
) {
  const best = records.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, record] of records.entries()) {
      const start = performance.now();
      await delineate(record, segmenter);
      const took = performance.now() - start;
      if (round > 0) best[index] = Math.min(best[index]!, took); // the first round warms up
    }
  }
  const sorted = best.sort((a, b) => a - b);
  const rounded = (value: number) => Math.round(10 * value) / 10;
  return {
    records: records.length,
    medianMilliseconds: rounded(sorted[sorted.length >> 1]!),
    largestMilliseconds: rounded(sorted.at(-1)!),
  };
}
