/**
 * The rules that the entries must hold together. What breaks one is refused; what is odd is a
 * warning.
 */
import type { Concept, Sources } from './concept.js';
import type { KnowledgeWarning } from './knowledge.js';
import { PhraseIndex } from './phrase-index.js';

/** Every broken rule, one sentence each; empty where the entries are sound. */
export function brokenRules(concepts: readonly Concept[], sources: Sources): string[] {
  return [
    ...repeated(concepts.map((concept) => concept.key)).map(
      (key) => `The key ${key} occurs twice.`,
    ),
    ...repeatedLabels(concepts),
    ...repeatedCodes(concepts),
    ...brokenLinks(concepts),
    ...brokenExcludes(concepts),
    ...concepts.flatMap((concept) =>
      concept.references
        .filter((id) => !Object.hasOwn(sources, id))
        .map((id) => `${concept.key} cites ${id}, which sources.json does not have.`),
    ),
  ];
}

function repeated(keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
}

function repeatedLabels(concepts: readonly Concept[]): string[] {
  const labels = concepts.flatMap((concept) => concept.sets.map(({ set, key }) => `${set}:${key}`));
  return repeated(labels).map((label) => `The label ${label} belongs to more than one entry.`);
}

function repeatedCodes(concepts: readonly Concept[]): string[] {
  const codes = concepts.flatMap(({ codes: { scp, snomed = [], aha } }) => [
    ...(scp ? [`SCP-ECG ${scp}`] : []),
    ...(aha ? [`AHA ${aha}`] : []),
    ...snomed.map((code) => `SNOMED CT ${code}`),
  ]);
  return repeated(codes).map((code) => `The code ${code} belongs to more than one entry.`);
}

function brokenLinks(concepts: readonly Concept[]): string[] {
  const byKey = new Map(concepts.map((concept) => [concept.key, concept]));
  const missing = concepts.flatMap((concept) =>
    [...concept.parents, ...concept.excludes]
      .filter((key) => !byKey.has(key))
      .map((key) => `${concept.key} names ${key}, which is no entry.`),
  );
  const circular = concepts
    .filter((concept) => reaches(concept, concept.key, byKey))
    .map((concept) => `${concept.key} is its own ancestor.`);
  return [...missing, ...circular];
}

function reaches(from: Concept, key: string, byKey: ReadonlyMap<string, Concept>): boolean {
  const seen = new Set<string>();
  const open = [...from.parents];
  while (open.length > 0) {
    const next = open.pop()!;
    if (next === key) return true;
    if (!seen.has(next)) open.push(...(byKey.get(next)?.parents ?? []));
    seen.add(next);
  }
  return false;
}

function brokenExcludes(concepts: readonly Concept[]): string[] {
  const byKey = new Map(concepts.map((concept) => [concept.key, concept]));
  return concepts.flatMap((concept) =>
    concept.excludes
      .map((key) => byKey.get(key))
      .filter((other) => other !== undefined)
      .filter((other) => other === concept || !other.excludes.includes(concept.key))
      .map((other) =>
        other === concept
          ? `${concept.key} excludes itself.`
          : `${concept.key} excludes ${other.key}, but ${other.key} does not exclude ${concept.key}.`,
      ),
  );
}

/** Names that stand for several concepts: a text that uses one cannot be told apart. */
export function oddities(concepts: readonly Concept[]): KnowledgeWarning[] {
  return [...new PhraseIndex(concepts).byPhrase]
    .filter(([, named]) => named.length > 1)
    .map(([phrase, named]) => ({
      code: 'knowledge.duplicate-name' as const,
      message: `"${phrase}" names ${named.map((concept) => concept.key).join(' and ')}.`,
    }));
}
