/** The probabilities that models/delineator/train.py wrote of records that a network had not seen. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT_CLASSES, type WaveSegmenter } from '../../src/signal/segmenter.js';

/** A segmenter that knows one record: the rows given of its leads. Undefined where nothing was written of it. */
export function heldOutSegmenter(
  folder: string,
  name: string,
  leadRows: readonly number[],
): WaveSegmenter | undefined {
  const path = join(folder, `${name}.f32`);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return {
    name: 'held-out',
    samplingRateHz: 250,
    async segment(leads) {
      const size = SEGMENT_CLASSES.length * leads[0]!.length;
      const picked = new Float32Array(leadRows.length * size);
      leadRows.forEach((row, at) => {
        picked.set(values.subarray(row * size, (row + 1) * size), at * size);
      });
      return picked;
    },
    close: async () => undefined,
  };
}
