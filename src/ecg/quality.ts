/** How good a recording is, as the judge of src/signal says; it travels with the record. */
import type { EcgWarning } from './record.js';

export interface LeadQualityScore {
  readonly lead: string;
  /** 0 to 1: the score of a recording in which every lead is like this one. */
  readonly score: number;
}

export interface EcgQuality {
  /** Good enough to be read, as experts judge recordings (docs/signal-quality.md). */
  readonly acceptable: boolean;
  /** 0 (bad) to 1 (good). */
  readonly score: number;
  /** What is wrong, with codes `signal.*` and the leads concerned; also small things in good recordings. */
  readonly reasons: readonly EcgWarning[];
  readonly leads: readonly LeadQualityScore[];
}
