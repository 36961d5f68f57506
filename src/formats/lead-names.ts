/** Lead names as files give them: our spelling, no name twice, and the leads a caller asks for. */
import { PqrError } from '../ecg/errors.js';
import { isStandardLead, normaliseLeadName } from '../ecg/leads.js';
import type { EcgWarning } from '../ecg/record.js';
import { shown } from './byte-source.js';
import { warning } from './warnings.js';

const OTHER_KNOWN_LEADS = new Set(['V7', 'V8', 'V9', 'V3R', 'V4R', 'Vx', 'Vy', 'Vz']);

/** True where a name stands for a lead that we know, in whatever spelling. */
export function isKnownLead(name: string): boolean {
  const lead = normaliseLeadName(name);
  return isStandardLead(lead) || OTHER_KNOWN_LEADS.has(lead);
}

/**
 * Our spelling of each name; an empty one becomes `chN` (from 1), a repeated one gets `_2`, `_3`.
 * Repeats are told in `warnings` (`format.duplicate-lead`).
 */
export function leadNames(names: readonly string[], warnings: EcgWarning[]): string[] {
  const taken = new Set<string>();
  const repeated: string[] = [];
  const leads = names.map((name, index) => {
    const lead = normaliseLeadName(name) || `ch${index + 1}`;
    let unique = lead;
    for (let suffix = 2; taken.has(unique); suffix++) unique = `${lead}_${suffix}`;
    if (unique !== lead) repeated.push(unique);
    taken.add(unique);
    return unique;
  });
  if (repeated.length > 0) {
    const list = repeated.map(shown).join(', ');
    const message = `Lead names occur more than once; the later ones are called ${list}.`;
    warnings.push(warning('format.duplicate-lead', message, repeated));
  }
  return leads;
}

/**
 * Positions of the wanted leads among `leads`, in the wanted order; all of them where none is wanted.
 * @throws `record.invalid` where the recording has no such lead
 */
export function selectLeads(
  leads: readonly string[],
  wanted: readonly string[] | undefined,
): number[] {
  if (wanted === undefined) return leads.map((_, index) => index);
  return wanted.map((name) => {
    const exact = leads.indexOf(name);
    const index = exact === -1 ? leads.indexOf(normaliseLeadName(name)) : exact;
    if (index !== -1) return index;
    throw new PqrError('record.invalid', `The recording has no lead ${shown(name)}.`, {
      hint: `It has ${shown(leads.join(', '))}.`,
    });
  });
}
