/** Criteria must be checkable by a program: right unit, right shape, a number that can be. */
import type { Concept } from './concept.js';
import type { Criterion } from './criterion.js';
import { areContiguous, type CriterionLead, featureMeaning, type Unit } from './features.js';

/** Lowest and highest number that a limit of an ECG criterion can be. */
const PLAUSIBLE: Readonly<Record<Unit, readonly [number, number]>> = {
  bpm: [10, 600],
  ms: [5, 4000],
  mV: [-3, 6],
  deg: [-180, 180],
  'mV*ms': [1, 400],
  count: [1, 100],
  ratio: [0.01, 10],
  points: [1, 20],
};

export function lintCriteria(concept: Concept): string[] {
  const { criteria = [], key } = concept;
  const own = criteria.flatMap((criterion) =>
    problems(criterion).map((told) => `${key}: the criterion ${criterion.feature} ${told}.`),
  );
  const empty = [...new Set(criteria.map(({ rule }) => rule))]
    .filter((rule) => criteria.every((one) => one.rule !== rule || one.supporting))
    .filter(() => criteria.some(({ supporting }) => !supporting))
    .map((rule) => `${key}: the rule "${rule}" holds only supporting criteria.`);
  return [...own, ...empty, ...lintRate(concept)];
}

function problems(criterion: Criterion): string[] {
  const { unit, leads } = featureMeaning(criterion.feature);
  return [
    ...(criterion.unit === unit ? [] : [`is in ${criterion.unit}, but the feature is in ${unit}`]),
    ...(leads === 'each' && !criterion.leads ? ['names no lead'] : []),
    ...(leads === 'none' && criterion.leads ? ['names leads, but the feature has none'] : []),
    ...(criterion.inLeads && !criterion.leads ? ['says in how many leads, but names none'] : []),
    ...(criterion.inLeads === 'contiguous' && !hasNeighbours(criterion.leads ?? [])
      ? ['wants neighbours among leads that are none']
      : []),
    ...limitProblems(criterion),
    ...populationProblems(criterion),
  ];
}

function hasNeighbours(leads: readonly CriterionLead[]): boolean {
  return leads.some((a) => leads.some((b) => areContiguous(a, b)));
}

function limitProblems({ comparison, value, range, unit }: Criterion): string[] {
  const isRange = comparison === 'between';
  if (isRange !== (range !== undefined) || isRange === (value !== undefined)) {
    return [`needs ${isRange ? 'a range and no value' : 'a value and no range'}`];
  }
  const limits = range ?? [value!];
  const [lowest, highest] = PLAUSIBLE[unit];
  const odd = limits.filter((limit) => limit < lowest || limit > highest);
  return [
    ...(range && range[0] >= range[1] ? ['has a range that does not rise'] : []),
    ...odd.map((limit) => `has the limit ${limit} ${unit}, which cannot be`),
  ];
}

function populationProblems({ population }: Criterion): string[] {
  if (population === undefined) return [];
  const { sex, ageYears } = population;
  const { min, max } = ageYears ?? {};
  if (sex === undefined && min === undefined && max === undefined) {
    return ['names a population that leaves nobody out'];
  }
  return (min ?? 0) > (max ?? 150) ? ['has a lowest age above the highest'] : [];
}

/** The rate that the definition demands is the same in both places. */
function lintRate({ key, criteria = [], rateBpm }: Concept): string[] {
  if (rateBpm === undefined) return [];
  const rates = criteria.filter(({ feature }) => feature === 'heartRate');
  const limits = rates.flatMap(({ value, range }) => range ?? [value]);
  return [rateBpm.min, rateBpm.max]
    .filter((limit) => limit !== undefined && rates.length > 0 && !limits.includes(limit))
    .map((limit) => `${key}: rateBpm says ${limit}, which no heartRate criterion does.`);
}
