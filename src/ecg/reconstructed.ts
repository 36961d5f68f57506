/** A lead that was not recorded but computed from others (src/signal/lead-repair.ts); the mark travels with the record. */
export interface ReconstructedLead {
  readonly lead: string;
  /** `limb-identity` is exact; `regression` shows what is usual, with the error that follows. */
  readonly method: 'limb-identity' | 'regression';
  /** The leads it was computed from. */
  readonly from: readonly string[];
  /** Expected root mean square error, millivolts; 0 for an identity. */
  readonly rmseMillivolts: number;
}
