/**
 * The criteria of a knowledge entry against what was measured of a recording (criterion.ts says how rules
 * combine). What is not measured stays open; a limit missed by little is neither met nor failed, since a
 * measurement has an error.
 */
import type { Concept } from '../knowledge/concept.js';
import type { Criterion } from '../knowledge/criterion.js';
import type { Feature } from '../knowledge/features.js';
import { criterionText } from './statements.js';

/** Features of a whole recording, in the units of src/knowledge/features.ts; absent where not measured. */
export type Measured = Readonly<Partial<Record<Feature, number>>>;

export interface MeasuredPatient {
  readonly sex?: 'female' | 'male';
  readonly ageYears?: number;
  readonly measured: Measured;
}

export type Verdict = 'met' | 'failed' | 'open';

export interface Judgement {
  readonly verdict: Verdict;
  /** The criteria that decided, with what was measured. */
  readonly told: readonly string[];
}

/** A limit must be missed by this share of it to be failed. */
const MARGIN_SHARE = 0.05;

type Standing = { readonly criterion: Criterion; readonly holds: boolean | undefined };

/** Met where one rule holds as a whole, failed where every rule has a criterion that fails. */
export function judge(concept: Concept, patient: MeasuredPatient): Judgement {
  const deciding = (concept.criteria ?? []).filter(({ supporting }) => !supporting);
  const rules = [...new Set(deciding.map(({ rule }) => rule))].map((rule) =>
    deciding.filter((one) => one.rule === rule).flatMap((one) => standing(one, patient)),
  );
  const told = (standings: readonly Standing[]) =>
    standings.map(({ criterion }) => toldOne(criterion, patient.measured));
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
  const value = criterion.leads ? undefined : patient.measured[criterion.feature];
  if (concerns === undefined || value === undefined) return [{ criterion, holds: undefined }];
  return [{ criterion, holds: compared(criterion, value) }];
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

function compared({ comparison, value, range }: Criterion, got: number): boolean | undefined {
  const [low, high] = range ?? [value!, value!];
  const margin = (limit: number) => Math.abs(limit) * MARGIN_SHARE;
  const above = () => (got > high + margin(high) ? false : undefined);
  const below = () => (got < low - margin(low) ? false : undefined);
  if (comparison === '<') return got < high ? true : above();
  if (comparison === '<=') return got <= high ? true : above();
  if (comparison === '>') return got > low ? true : below();
  if (comparison === '>=') return got >= low ? true : below();
  if (got >= low && got <= high) return true;
  return got > high ? above() : below();
}

function toldOne(criterion: Criterion, measured: Measured): string {
  const value = measured[criterion.feature];
  if (value === undefined) return criterionText(criterion);
  return `${criterionText(criterion)}, measured ${Math.round(value * 10) / 10} ${criterion.unit}`;
}
