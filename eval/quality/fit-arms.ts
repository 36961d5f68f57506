/** Fitting the detector of exchanged arm electrodes: recordings as they are, and with the arms exchanged. */
import type { EcgRecord } from '../../src/ecg/record.js';
import { type ArmReversalWeights, armFeatures } from '../../src/signal/arm-reversal.js';
import { beatsOf, measureLeads } from '../../src/signal/measured-leads.js';
import { fitLogistic, probability, type SparseRow } from '../reports/logistic.js';
import { exchangeArms } from './faults.js';

const C = 1;
/** Of recordings as they are, the part for which exchanged arms are told all the same. */
const FALSE_ALARM_SHARE = 0.005;

export interface ArmPair {
  readonly usual: number[];
  readonly exchanged: number[];
}

/** The features of a recording both ways; undefined where a lead has no beat. */
export function armPair(record: EcgRecord): ArmPair | undefined {
  const [usual, exchanged] = [record, exchangeArms(record)].map((one) => {
    const { leads, beatRateHz } = measureLeads(one);
    return armFeatures(beatsOf(leads), beatRateHz);
  });
  return usual && exchanged && { usual, exchanged };
}

export function fitArms(pairs: readonly ArmPair[]): ArmReversalWeights {
  const width = pairs[0]!.usual.length;
  const at = Int32Array.from({ length: width }, (_, index) => index);
  const row = (values: number[]): SparseRow => ({ at, values: Float64Array.from(values) });
  const rows = pairs.flatMap(({ usual, exchanged }) => [row(usual), row(exchanged)]);
  const truth = Uint8Array.from(rows, (_, index) => index % 2);
  const fitted = fitLogistic({ rows, truth, width, c: C });
  const usual = pairs.map((pair) => probability(fitted, row(pair.usual))).sort((a, b) => b - a);
  const threshold = usual[Math.floor(FALSE_ALARM_SHARE * usual.length)]!;
  const short = (value: number) => Number(value.toPrecision(5));
  return {
    intercept: short(fitted.intercept),
    threshold: short(threshold),
    weights: Array.from(fitted.weights, short),
  };
}
