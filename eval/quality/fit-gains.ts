/** The bounds of src/signal/chest-gain.ts: quantiles of what recordings as they are have. */
import { CHEST_LEADS, chestGain, type GainBounds } from '../../src/signal/chest-gain.js';

const OUTSIDE_SHARE = 0.001;

export function fitGains(beats: readonly ReadonlyMap<string, Float32Array>[]): GainBounds {
  const entries = CHEST_LEADS.map((lead) => {
    const gains = beats
      .map((one) => chestGain(one, lead))
      .filter((gain) => gain !== undefined)
      .sort((a, b) => a - b);
    const outside = Math.floor(OUTSIDE_SHARE * gains.length);
    const short = (value: number) => Number(value.toPrecision(3));
    return [lead, { low: short(gains[outside]!), high: short(gains.at(-1 - outside)!) }] as const;
  });
  return Object.fromEntries(entries) as GainBounds;
}
