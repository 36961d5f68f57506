/** From what a user types to a label: a key within a set, a name, a synonym or a code. */
import { PqrError } from '../ecg/errors.js';
import { lookup } from './candidates.js';
import { BARE_LABEL_SETS, LABEL_SETS, type LabelSet } from './concept.js';
import { isKindOf, type Knowledge, type Label, labelsOfConcept } from './knowledge.js';
import { find } from './lookup.js';

/** Short prefixes; each looks through its sets in order. */
const FAMILIES: Readonly<Record<string, readonly LabelSet[]>> = {
  ptbxl: LABEL_SETS.filter((set) => set.startsWith('ptbxl-')),
  scp: ['ptbxl-scp'],
  cpsc: ['cpsc2018'],
  challenge: ['challenge2021'],
  ...Object.fromEntries(LABEL_SETS.map((set) => [set, [set]])),
};
const SUGGESTION_COUNT = 5;

/**
 * The label that `text` stands for: `AFIB`, `atrial fibrillation`, `Vorhofflimmern`, `164889003`,
 * `ptbxl:STTC`, `ptbxl-sub:AMI`, `snomed:164889003`, `aha:50`. A bare key that means one thing in
 * every set it is in is that; an SCP-ECG statement goes before the group of the same letters that
 * holds it. Keys of CSN and of the Challenge are read only with their set (`csn:AF`).
 * @throws `label.ambiguous` (lists the choices), `label.unknown` (lists near spellings).
 */
export function resolveLabel(knowledge: Knowledge, text: string): Label {
  const trimmed = text.trim();
  const prefixed = /^([\w-]+):(.+)$/s.exec(trimmed);
  const prefix = prefixed?.[1]?.toLowerCase() ?? '';
  if (prefixed && isPrefix(prefix)) return resolvePrefixed(knowledge, prefix, prefixed[2]!.trim());
  const candidates = labelsWithKey(knowledge, trimmed, BARE_LABEL_SETS);
  if (candidates.length > 0) return chooseByMeaning(knowledge, trimmed, candidates);
  return chooseNamed(knowledge, trimmed);
}

/**
 * The labels of a table's columns. Where one set holds every column, the columns are read within it
 * (the narrowest such set); otherwise each column is resolved by itself.
 * @throws as resolveLabel
 */
export function resolveColumns(knowledge: Knowledge, columns: readonly string[]): Label[] {
  const sets = LABEL_SETS.filter((set) =>
    columns.every((column) => knowledge.labels[set].has(column)),
  ).sort((a, b) => knowledge.labels[a].size - knowledge.labels[b].size);
  const set = sets[0];
  if (set === undefined) return columns.map((column) => resolveLabel(knowledge, column));
  return columns.map((column) => knowledge.labels[set].get(column)!);
}

/** What is scored when nobody says which labels: the 71 SCP-ECG statements. */
export function defaultLabels(knowledge: Knowledge): Label[] {
  return [...knowledge.labels['ptbxl-scp'].values()];
}

function isPrefix(prefix: string): boolean {
  return Object.hasOwn(FAMILIES, prefix) || prefix === 'snomed' || prefix === 'aha';
}

function resolvePrefixed(knowledge: Knowledge, prefix: string, key: string): Label {
  if (prefix === 'snomed' || prefix === 'aha') {
    const concept = (prefix === 'snomed' ? knowledge.bySnomed : knowledge.byAha).get(key);
    const label = concept && labelsOf(knowledge, concept.key)[0];
    return label ?? unknown(knowledge, `${prefix}:${key}`, key);
  }
  const sets = FAMILIES[prefix]!;
  const exact = labelsWithKey(knowledge, key, sets)[0];
  if (exact) return exact;
  const named = namedLabels(knowledge, key).filter((label) => sets.includes(label.set));
  return named[0] ?? unknown(knowledge, `${prefix}:${key}`, key);
}

function labelsWithKey(knowledge: Knowledge, key: string, sets: readonly LabelSet[]): Label[] {
  const found = (wanted: string) =>
    sets.map((set) => knowledge.labels[set].get(wanted)).filter((label) => label !== undefined);
  const spellings = [key, key.toUpperCase(), key.toUpperCase().replace(/^_/, '')];
  const exact = spellings.map(found).find((labels) => labels.length > 0);
  return exact ?? sets.flatMap((set) => inAnyCase(knowledge, set, key));
}

function inAnyCase(knowledge: Knowledge, set: LabelSet, key: string): Label[] {
  const wanted = key.toLowerCase();
  return [...knowledge.labels[set].values()].filter((one) => one.key.toLowerCase() === wanted);
}

function labelsOf(knowledge: Knowledge, conceptKey: string): Label[] {
  const concept = knowledge.byKey.get(conceptKey);
  return concept === undefined ? [] : labelsOfConcept(knowledge, concept);
}

function chooseByMeaning(knowledge: Knowledge, text: string, labels: readonly Label[]): Label {
  const first = labels[0]!;
  const others = labels.filter((label) => label.concept !== first.concept);
  if (others.length === 0) return first;
  const grouped = others.every((other) => isKindOf(knowledge, first.concept, other.concept));
  if (first.set === 'ptbxl-scp' && grouped) return first;
  return ambiguous(text, [first, ...others]);
}

function chooseNamed(knowledge: Knowledge, text: string): Label {
  const labels = namedLabels(knowledge, text);
  const concepts = new Set(labels.map((label) => label.concept));
  if (concepts.size === 0) return unknown(knowledge, text, text);
  if (concepts.size === 1) return labels[0]!;
  const firsts = [...concepts].map((concept) => labels.find((label) => label.concept === concept)!);
  return ambiguous(text, firsts);
}

/** The labels of every concept that the whole text names, in any language or code. */
function namedLabels(knowledge: Knowledge, text: string): Label[] {
  return find(knowledge, text)
    .filter((match) => match.score === 1 && match.assertion === 'present')
    .flatMap((match) => labelsOf(knowledge, match.concept.key));
}

function ambiguous(text: string, labels: readonly Label[]): never {
  const choices = labels.map((label) => `${label.set}:${label.key}`);
  const told = labels.map((label) => `${label.set}:${label.key} (${label.concept.name})`);
  throw new PqrError(
    'label.ambiguous',
    `"${text}" stands for several labels: ${told.join(', ')}.`,
    {
      hint: `Name one of them: ${choices.join(' or ')}.`,
      details: { label: text, choices },
    },
  );
}

function unknown(knowledge: Knowledge, text: string, bare: string): never {
  const near = nearSpellings(knowledge, bare);
  throw new PqrError('label.unknown', `No label has the name or code "${text}".`, {
    hint:
      near.length > 0
        ? `Near spellings: ${near.join(', ')}.`
        : 'Use the name or code of an SCP-ECG statement, for example: atrial fibrillation, AFIB.',
    details: { label: text, near },
  });
}

/** Keys and names of what `text` may mean, the likeliest first. */
function nearSpellings(knowledge: Knowledge, text: string): string[] {
  return lookup(knowledge, text, SUGGESTION_COUNT).map(
    ({ concept }) => `${labelsOfConcept(knowledge, concept)[0]!.key} (${concept.name})`,
  );
}
