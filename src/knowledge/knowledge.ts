/** The knowledge base in memory: the entries and the tables that look-ups need. */
import {
  BARE_LABEL_SETS,
  type Concept,
  LABEL_SETS,
  type LabelSet,
  type Sources,
} from './concept.js';
import { NameIndex } from './names.js';
import { normalise } from './normalise.js';
import { PhraseIndex } from './phrase-index.js';
import { Spelling } from './spelling.js';

/** Something about the entries that a reviewer should see and that does not stop the work. */
export interface KnowledgeWarning {
  readonly code: 'knowledge.duplicate-name';
  readonly message: string;
}

/** A label is a key within a set; it stands for a concept. */
export interface Label {
  readonly set: LabelSet;
  readonly key: string;
  readonly concept: Concept;
}

export interface Knowledge {
  readonly concepts: readonly Concept[];
  readonly sources: Sources;
  readonly warnings: readonly KnowledgeWarning[];
  readonly byKey: ReadonlyMap<string, Concept>;
  /** Labels of each set, by key, in no special order. */
  readonly labels: Readonly<Record<LabelSet, ReadonlyMap<string, Label>>>;
  readonly bySnomed: ReadonlyMap<string, Concept>;
  readonly byAha: ReadonlyMap<string, Concept>;
  readonly byAbbreviation: ReadonlyMap<string, readonly Concept[]>;
  readonly phrases: PhraseIndex;
  readonly names: NameIndex;
  /** Knows the words of all wordings. */
  readonly spelling: Spelling;
  /** Parents, their parents and so on; the concept itself is not among them. */
  readonly ancestors: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Builds the tables over entries that have been checked (check.ts). */
export function makeKnowledge(
  concepts: readonly Concept[],
  sources: Sources,
  warnings: readonly KnowledgeWarning[],
): Knowledge {
  const byKey = new Map(concepts.map((concept) => [concept.key, concept]));
  const phrases = new PhraseIndex(concepts);
  return Object.freeze({
    concepts,
    sources,
    warnings,
    byKey,
    labels: labelsBySet(concepts),
    bySnomed: new Map(
      concepts.flatMap((concept) => (concept.codes.snomed ?? []).map((code) => [code, concept])),
    ),
    byAha: new Map(
      concepts.flatMap((concept) => (concept.codes.aha ? [[concept.codes.aha, concept]] : [])),
    ),
    byAbbreviation: abbreviations(concepts),
    phrases,
    names: new NameIndex(concepts),
    spelling: new Spelling([...phrases.words(), ...codeWords(concepts)]),
    ancestors: new Map(concepts.map((concept) => [concept.key, ancestorsOf(concept, byKey)])),
  });
}

/** Keys and abbreviations as words of a text. */
function codeWords(concepts: readonly Concept[]): string[] {
  return concepts.flatMap(({ key, abbreviations = [], sets }) =>
    [key, ...abbreviations, ...sets.map((label) => label.key)].flatMap((code) =>
      normalise(code).split(' '),
    ),
  );
}

function labelsBySet(concepts: readonly Concept[]): Record<LabelSet, Map<string, Label>> {
  const bySet = Object.fromEntries(
    LABEL_SETS.map((set) => [set, new Map<string, Label>()]),
  ) as Record<LabelSet, Map<string, Label>>;
  for (const concept of concepts) {
    for (const { set, key } of concept.sets) bySet[set].set(key, { set, key, concept });
    if (!concept.sets.some(({ set }) => BARE_LABEL_SETS.includes(set))) {
      bySet.knowledge.set(concept.key, { set: 'knowledge', key: concept.key, concept });
    }
  }
  return bySet;
}

function abbreviations(concepts: readonly Concept[]): Map<string, Concept[]> {
  const byAbbreviation = new Map<string, Concept[]>();
  for (const concept of concepts) {
    for (const letters of concept.abbreviations ?? []) {
      byAbbreviation.set(letters, [...(byAbbreviation.get(letters) ?? []), concept]);
    }
  }
  return byAbbreviation;
}

/** Every label of a concept: those whose keys can be typed bare first. */
export function labelsOfConcept(knowledge: Knowledge, concept: Concept): Label[] {
  const own = knowledge.labels.knowledge.get(concept.key);
  const inSets = concept.sets.map(({ set, key }) => knowledge.labels[set].get(key)!);
  const bare = inSets.filter(({ set }) => BARE_LABEL_SETS.includes(set));
  return [...bare, ...(own ? [own] : []), ...inSets.filter((label) => !bare.includes(label))];
}

function ancestorsOf(concept: Concept, byKey: ReadonlyMap<string, Concept>): Set<string> {
  const found = new Set<string>();
  const open = [...concept.parents];
  while (open.length > 0) {
    const key = open.pop()!;
    if (found.has(key)) continue;
    found.add(key);
    open.push(...(byKey.get(key)?.parents ?? []));
  }
  return found;
}

/** True where the two cannot both be stated of one recording. */
export function areExclusive(a: Concept, b: Concept): boolean {
  return a.excludes.includes(b.key);
}

/** True where `concept` is `other` or a kind of it. */
export function isKindOf(knowledge: Knowledge, concept: Concept, other: Concept): boolean {
  return (
    concept.key === other.key || (knowledge.ancestors.get(concept.key)?.has(other.key) ?? false)
  );
}

/** The concept itself and every kind of it. */
export function kindsOf(knowledge: Knowledge, concept: Concept): Concept[] {
  return knowledge.concepts.filter((one) => isKindOf(knowledge, one, concept));
}
