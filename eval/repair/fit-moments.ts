/** Second moments of the eight independent leads, the mean over recordings, each without its baseline. */
import { readEcg } from '../../src/formats/read.js';
import { butterworthHighpass, filterZeroPhase } from '../../src/signal/filter.js';
import { fillGaps } from '../../src/signal/gaps.js';
import { INDEPENDENT_LEADS, type LeadMoments } from '../../src/signal/lead-map.js';
import { selectLeads } from '../../src/signal/leads.js';

/** On fold 9, 0.001 and 0.01 are alike in three digits. */
const RIDGE = 0.001;
/** Slower than any wave: the baseline would count as signal that leads do not share. */
const BASELINE_HZ = 0.5;
const SIZE = INDEPENDENT_LEADS.length;

export async function fitMoments(paths: readonly string[]): Promise<LeadMoments> {
  const sums = new Float64Array(SIZE * SIZE);
  for (const path of paths) {
    const leads = await leadsOf(path);
    for (let row = 0; row < SIZE; row += 1) {
      for (let column = 0; column < SIZE; column += 1)
        sums[row * SIZE + column]! += meanProduct(leads[row]!, leads[column]!) / paths.length;
    }
  }
  return {
    ridge: RIDGE,
    millivoltsSquared: Array.from(sums, (sum) => Number(sum.toPrecision(6))),
  };
}

async function leadsOf(path: string): Promise<Float32Array[]> {
  const record = await readEcg(path);
  const { samplingRateHz, sampleCount } = record;
  const sos = butterworthHighpass({ order: 2, edgeHz: BASELINE_HZ, samplingRateHz });
  const { samples } = selectLeads(record, INDEPENDENT_LEADS);
  return INDEPENDENT_LEADS.map((_, row) =>
    filterZeroPhase(sos, fillGaps(samples.subarray(row * sampleCount, (row + 1) * sampleCount))),
  );
}

function meanProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum / a.length;
}
