/**
 * Whether a calibration rests on scores that tell its examples apart. Interval: Hanley and McNeil 1982
 * (doi 10.1148/radiology.143.1.7063747) for the standard error, 95 % on the logit scale. It takes examples as
 * independent: several of one patient make it too narrow.
 */
import type { EcgWarning } from '../ecg/record.js';
import type { Calibration } from './calibration.js';

/** Below it a label's threshold misses or alarms too often to be of use (Hosmer and Lemeshow: "poor"). */
export const WEAK_AUROC = 0.7;
const NORMAL_QUANTILE = 1.959964;

/** 95 % interval of an AUROC strictly between 0 and 1. */
export function aurocInterval(
  auroc: number,
  positiveCount: number,
  negativeCount: number,
): readonly [low: number, high: number] {
  const square = auroc * auroc;
  const positivePairs = (positiveCount - 1) * (auroc / (2 - auroc) - square);
  const negativePairs = (negativeCount - 1) * ((2 * square) / (1 + auroc) - square);
  const variance =
    (auroc * (1 - auroc) + positivePairs + negativePairs) / (positiveCount * negativeCount);
  const center = Math.log(auroc / (1 - auroc));
  const half = (NORMAL_QUANTILE * Math.sqrt(variance)) / (auroc * (1 - auroc));
  const back = (logit: number) => 1 / (1 + Math.exp(-logit));
  return [back(center - half), back(center + half)];
}

/** Empty where the examples are told apart well enough. */
export function calibrationWarnings(
  key: string,
  { auroc, positiveCount, negativeCount }: Calibration,
): EcgWarning[] {
  if (auroc >= WEAK_AUROC) return [];
  const [low, high] = aurocInterval(auroc, positiveCount, negativeCount);
  const interval = `95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`;
  return [
    {
      code: 'label.weak',
      message: `The scores of ${key} hardly tell the examples apart: AUROC ${auroc.toFixed(3)} (${interval}, ${positiveCount} with, ${negativeCount} without), below ${WEAK_AUROC}. Word the label otherwise, or do not rely on its decisions.`,
    },
  ];
}
