/** The similar cases of a report and what they agree on. */
import type { Concept } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { conceptOfCode, find } from '../knowledge/lookup.js';
import type { ReportSubject, SimilarCase, SimilarCases } from './ports.js';

/** What is asked for beyond the wanted number, since a patient counts once. */
const SPARE_FACTOR = 4;

/** A similar case with the statements that its codes and its report make. */
export interface ReadCase extends SimilarCase {
  /** Coded, or stated in the report; neither considered nor denied. */
  readonly stated: readonly Concept[];
}

/** The best `count` cases of an acceptable signal, one a patient, without the subject and its patient. */
export async function pickCases(
  subject: ReportSubject,
  similarCases: SimilarCases,
  count: number,
  signal?: AbortSignal,
): Promise<SimilarCase[]> {
  const found = await similarCases(count * SPARE_FACTOR, signal);
  const seenPatients = new Set<string>(subject.patientId ? [subject.patientId] : []);
  const seenIds = new Set([subject.ecgId]);
  const picked: SimilarCase[] = [];
  for (const one of [...found].sort((a, b) => b.score - a.score)) {
    if (picked.length === count) break;
    if (one.acceptable === false) continue;
    if (seenIds.has(one.ecgId) || (one.patientId && seenPatients.has(one.patientId))) continue;
    seenIds.add(one.ecgId);
    if (one.patientId) seenPatients.add(one.patientId);
    picked.push(one);
  }
  return picked;
}

/** The concepts a case states, in its codes first, then in the words of its report. */
export function readCase(knowledge: Knowledge, one: SimilarCase): ReadCase {
  const coded = one.codes.map((code) => conceptOfCode(knowledge, code));
  const written = find(knowledge, one.report ?? '')
    .filter((match) => match.assertion === 'present')
    .sort((a, b) => a.start - b.start)
    .map((match) => match.concept);
  const stated = [...coded, ...written].filter((concept) => concept !== undefined);
  return { ...one, stated: [...new Set(stated)] };
}

/** A statement and the cases (by index) that make it, themselves or by a kind of it. */
export interface Agreement {
  readonly concept: Concept;
  readonly caseIndexes: readonly number[];
}

/**
 * What more than one case states, most often stated first. A broader statement ("myocardial
 * infarction") is listed only where more cases share it than share any kind of it.
 */
export function agreements(knowledge: Knowledge, cases: readonly ReadCase[]): Agreement[] {
  const holders = new Map<string, Set<number>>();
  for (const [index, one] of cases.entries()) {
    for (const concept of one.stated) {
      for (const key of [concept.key, ...(knowledge.ancestors.get(concept.key) ?? [])]) {
        holders.set(key, (holders.get(key) ?? new Set()).add(index));
      }
    }
  }
  const isExplained = (key: string, size: number) =>
    [...holders].some(
      ([other, set]) => set.size >= size && (knowledge.ancestors.get(other)?.has(key) ?? false),
    );
  return [...holders]
    .filter(([key, set]) => set.size > 1 && !isExplained(key, set.size))
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([key, set]) => ({ concept: knowledge.byKey.get(key)!, caseIndexes: [...set] }));
}
