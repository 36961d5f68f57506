/** Lead names: the field's spelling, our order, and what other files call them. */

/** The twelve standard leads in our order (AHA: limb leads, augmented limb leads, precordial leads). */
export const STANDARD_LEADS = [
  'I',
  'II',
  'III',
  'aVR',
  'aVL',
  'aVF',
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
] as const;

export type StandardLead = (typeof STANDARD_LEADS)[number];

const BY_LOWER_CASE = new Map<string, string>([
  ...STANDARD_LEADS.map((lead): [string, string] => [lead.toLowerCase(), lead]),
  // MIT-BIH's modified limb leads: recorded on the torso, read as the limb lead they modify.
  ['mli', 'I'],
  ['mlii', 'II'],
  ['mliii', 'III'],
  ['v7', 'V7'],
  ['v8', 'V8'],
  ['v9', 'V9'],
  ['v3r', 'V3R'],
  ['v4r', 'V4R'],
  ['vx', 'Vx'],
  ['vy', 'Vy'],
  ['vz', 'Vz'],
]);

/**
 * Our spelling of a lead name: `i` -> `I`, `Lead II` -> `II`, `AVR` -> `aVR`, `MLII` -> `II`,
 * `MDC_ECG_LEAD_V1` -> `V1`, `ECG V2` -> `V2`. An unknown name comes back trimmed, as it was.
 */
export function normaliseLeadName(name: string): string {
  const trimmed = name.trim();
  const bare = trimmed
    .replace(/^MDC_ECG_LEAD_/i, '')
    .replace(/^(?:lead|ecg|ekg)[\s_:-]+/i, '')
    .trim();
  return BY_LOWER_CASE.get(bare.toLowerCase()) ?? trimmed;
}

export function isStandardLead(name: string): name is StandardLead {
  return (STANDARD_LEADS as readonly string[]).includes(name);
}
