/**
 * What speaks for or against a label besides its own score: criteria that can be measured, concepts that the
 * user requires or excludes. Whatever is not known neither vetoes nor supports.
 */
import type { Concept } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { judge, type MeasuredPatient } from './criteria.js';
import type { Decision } from './decision.js';

export interface Check {
  readonly by: 'measurement' | 'concept';
  /** Key of the knowledge entry whose criteria or score it is. */
  readonly concept: string;
  readonly message: string;
}

export interface Checks {
  /** Reasons why the label cannot be, whatever its score; empty where there are none. */
  readonly vetoed: readonly Check[];
  readonly supportedBy: readonly Check[];
}

export interface CheckedLabel {
  readonly concept?: Concept;
  readonly own?: { readonly requires: readonly string[]; readonly excludes: readonly string[] };
  readonly percentile: number | null;
}

/** How a concept scores on the recording; undefined where it was not scored against an archive. */
export type ConceptStanding = (
  key: string,
) => { readonly decision: Decision; readonly percentile: number } | undefined;

export function checksOf(
  label: CheckedLabel,
  patient: MeasuredPatient,
  knowledge: Knowledge,
  standingOf: ConceptStanding,
): Checks {
  const vetoed: Check[] = [];
  const supportedBy: Check[] = [];
  const measure = (concept: Concept) => {
    const { verdict, told } = judge(concept, patient);
    const check = { by: 'measurement' as const, concept: concept.key };
    const message = (verb: string) => `${concept.name} ${verb} ${told.join('; ')}`;
    if (verdict === 'failed') vetoed.push({ ...check, message: message('needs') });
    if (verdict === 'met') supportedBy.push({ ...check, message: message('fits:') });
    return verdict;
  };
  if (label.concept) measure(label.concept);
  for (const concept of conceptsOf(knowledge, label.own?.requires)) {
    if (measure(concept) === 'failed') continue;
    const decision = standingOf(concept.key)?.decision;
    const check = { by: 'concept' as const, concept: concept.key };
    if (decision === 'low') {
      vetoed.push({ ...check, message: `requires ${concept.name}, which scores low` });
    } else if (decision === 'high') {
      supportedBy.push({ ...check, message: `${concept.name} scores high` });
    }
  }
  for (const concept of conceptsOf(knowledge, label.own?.excludes)) {
    const standing = standingOf(concept.key);
    const isStronger = standing && standing.percentile > (label.percentile ?? 100);
    if (standing?.decision !== 'high' || !isStronger) continue;
    if (judge(concept, patient).verdict === 'failed') continue; // its own criteria rule it out
    const message = `excludes ${concept.name}, which scores higher`;
    vetoed.push({ by: 'concept', concept: concept.key, message });
  }
  return { vetoed, supportedBy };
}

function conceptsOf(knowledge: Knowledge, keys: readonly string[] = []): Concept[] {
  return keys.flatMap((key) => knowledge.byKey.get(key) ?? []);
}

/** The concepts whose own scores the checks of these labels need. */
export function referencedConcepts(
  labels: readonly Pick<CheckedLabel, 'own'>[],
): ReadonlySet<string> {
  return new Set(labels.flatMap(({ own }) => [...(own?.requires ?? []), ...(own?.excludes ?? [])]));
}
