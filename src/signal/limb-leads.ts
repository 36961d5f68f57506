/**
 * The six limb leads as combinations of leads I and II (Einthoven's triangle, Goldberger's augmented
 * leads): two of them give the other four.
 */

export const LIMB_LEADS = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'] as const;
export type LimbLead = (typeof LIMB_LEADS)[number];

/** What each limb lead is: its parts of I and of II. */
export const LIMB_PARTS: Readonly<Record<LimbLead, readonly [number, number]>> = Object.freeze({
  I: [1, 0],
  II: [0, 1],
  III: [-1, 1],
  aVR: [-0.5, -0.5],
  aVL: [1, -0.5],
  aVF: [-0.5, 1],
});

export function isLimbLead(lead: string): lead is LimbLead {
  return Object.hasOwn(LIMB_PARTS, lead);
}

/**
 * The weights `[a, b]` with which `wanted` is `a x first + b x second`; any two limb leads that differ will do.
 */
export function limbWeights(
  wanted: LimbLead,
  first: LimbLead,
  second: LimbLead,
): readonly [number, number] {
  const [w1, w2] = LIMB_PARTS[wanted];
  const [f1, f2] = LIMB_PARTS[first];
  const [s1, s2] = LIMB_PARTS[second];
  const determinant = f1 * s2 - f2 * s1;
  return [(w1 * s2 - w2 * s1) / determinant, (f1 * w2 - f2 * w1) / determinant];
}
