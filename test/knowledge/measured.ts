/**
 * A made-up healthy man and the rules of an entry checked against what was measured of him: for the
 * tests only. Levels and amplitudes in mV, times in ms, as src/knowledge/features.ts says.
 */
import { STANDARD_LEADS } from '../../src/ecg/leads.js';
import type { Concept } from '../../src/knowledge/concept.js';
import type { Criterion } from '../../src/knowledge/criterion.js';
import { areContiguous, type CriterionLead, type Feature } from '../../src/knowledge/features.js';

export interface Patient {
  readonly sex: 'female' | 'male';
  readonly ageYears: number;
  readonly whole: Partial<Record<Feature, number>>;
  readonly leads: Partial<Record<Feature, Partial<Record<CriterionLead, number>>>>;
}

const row = (...values: number[]) =>
  Object.fromEntries(
    STANDARD_LEADS.map((lead, at) => [lead, values.length === 1 ? values[0]! : values[at]!]),
  );
const R = [0.6, 1, 0.4, 0.1, 0.3, 0.7, 0.2, 0.5, 0.8, 1.4, 1.5, 1.1];
const S = [0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.8, 1.2, 0.8, 0.5, 0.2, 0.1];

export const healthyMan: Patient = {
  sex: 'male',
  ageYears: 50,
  whole: {
    ...{ heartRate: 70, atrialRate: 70, longestRr: 900, ppVariation: 40, pShapes: 1 },
    ...{ prInterval: 160, qrsDuration: 90, qt: 380, qtc: 410, pDuration: 100, axis: 45, pAxis: 50 },
    ...{ sokolowLyon: 2.3, sokolowLyonRight: 0.4, cornell: 1.1, cornellProduct: 99 },
    ...{ romhiltEstes: 0, ventricularRun: 0, prematureBeats: 0 },
    ...{ nonConductedP: 0, successiveNonConductedP: 0 },
  },
  leads: {
    pAmplitude: row(0.1, 0.15, 0.08, -0.1, 0.05, 0.1, 0.06, 0.06, 0.06, 0.06, 0.06, 0.06),
    pTerminalForce: row(1),
    pPeakInterval: row(0),
    prSegmentLevel: row(0),
    qDuration: row(10),
    qAmplitude: row(0.03),
    qToR: row(0.05),
    rAmplitude: row(...R),
    rDuration: row(30),
    sAmplitude: row(...S),
    sDuration: row(30),
    rToS: row(...R.map((r, at) => r / S[at]!)),
    rPeakTime: row(30, 30, 30, 30, 30, 30, 20, 20, 30, 35, 35, 35),
    qrsAmplitude: row(...R.map((r, at) => r + S[at]!)),
    jLevel: row(0.02),
    stLevel: row(0.02),
    stToT: row(0.07),
    tAmplitude: row(0.2, 0.3, 0.15, -0.2, 0.15, 0.2, -0.05, 0.3, 0.4, 0.4, 0.3, 0.2),
    uAmplitude: row(0.02),
    uToT: row(0.07),
  },
};

/** The patient with other values; a lead row may be given in part. */
export function but(patient: Patient, changes: Partial<Patient>): Patient {
  const leads = { ...patient.leads };
  for (const [feature, values] of Object.entries(changes.leads ?? {})) {
    leads[feature as Feature] = { ...leads[feature as Feature], ...values };
  }
  return { ...patient, ...changes, whole: { ...patient.whole, ...changes.whole }, leads };
}

/** True where all deciding criteria of one rule hold. */
export function fits(concept: Concept, patient: Patient): boolean {
  const deciding = (concept.criteria ?? []).filter(
    (one) => !one.supporting && concerns(one, patient),
  );
  const rules = [...new Set(deciding.map(({ rule }) => rule))];
  return rules.some((rule) => deciding.every((one) => one.rule !== rule || holds(one, patient)));
}

function concerns({ population = {} }: Criterion, { sex, ageYears }: Patient): boolean {
  const { min = 0, max = 150 } = population.ageYears ?? {};
  return (population.sex ?? sex) === sex && ageYears >= min && ageYears <= max;
}

function holds(criterion: Criterion, patient: Patient): boolean {
  const { feature, leads, inLeads = 'all' } = criterion;
  if (leads === undefined) return compares(criterion, patient.whole[feature]);
  const isMet = (lead: CriterionLead) => compares(criterion, patient.leads[feature]?.[lead]);
  if (inLeads === 'all') return leads.every(isMet);
  if (inLeads === 'any') return leads.some(isMet);
  const met = leads.filter(isMet);
  return met.some((a) => met.some((b) => areContiguous(a, b)));
}

function compares({ comparison, value, range }: Criterion, measured: number | undefined): boolean {
  if (measured === undefined) return false;
  if (range) return measured >= range[0] && measured <= range[1];
  if (comparison === '<') return measured < value!;
  if (comparison === '<=') return measured <= value!;
  return comparison === '>' ? measured > value! : measured >= value!;
}
