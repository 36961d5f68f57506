/**
 * Noise in words: which leads have baseline wander, mains hum, muscle noise, stretches that are disturbed, or
 * nothing that repeats with the heartbeat. The limits are above what 98 (wander: 99) of 100 leads of PTB-XL's
 * folds 1 to 8 have: they name what a reader would notice.
 */
import type { EcgWarning } from '../ecg/record.js';
import type { MeasuredLead } from './measured-leads.js';
import { namedLeads } from './named-leads.js';

const WANDER_MILLIVOLTS = 1.5;
const HUM_MILLIVOLTS = 0.02;
const MUSCLE_MILLIVOLTS = 0.025;
const DISTURBED_SHARE = 0.2;
const REPEATING_CORRELATION = 0.5;

/** Codes `signal.wander`, `.hum`, `.muscle`, `.disturbed`, `.no-beats`. */
export function noiseReasons(measured: readonly MeasuredLead[]): EcgWarning[] {
  const leads = measured.filter(({ hasSignal }) => hasSignal);
  const most = (concerned: readonly MeasuredLead[], of: (lead: MeasuredLead) => number) =>
    Math.max(0, ...concerned.map(of)).toPrecision(2);
  const wandering = leads.filter((lead) => lead.wanderMillivolts >= WANDER_MILLIVOLTS);
  const humming = leads.filter((lead) => lead.humMillivolts >= HUM_MILLIVOLTS);
  const noisy = leads.filter((lead) => lead.muscleMillivolts >= MUSCLE_MILLIVOLTS);
  const muscular = noisy.filter((lead) => lead.humMillivolts < lead.muscleMillivolts);
  const disturbed = leads.filter((lead) => lead.disturbedShare >= DISTURBED_SHARE);
  const beatless = leads.filter((lead) => !(lead.beatCorrelation >= REPEATING_CORRELATION));
  const share = Math.round(100 * Math.max(0, ...disturbed.map((lead) => lead.disturbedShare)));
  return [
    ...namedLeads(
      wandering,
      'signal.wander',
      `baseline wander, up to ${most(wandering, (lead) => lead.wanderMillivolts)} mV`,
    ),
    ...namedLeads(
      humming,
      'signal.hum',
      `mains hum at ${commonest(humming)} Hz, up to ${most(humming, (lead) => lead.humMillivolts)} mV`,
    ),
    ...namedLeads(
      muscular,
      'signal.muscle',
      `muscle or other fast noise, up to ${most(muscular, (lead) => lead.muscleMillivolts)} mV`,
    ),
    ...namedLeads(disturbed, 'signal.disturbed', `disturbances in up to ${share} % of the time`),
    ...namedLeads(beatless, 'signal.no-beats', 'no waves that repeat with the heartbeat'),
  ];
}

function commonest(leads: readonly MeasuredLead[]): 50 | 60 {
  return leads.filter(({ humHz }) => humHz === 60).length * 2 > leads.length ? 60 : 50;
}
