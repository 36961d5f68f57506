/**
 * Electrodes in each other's place, from morphology: they break none of the identities that einthoven.ts checks.
 * A remark for a reader to check, never a correction.
 */
import type { EcgWarning } from '../ecg/record.js';
import { armReversal } from './arm-reversal.js';
import { oddChestLead } from './chest-gain.js';
import { CHEST_SHORTENS_TO, chestExchange } from './chest-order.js';
import { beatsOf, type MeasuredLeads } from './measured-leads.js';

/** Codes `signal.reversal`, and `signal.chest-order` or `signal.chest-gain`. */
export function electrodeReasons({ leads, beatRateHz }: MeasuredLeads): EcgWarning[] {
  const beats = beatsOf(leads.filter(({ hasSignal }) => hasSignal));
  const reasons: EcgWarning[] = [];
  if (armReversal(beats, beatRateHz)?.told) {
    reasons.push({
      code: 'signal.reversal',
      message:
        'The arm electrodes may be exchanged: lead I is upside down against V5 and V6 (or dextrocardia).',
      leads: ['I', 'II', 'III', 'aVR', 'aVL'],
    });
  }
  const chest = chestExchange(beats);
  if (chest && chest.shortensTo <= CHEST_SHORTENS_TO) {
    const [first, second] = chest.leads;
    reasons.push({
      code: 'signal.chest-order',
      message: `${first} and ${second} may be exchanged: the beat changes from V1 to V6 in leaps.`,
      leads: chest.leads,
    });
    return reasons;
  }
  const odd = oddChestLead(beats);
  if (odd) reasons.push(gainReason(odd));
  return reasons;
}

function gainReason({ lead, gain }: { lead: string; gain: number }): EcgWarning {
  const what =
    gain < 0
      ? 'upside down against what the other leads lead one to expect'
      : `${gain.toPrecision(2)} times as large as the other leads lead one to expect`;
  return {
    code: 'signal.chest-gain',
    message: `${lead} is ${what}: its gain, polarity or electrode may be wrong.`,
    leads: [lead],
  };
}
