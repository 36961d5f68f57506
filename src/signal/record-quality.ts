/** A recording's quality as measurements carry it: acceptable or not, a score from 0 to 1, and why in words. */
import type { EcgRecord } from '../ecg/record.js';
import { judgeRecording } from './judge.js';

export interface RecordQuality {
  readonly acceptable: boolean;
  readonly score: number;
  readonly reasons: readonly string[];
}

/** The verdict that travels with the record, or the judge's (judge.ts) where there is none yet. */
export function recordQuality(record: EcgRecord): RecordQuality {
  const { acceptable, score, reasons } = record.quality ?? judgeRecording(record).quality;
  return { acceptable, score, reasons: reasons.map(({ message }) => message) };
}
