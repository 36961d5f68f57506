/**
 * What the criteria of knowledge entries make of measurements: how many recordings that carry a label they veto,
 * and how many that do not carry it. PTB-XL's codes are the labels; a criterion cannot be right where readers go by
 * another one.
 */
import type { Patient } from '../../src/ecg/record.js';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { conceptOfCode } from '../../src/knowledge/lookup.js';
import { measuredFeatures } from '../../src/server/measured-features.js';
import type { Measurements } from '../../src/signal/measure.js';
import { judge, type Verdict } from '../../src/zeroshot/criteria.js';

const LEAST_CARRIERS = 5;

export interface JudgedRow {
  /** Keys of the concepts that are coded, their broader ones too. */
  readonly carried: ReadonlySet<string>;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

export function judgedRow(
  knowledge: Knowledge,
  measurements: Measurements,
  { codes, patient }: { codes: ReadonlySet<string>; patient: Patient },
): JudgedRow {
  const carried = new Set<string>();
  for (const code of codes) {
    const concept = conceptOfCode(knowledge, code);
    if (!concept) continue;
    carried.add(concept.key);
    for (const broader of knowledge.ancestors.get(concept.key) ?? []) carried.add(broader);
  }
  const measured = measuredFeatures(patient, measurements);
  const withCriteria = knowledge.concepts.filter(({ criteria }) => criteria?.length);
  return {
    carried,
    verdicts: new Map(
      withCriteria.map((concept) => [concept.key, judge(concept, measured).verdict]),
    ),
  };
}

/** One row a label that a verdict was reached for and that enough recordings carry, and the sums over them. */
export function vetoFigures(rows: readonly JudgedRow[]) {
  const keys = [...(rows[0]?.verdicts.keys() ?? [])];
  const labels = keys.flatMap((key) => {
    const carriers = rows.filter(({ carried }) => carried.has(key));
    const others = rows.filter(({ carried }) => !carried.has(key));
    const count = (some: readonly JudgedRow[], verdict: Verdict) =>
      some.filter(({ verdicts }) => verdicts.get(key) === verdict).length;
    const isJudged = count(rows, 'failed') + count(rows, 'met') > 0;
    if (carriers.length < LEAST_CARRIERS || !isJudged) return [];
    return [
      {
        key,
        carriers: carriers.length,
        vetoedCarriers: count(carriers, 'failed'),
        supportedCarriers: count(carriers, 'met'),
        others: others.length,
        vetoedOthers: count(others, 'failed'),
        supportedOthers: count(others, 'met'),
      },
    ];
  });
  const vetoing = labels.filter(
    ({ vetoedCarriers, vetoedOthers }) => vetoedCarriers + vetoedOthers,
  );
  const sum = (name: 'carriers' | 'vetoedCarriers' | 'others' | 'vetoedOthers') =>
    vetoing.reduce((total, label) => total + label[name], 0);
  const share = (part: number, whole: number) => Math.round((part / whole) * 1000) / 1000;
  return {
    n: rows.length,
    vetoingLabels: vetoing.length,
    carriersVetoed: share(sum('vetoedCarriers'), sum('carriers')),
    othersVetoed: share(sum('vetoedOthers'), sum('others')),
    labels,
  };
}
