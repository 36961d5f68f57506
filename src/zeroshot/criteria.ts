/**
 * The criteria of a knowledge entry against what was measured of a recording (criterion.ts says how rules
 * combine). What is not measured stays open; a limit missed by little is neither met nor failed, since a
 * measurement has an error.
 */
import type { Concept } from '../knowledge/concept.js';
import type { Criterion } from '../knowledge/criterion.js';
import {
  areContiguous,
  type CriterionLead,
  type Feature,
  type Unit,
} from '../knowledge/features.js';
import { criterionText } from './statements.js';

/** Features of a whole recording, in the units of src/knowledge/features.ts; absent where not measured. */
export type Measured = Readonly<Partial<Record<Feature, number>>>;

/** Features of single leads; a lead or feature that was not measured is absent. */
export type LeadMeasured = Readonly<
  Partial<Record<Feature, Readonly<Partial<Record<CriterionLead, number>>>>>
>;

export interface MeasuredPatient {
  readonly sex?: 'female' | 'male';
  readonly ageYears?: number;
  readonly measured: Measured;
  readonly leads?: LeadMeasured;
}

export type Verdict = 'met' | 'failed' | 'open';

export interface Judgement {
  readonly verdict: Verdict;
  /** The criteria that decided, with what was measured. */
  readonly told: readonly string[];
}

/**
 * By how much a limit must be missed to be failed, in its unit: what boundaries and definitions differ by (PTB-XL
 * folds 1-8: so few recordings that carry a label fail its criteria). A count that is too low may be a beat that
 * was not found, and fails nothing.
 */
const MARGINS: Readonly<Record<Unit, number>> = {
  bpm: 0,
  ms: 20,
  deg: 20,
  mV: 0.3,
  'mV*ms': 40,
  count: Number.POSITIVE_INFINITY,
  ratio: 0,
  points: 0,
};
/** And by no less than this share of it. */
const MARGIN_SHARE = 0.05;

type Standing = { readonly criterion: Criterion; readonly holds: boolean | undefined };

/** Met where one rule holds as a whole, failed where every rule has a criterion that fails. */
export function judge(concept: Concept, patient: MeasuredPatient): Judgement {
  const deciding = (concept.criteria ?? []).filter(({ supporting }) => !supporting);
  const rules = [...new Set(deciding.map(({ rule }) => rule))].map((rule) =>
    deciding.filter((one) => one.rule === rule).flatMap((one) => standing(one, patient)),
  );
  const told = (standings: readonly Standing[]) =>
    standings.map(({ criterion }) => toldOne(criterion, patient));
  const met = rules.find((rule) => rule.length > 0 && rule.every(({ holds }) => holds === true));
  if (met) return { verdict: 'met', told: told(met) };
  const failing = rules.map((rule) => rule.filter(({ holds }) => holds === false));
  const isFailed = rules.length > 0 && failing.every((rule) => rule.length > 0);
  return isFailed
    ? { verdict: 'failed', told: [...new Set(told(failing.flat()))] }
    : { verdict: 'open', told: [] };
}

/** Nothing where the criterion is of other people. */
function standing(criterion: Criterion, patient: MeasuredPatient): Standing[] {
  const concerns = isConcerned(criterion, patient);
  if (concerns === false) return [];
  if (concerns === undefined) return [{ criterion, holds: undefined }];
  const { leads, feature } = criterion;
  if (leads)
    return [{ criterion, holds: holdsInLeads(criterion, leads, patient.leads?.[feature]) }];
  const value = patient.measured[feature];
  return [{ criterion, holds: value === undefined ? undefined : compared(criterion, value) }];
}

/**
 * True where it holds in all, in any or in two neighbouring ones of the leads. A height or level that misses its
 * limit in a lead fails nothing: sources and readers differ too much in which leads they ask for.
 */
function holdsInLeads(
  criterion: Criterion,
  leads: readonly CriterionLead[],
  measured: Readonly<Partial<Record<CriterionLead, number>>> = {},
): true | undefined {
  const holds = (lead: CriterionLead) => {
    const value = measured[lead];
    return value !== undefined && compared(criterion, value) === true;
  };
  const { inLeads = 'all' } = criterion;
  const met = leads.filter(holds);
  const isMet =
    inLeads === 'all'
      ? met.length === leads.length
      : met.some((a) => inLeads === 'any' || met.some((b) => areContiguous(a, b)));
  return isMet || undefined;
}

/** Undefined where the sex or age that it asks for is not known. */
function isConcerned(
  { population }: Criterion,
  { sex, ageYears }: MeasuredPatient,
): boolean | undefined {
  const { sex: wanted, ageYears: ages } = population ?? {};
  if (wanted !== undefined && sex !== undefined && wanted !== sex) return false;
  const { min = 0, max = Number.POSITIVE_INFINITY } = ages ?? {};
  if (ages && ageYears !== undefined && (ageYears < min || ageYears > max)) return false;
  const isUnknown = (wanted !== undefined && sex === undefined) || (ages && ageYears === undefined);
  return isUnknown ? undefined : true;
}

function compared({ comparison, value, range, unit }: Criterion, got: number): boolean | undefined {
  const [low, high] = range ?? [value!, value!];
  const margin = (limit: number) => Math.max(MARGINS[unit], Math.abs(limit) * MARGIN_SHARE);
  const above = () => (got > high + margin(high) ? false : undefined);
  const below = () => (got < low - margin(low) ? false : undefined);
  if (comparison === '<') return got < high ? true : above();
  if (comparison === '<=') return got <= high ? true : above();
  if (comparison === '>') return got > low ? true : below();
  if (comparison === '>=') return got >= low ? true : below();
  if (got >= low && got <= high) return true;
  return got > high ? above() : below();
}

/** The criterion with what was measured; of a criterion of leads, in each of them. */
function toldOne(criterion: Criterion, { measured, leads }: MeasuredPatient): string {
  const text = criterionText(criterion);
  const rounded = (value: number) =>
    criterion.unit === 'mV' ? Math.round(value * 100) / 100 : Math.round(value * 10) / 10;
  if (criterion.leads) {
    const values = leads?.[criterion.feature] ?? {};
    const told = criterion.leads.flatMap((lead) => {
      const value = values[lead];
      return value === undefined ? [] : [`${lead} ${rounded(value)}`];
    });
    return told.length === 0 ? text : `${text}, measured ${told.join(', ')} ${criterion.unit}`;
  }
  const value = measured[criterion.feature];
  return value === undefined ? text : `${text}, measured ${rounded(value)} ${criterion.unit}`;
}
