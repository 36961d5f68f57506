/** What entries say about each other: parents, requires, excludes, differentials. */
import type { Concept } from './concept.js';

type ByKey = ReadonlyMap<string, Concept>;

export function lintLinks(concepts: readonly Concept[]): string[] {
  const byKey = new Map(concepts.map((concept) => [concept.key, concept]));
  return concepts.flatMap((concept) => [
    ...lintPlace(concept),
    ...lintRequires(concept, byKey),
    ...lintDifferentials(concept, byKey),
    ...concept.excludes
      .filter((key) => isRelated(concept, key, byKey))
      .map((key) => `${concept.key} excludes ${key}, which is a kind of it or it a kind of that.`),
  ]);
}

function lintPlace({ key, parents, root }: Concept): string[] {
  if (parents.length === 0 && !root)
    return [`${key} has no parent and is no root of its category.`];
  if (parents.length > 0 && root) return [`${key} is a root, but has a parent.`];
  return [];
}

function lintRequires(concept: Concept, byKey: ByKey): string[] {
  return (concept.requires ?? []).flatMap((key) => {
    const told = `${concept.key} requires ${key}`;
    const other = byKey.get(key);
    if (other === undefined) return [`${told}, which is no entry.`];
    if (key === concept.key) return [`${told}, which is itself.`];
    const own = [concept, ...ancestors(concept, byKey)];
    if (own.includes(other)) return [`${told}, but is a kind of it already.`];
    const barred = [other, ...ancestors(other, byKey)].find((one) =>
      own.some(({ excludes }) => excludes.includes(one.key)),
    );
    return barred ? [`${told}, but excludes ${barred.key}.`] : [];
  });
}

function lintDifferentials(concept: Concept, byKey: ByKey): string[] {
  const listed = concept.differentials ?? [];
  const told = (key: string) => `${concept.key} has the differential ${key}`;
  return [
    ...listed.filter((key) => !byKey.has(key)).map((key) => `${told(key)}, which is no entry.`),
    ...listed
      .filter((key) => byKey.has(key) && isRelated(concept, key, byKey))
      .map((key) => `${told(key)}, which is a kind of it or it a kind of that.`),
    ...listed
      .filter((key, index) => listed.indexOf(key) !== index)
      .map((key) => `${told(key)} twice.`),
    ...listed
      .filter((key) => concept.requires?.includes(key))
      .map((key) => `${told(key)}, but requires it.`),
  ];
}

function isRelated(concept: Concept, key: string, byKey: ByKey): boolean {
  const other = byKey.get(key);
  if (other === undefined) return false;
  return (
    other === concept ||
    ancestors(concept, byKey).includes(other) ||
    ancestors(other, byKey).includes(concept)
  );
}

function ancestors(concept: Concept, byKey: ByKey): Concept[] {
  const found = new Set<Concept>();
  const open = [...concept.parents];
  while (open.length > 0) {
    const parent = byKey.get(open.pop()!);
    if (parent === undefined || found.has(parent)) continue;
    found.add(parent);
    open.push(...parent.parents);
  }
  return [...found];
}
