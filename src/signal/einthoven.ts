/**
 * The check that six limb leads belong together: II = I + III (Einthoven), aVR = -(I + II) / 2,
 * aVL = I - II / 2, aVF = II - I / 2 (Goldberger).
 *
 * A violation means channels in another order, a lead with its own gain, offset or polarity, or leads not
 * recorded at the same time; limb-causes.ts finds which. What all leads share (a wrong unit) and electrodes
 * exchanged on the patient break no identity and are not found here. Nothing is repaired.
 */
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { findCause, type LimbCause } from './limb-causes.js';
import { LIMB_LEADS } from './limb-leads.js';
import { blockMoments, limbSignals, misfit, pooled } from './limb-moments.js';

/** Blocks of two seconds that may fail (a loose electrode, a clipped stretch) without a warning. */
const FAILING_SHARE = 1 / 3;

export interface LimbLeadFinding {
  readonly cause: LimbCause;
  /** Root mean square by which the worst identity is off, where they fail. */
  readonly millivolts: number;
}

/**
 * Whether the limb leads of a recording fail the identities, and why.
 * @returns undefined where they hold, or where one of the six limb leads is not recorded
 */
export function diagnoseLimbLeads(record: EcgRecord): LimbLeadFinding | undefined {
  const signals = limbSignals(record);
  if (!signals) return undefined;
  const blocks = blockMoments(signals);
  const failing = blocks.filter((block) => misfit(block, signals.steps).overTolerance > 1);
  if (failing.length === 0 || failing.length < FAILING_SHARE * blocks.length) return undefined;
  const moments = pooled(failing);
  const { millivolts } = misfit(moments, signals.steps);
  return { cause: findCause({ signals, moments }), millivolts };
}

/** The same as a warning `signal.limb-leads` that names the likely cause; none where all is well. */
export function checkLimbLeads(record: EcgRecord): EcgWarning[] {
  const finding = diagnoseLimbLeads(record);
  if (!finding) return [];
  const message = `The limb leads do not fit together (off by ${finding.millivolts.toPrecision(2)} mV): ${describe(finding.cause)}.`;
  return [{ code: 'signal.limb-leads', message, leads: finding.cause.leads }];
}

function describe(cause: LimbCause): string {
  const names = joined(cause.leads);
  const [is, has, its] = cause.leads.length === 1 ? ['is', 'has', 'its'] : ['are', 'have', 'their'];
  switch (cause.kind) {
    case 'order':
      return describeOrder(cause.leads, cause.order);
    case 'polarity':
      return `${names} ${has} the wrong polarity`;
    case 'silent':
      return `${names} ${is} without the signal that the other limb leads imply`;
    case 'gain':
      return `${names} ${has} ${its} own gain${cause.gain < 0 ? ' and the wrong polarity' : ''}, ${number(Math.abs(cause.gain))} times what the other limb leads imply`;
    case 'offset':
      return cause.leads.length === 1
        ? `${names} has its own baseline, off by ${number(cause.millivolts)} mV`
        : `the baselines of ${names} do not agree, by up to ${number(Math.abs(cause.millivolts))} mV`;
    case 'own-gains':
      return `each limb lead has its own gain (${LIMB_LEADS.map((lead, index) => `${lead} ${number(cause.gains[index]!)}`).join(', ')}, relative), so voltages, axis and derived leads cannot be trusted`;
    case 'time':
      return cause.milliseconds === undefined
        ? `${names} ${is} not recorded at the same time as the other limb leads, or ${is} another signal`
        : `${names} ${is} not recorded at the same time, ${Math.abs(cause.milliseconds)} ms ${cause.milliseconds > 0 ? 'later' : 'earlier'} than the other limb leads`;
    case 'other':
      return 'no single cause explains it; the leads are not recorded at the same time, or several of them are changed';
  }
}

function describeOrder(leads: readonly string[], order: readonly string[]): string {
  if (leads.length > 2) return `they are in another order, probably ${order.join(', ')}`;
  const note =
    leads.includes('aVL') && leads.includes('aVF') ? ' (MIMIC-IV-ECG stores aVF before aVL)' : '';
  return `${joined(leads)} are swapped${note}`;
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Three significant digits, without an exponent. */
function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}
