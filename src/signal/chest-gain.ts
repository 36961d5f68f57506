/**
 * A chest lead with another gain or polarity than its neighbours imply. No identity holds between chest leads, but
 * the linear map of lead-map.ts foretells each one's median beat from the other leads; where the beat is far larger,
 * far smaller or upside down against it, its gain or polarity may be wrong.
 *
 * The bounds (chest-gain.json, `eval/quality.ts --fit`) hold all but 1 in 1000 of PTB-XL's folds 1 to 8 on either
 * side: hearts differ, so a factor of 2 stays unnoticed in many a V1 and V2.
 */
import type { Beats } from './arm-reversal.js';
import bounds from './chest-gain.json' with { type: 'json' };
import { INDEPENDENT_LEADS, type LeadMap, leadMaps } from './lead-map.js';

export const CHEST_LEADS = ['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
type ChestLead = (typeof CHEST_LEADS)[number];

export type GainBounds = Readonly<
  Record<ChestLead, { readonly low: number; readonly high: number }>
>;

/** Each chest lead's map from the seven others: the same for every recording. */
const MAPS = new Map<ChestLead, { others: readonly string[]; map: LeadMap }>();

/** The slope of a chest lead's beat against what the others foretell; undefined where a lead has no beat. */
export function chestGain(beats: Beats, lead: ChestLead): number | undefined {
  const { others, map } = mapOf(lead);
  const sources = others.map((other) => beats.get(other));
  const beat = beats.get(lead);
  if (beat === undefined || !sources.every((source) => source !== undefined)) return undefined;
  let [foretold, product] = [0, 0];
  for (let at = 0; at < beat.length; at += 1) {
    let sum = 0;
    for (let row = 0; row < sources.length; row += 1) sum += map.weights[row]! * sources[row]![at]!;
    foretold += sum * sum;
    product += sum * beat[at]!;
  }
  return foretold > 0 ? product / foretold : undefined;
}

/** The chest lead that is farthest out of its bounds, with its slope; undefined where none is. */
export function oddChestLead(
  beats: Beats,
  known: GainBounds = bounds,
): { lead: ChestLead; gain: number } | undefined {
  let odd: { lead: ChestLead; gain: number; by: number } | undefined;
  for (const lead of CHEST_LEADS) {
    const gain = chestGain(beats, lead);
    if (gain === undefined) continue;
    const { low, high } = known[lead];
    const by = gain > high ? gain / high : gain < low ? 1 + low - gain : 0;
    if (by > (odd?.by ?? 0)) odd = { lead, gain, by };
  }
  return odd;
}

function mapOf(lead: ChestLead) {
  const known = MAPS.get(lead);
  if (known) return known;
  const others = INDEPENDENT_LEADS.filter((other) => other !== lead);
  const made = { others, map: leadMaps(others, [lead])[0]! };
  MAPS.set(lead, made);
  return made;
}
