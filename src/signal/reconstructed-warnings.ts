import type { ReconstructedLead } from '../ecg/reconstructed.js';
import type { EcgWarning } from '../ecg/record.js';

/** `signal.reconstructed`: which leads were computed, from what, and how far off they may be; none without such. */
export function reconstructedWarnings(made: readonly ReconstructedLead[]): EcgWarning[] {
  if (made.length === 0) return [];
  const exact = made.filter(({ method }) => method === 'limb-identity');
  const mapped = made.filter(({ method }) => method === 'regression');
  const parts = [
    ...(exact.length > 0 ? [`${names(exact)} exactly from two limb leads`] : []),
    ...(mapped.length > 0
      ? [`${errors(mapped)} by a linear map from ${mapped[0]!.from.join(', ')}`]
      : []),
  ];
  return [
    {
      code: 'signal.reconstructed',
      message: `Reconstructed, not recorded: ${parts.join('; ')}.`,
      leads: made.map(({ lead }) => lead),
    },
  ];
}

const names = (leads: readonly ReconstructedLead[]) => leads.map(({ lead }) => lead).join(', ');

const errors = (leads: readonly ReconstructedLead[]) =>
  leads
    .map(({ lead, rmseMillivolts }) => `${lead} (expected error ${rmseMillivolts.toFixed(2)} mV)`)
    .join(', ');
