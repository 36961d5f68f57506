/**
 * Picking leads in a wanted order, and the limb leads that a file leaves out.
 *
 * A limb lead that is not recorded (or holds no sample) is computed from two that are, by Einthoven's and
 * Goldberger's equations. Nothing is repaired here: a recorded lead is taken as it is, checks are in
 * einthoven.ts. Precordial leads cannot be derived.
 */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import { isMissing } from './gaps.js';
import { isLimbLead, LIMB_LEADS, type LimbLead, limbWeights } from './limb-leads.js';

export interface SelectedLeads {
  /** `[wanted.length x sampleCount]`, lead-major, millivolts; zeros where a lead is not to be had. */
  readonly samples: Float32Array;
  /** 1 where the lead is recorded or derived, else 0; one a wanted lead. */
  readonly present: Uint8Array;
  /** The wanted leads that were computed from others, in the wanted order. */
  readonly derived: readonly string[];
}

/**
 * The wanted leads of a recording, in the wanted order.
 * A recorded lead without a single sample counts as not recorded. NaN within a lead stays NaN, and a derived
 * lead is NaN where one of its two sources is.
 * @param wanted lead names in our spelling
 */
export function selectLeads(record: EcgRecord, wanted: readonly string[]): SelectedLeads {
  const { sampleCount } = record;
  const recorded = recordedLeads(record);
  const sources = LIMB_LEADS.filter((lead) => recorded.has(lead)).slice(0, 2);
  const samples = new Float32Array(wanted.length * sampleCount);
  const present = new Uint8Array(wanted.length);
  const derived: string[] = [];
  wanted.forEach((lead, row) => {
    const target = samples.subarray(row * sampleCount, (row + 1) * sampleCount);
    const source = recorded.get(lead);
    if (source) target.set(source);
    else if (isLimbLead(lead) && sources.length === 2) {
      deriveLead(lead, sources as [LimbLead, LimbLead], recorded, target);
      derived.push(lead);
    } else return;
    present[row] = 1;
  });
  return { samples, present, derived };
}

function recordedLeads(record: EcgRecord): Map<string, Float32Array> {
  const recorded = new Map<string, Float32Array>();
  record.leads.forEach((lead, index) => {
    const samples = leadSamples(record, index);
    if (!isMissing(samples)) recorded.set(lead, samples);
  });
  return recorded;
}

function deriveLead(
  lead: LimbLead,
  sources: readonly [LimbLead, LimbLead],
  recorded: ReadonlyMap<string, Float32Array>,
  target: Float32Array,
): void {
  const [a, b] = limbWeights(lead, sources[0], sources[1]);
  const first = recorded.get(sources[0])!;
  const second = recorded.get(sources[1])!;
  for (let index = 0; index < target.length; index += 1) {
    target[index] = a * first[index]! + b * second[index]!;
  }
}
