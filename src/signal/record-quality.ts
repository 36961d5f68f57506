/** A recording's quality as measurements carry it: acceptable or not, a score from 0 to 1, and why. */
import type { EcgRecord } from '../ecg/record.js';
import { inspectSignal } from './quality.js';

export interface RecordQuality {
  readonly acceptable: boolean;
  /** 1 where nothing is remarked; the share of leads without a remark. */
  readonly score: number;
  readonly reasons: readonly string[];
}

/** From the first look at the signal (quality.ts): the one place that says what quality is. */
export function recordQuality(record: EcgRecord): RecordQuality {
  const { warnings, usable, leads } = inspectSignal(record);
  const concerned = warnings.filter(({ code }) => code !== 'signal.few-leads');
  const spoilt = new Set(concerned.flatMap((warning) => warning.leads ?? []));
  const clean = leads.filter(({ lead, hasSignal }) => hasSignal && !spoilt.has(lead)).length;
  return {
    acceptable: usable && 2 * clean >= leads.length,
    score: clean / leads.length,
    reasons: concerned.map(({ message }) => message),
  };
}
