/** The port of a learned segmenter: which wave each sample of a lead belongs to. src/encoders implements it. */

/** The classes of a sample, in the order of the probabilities. */
export const SEGMENT_CLASSES = ['none', 'p', 'qrs', 't'] as const;

export interface SegmentOptions {
  readonly signal?: AbortSignal;
}

export interface WaveSegmenter {
  /** Name and version of the model. */
  readonly name: string;
  /** The rate at which it takes leads and gives probabilities. */
  readonly samplingRateHz: number;
  /**
   * Probabilities of each sample of each lead; the leads are looked at one by one, so each may be of any kind.
   * @param leads samples at `samplingRateHz` without NaN, any unit, all of one length
   * @returns `[leads x 4 x samples]`, of `SEGMENT_CLASSES`
   * @throws `model.input`, `model.crashed`, `request.aborted`
   */
  segment(leads: readonly Float32Array[], options?: SegmentOptions): Promise<Float32Array>;
  close(): Promise<void>;
}
