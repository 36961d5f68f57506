/**
 * First look at a recording's signal: what is missing, flat, clipped or of an amplitude that no heart has.
 *
 * It flags what makes results wrong or weaker and names the leads; it does not grade noise (judge.ts does) and repairs nothing. All thresholds are below.
 */
import { STANDARD_LEADS } from '../ecg/leads.js';
import { type EcgRecord, type EcgWarning, leadSamples } from '../ecg/record.js';
import { amplitudeWarnings, typicalRange } from './amplitude.js';
import { clippedShare } from './clipping.js';
import { checkLimbLeads } from './einthoven.js';
import { isLimbLead } from './limb-leads.js';
import { namedLeads } from './named-leads.js';

/** A lead that stands still this long is flat there: no rhythm pauses in every wave for so long. */
const FLAT_SECONDS = 1;
/** Flat for this part of the time, a lead is named. */
const FLAT_SHARE = 0.2;
/** Flat (or missing) for this part of the time, a lead has no signal. */
const DEAD_SHARE = 0.95;
/** Gaps below this part of the time are not worth a remark. */
const GAP_SHARE = 0.001;

export interface LeadQuality {
  readonly lead: string;
  /** True where the lead holds no sample at all. */
  readonly missing: boolean;
  /** Parts of the recording's time, 0 to 1. */
  readonly missingShare: number;
  readonly flatShare: number;
  readonly clippedShare: number;
  /** Typical height from lowest to highest in two seconds, millivolts; NaN where missing. */
  readonly rangeMillivolts: number;
  /** True where there is something to read: neither missing nor flat for nearly all the time. */
  readonly hasSignal: boolean;
}

export interface SignalInspection {
  /** One a lead of the record, in its order. */
  readonly leads: readonly LeadQuality[];
  /** Codes `signal.missing`, `.gaps`, `.flat`, `.clipped`, `.amplitude`, `.few-leads`, `.limb-leads`. */
  readonly warnings: readonly EcgWarning[];
  /** At least one lead has a signal. */
  readonly usable: boolean;
}

/** Looks at every lead of a recording, in time linear in its length. */
export function inspectSignal(record: EcgRecord): SignalInspection {
  const leads = record.leads.map((lead, index) => inspectLead(record, lead, index));
  const usable = leads.some(({ hasSignal }) => hasSignal);
  const warnings = [
    ...named(leads, ({ missing }) => missing, 'signal.missing', 'no sample at all'),
    ...gapWarnings(leads),
    ...flatWarnings(leads),
    ...named(
      leads,
      (lead) => lead.clippedShare > 0,
      'signal.clipped',
      'peaks cut off at the end of the recorder\u2019s range',
    ),
    ...amplitudeWarnings(leads.filter(isSteady)),
    ...(usable ? fewLeadsWarnings(leads) : []),
    ...checkLimbLeads(record),
  ];
  return { leads, warnings, usable };
}

/** A lead whose typical height says something. */
function isSteady({ missing, flatShare }: LeadQuality): boolean {
  return !missing && flatShare < FLAT_SHARE;
}

function inspectLead(record: EcgRecord, lead: string, index: number): LeadQuality {
  const samples = leadSamples(record, index);
  const { samplingRateHz, sampleCount } = record;
  const { missingCount, flatCount } = countStill(
    samples,
    Math.round(FLAT_SECONDS * samplingRateHz),
  );
  const missingShare = missingCount / sampleCount;
  const flatShare = flatCount / sampleCount;
  return {
    lead,
    missing: missingCount === sampleCount,
    missingShare,
    flatShare,
    clippedShare: clippedShare(samples, samplingRateHz),
    rangeMillivolts: typicalRange(samples, samplingRateHz),
    hasSignal: missingShare + flatShare < DEAD_SHARE,
  };
}

/** Samples that are missing, and samples in runs of one value that last at least `flatSampleCount`. */
function countStill(
  samples: Float32Array,
  flatSampleCount: number,
): { missingCount: number; flatCount: number } {
  const longEnough = Math.min(flatSampleCount, samples.length);
  let missingCount = 0;
  let flatCount = 0;
  let start = 0; // of the run of one value
  for (let index = 1; index <= samples.length; index += 1) {
    if (index < samples.length && samples[index] === samples[start]) continue;
    const length = index - start;
    if (!Number.isFinite(samples[start])) missingCount += length;
    else if (length >= longEnough) flatCount += length;
    start = index;
  }
  return { missingCount, flatCount };
}

function named(
  leads: readonly LeadQuality[],
  isConcerned: (lead: LeadQuality) => boolean,
  code: string,
  what: string,
): EcgWarning[] {
  return namedLeads(leads.filter(isConcerned), code, what);
}

function gapWarnings(leads: readonly LeadQuality[]): EcgWarning[] {
  const hasGaps = (lead: LeadQuality) => !lead.missing && lead.missingShare >= GAP_SHARE;
  const most = Math.max(0, ...leads.filter(hasGaps).map(({ missingShare }) => missingShare));
  return named(leads, hasGaps, 'signal.gaps', `gaps, up to ${percent(most)} of the time`);
}

function flatWarnings(leads: readonly LeadQuality[]): EcgWarning[] {
  const isFlat = (lead: LeadQuality) => lead.flatShare >= FLAT_SHARE;
  const most = Math.max(0, ...leads.filter(isFlat).map(({ flatShare }) => flatShare));
  return named(
    leads,
    isFlat,
    'signal.flat',
    `a flat line for up to ${percent(most)} of the time (electrode off or filled up)`,
  );
}

/** Standard leads that are neither recorded nor to be had from two limb leads. */
function fewLeadsWarnings(leads: readonly LeadQuality[]): EcgWarning[] {
  const recorded = new Set(leads.filter(({ hasSignal }) => hasSignal).map(({ lead }) => lead));
  const limbCount = [...recorded].filter(isLimbLead).length;
  const absent = STANDARD_LEADS.filter(
    (lead) => !recorded.has(lead) && !(limbCount >= 2 && isLimbLead(lead)),
  );
  if (absent.length === 0) return [];
  const here = STANDARD_LEADS.length - absent.length;
  return [
    {
      code: 'signal.few-leads',
      message: `${here} of the 12 standard leads are recorded or can be derived; ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing, so results are weaker.`,
      leads: absent,
    },
  ];
}

function percent(share: number): string {
  return `${Math.max(0.1, share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
