/** Computed against recorded leads: correlation and root mean square error a lead, both without their baseline. */
import { leadSamples } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { butterworthHighpass, filterZeroPhase } from '../../src/signal/filter.js';
import { fillGaps, isMissing } from '../../src/signal/gaps.js';
import type { Change } from '../model/embedded.js';

const BASELINE_HZ = 0.5;

export interface LeadAgreement {
  readonly n: number;
  /** Mean over recordings. */
  readonly correlation: number;
  readonly rmseMillivolts: number;
  /** The root of the mean square over all recordings, as the expected error is meant. */
  readonly pooledRmseMillivolts: number;
  readonly expectedRmseMillivolts: number;
}

interface Found {
  readonly correlations: number[];
  readonly errors: number[];
  expected: number;
}

export async function agreementOf(
  paths: readonly string[],
  { repaired }: { repaired: Change },
): Promise<{ n: number; leads: Record<string, LeadAgreement> }> {
  const found = new Map<string, Found>();
  for (const path of paths) {
    const record = await readEcg(path);
    const computed = repaired(record);
    const { samplingRateHz } = record;
    const sos = butterworthHighpass({ order: 2, edgeHz: BASELINE_HZ, samplingRateHz });
    for (const { lead, rmseMillivolts } of computed.reconstructed ?? []) {
      const row = record.leads.indexOf(lead);
      if (row === -1 || isMissing(leadSamples(record, row))) continue;
      const truth = filterZeroPhase(sos, fillGaps(leadSamples(record, row)));
      const other = leadSamples(computed, computed.leads.indexOf(lead));
      const made = filterZeroPhase(sos, fillGaps(other));
      const known = found.get(lead) ?? { correlations: [], errors: [], expected: rmseMillivolts };
      known.correlations.push(correlation(truth, made));
      known.errors.push(rootMeanSquareDifference(truth, made));
      found.set(lead, known);
    }
  }
  return {
    n: paths.length,
    leads: Object.fromEntries(
      [...found].map(([lead, one]) => [
        lead,
        {
          n: one.errors.length,
          correlation: mean(one.correlations.filter(Number.isFinite)),
          rmseMillivolts: mean(one.errors),
          pooledRmseMillivolts: Math.sqrt(mean(one.errors.map((error) => error * error))),
          expectedRmseMillivolts: one.expected,
        },
      ]),
    ),
  };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function rootMeanSquareDifference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index]! - b[index]!) ** 2;
  return Math.sqrt(sum / a.length);
}

/** Pearson's; NaN where one of the two does not vary. */
function correlation(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [mean(Array.from(a)), mean(Array.from(b))];
  let [aa, bb, ab] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index]! - meanA, b[index]! - meanB];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return ab / Math.sqrt(aa * bb);
}
