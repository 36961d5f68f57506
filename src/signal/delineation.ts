/**
 * Wave boundaries of a recording, as any delineator of ours gives them: onset, peak and offset of P, QRS and T.
 * Positions are samples of the recording (fractions allowed); `null` is a wave that is not there or was not found.
 */

/** One beat's boundaries. `rPeak` is the beat itself and always there; the rest may be absent. */
export interface BeatWaves {
  readonly pOnset: number | null;
  readonly pPeak: number | null;
  readonly pOffset: number | null;
  readonly qrsOnset: number | null;
  readonly rPeak: number;
  readonly qrsOffset: number | null;
  readonly tOnset: number | null;
  readonly tPeak: number | null;
  readonly tOffset: number | null;
}

/** The beats of one lead, in the order of `Delineation.beats`: entry i is the same heartbeat in both. */
export interface LeadDelineation {
  readonly lead: string;
  readonly beats: readonly BeatWaves[];
}

/** What a delineator found: the beats over all leads, and each lead's own boundaries of the same beats. */
export interface Delineation {
  readonly method: 'learned' | 'classical';
  readonly samplingRateHz: number;
  readonly beats: readonly BeatWaves[];
  readonly leads: readonly LeadDelineation[];
}
