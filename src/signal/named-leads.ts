import type { EcgWarning } from '../ecg/record.js';

/** One warning that names the leads concerned ("Leads V1, V2 have ..."); none where there are none. */
export function namedLeads(
  concerned: readonly { readonly lead: string }[],
  code: string,
  what: string,
): EcgWarning[] {
  if (concerned.length === 0) return [];
  const leads = concerned.map(({ lead }) => lead);
  const [noun, verb] = leads.length === 1 ? ['Lead', 'has'] : ['Leads', 'have'];
  return [{ code, message: `${noun} ${leads.join(', ')} ${verb} ${what}.`, leads }];
}
