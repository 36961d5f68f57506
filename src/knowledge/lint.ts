/**
 * The rules that the repository's own entries must hold beyond what loading demands (check.ts): a
 * user's folder may lack a label set, ours may not. `npm run knowledge:check` runs them.
 */
import { z } from 'zod';
import { brokenRules } from './check.js';
import { type Concept, DATA_LABEL_SETS, type Sources } from './concept.js';
import { lintCriteria } from './lint-criteria.js';
import { lintLinks } from './lint-links.js';
import { lintNames } from './lint-names.js';

/** The codes that publishers list, so that a mistyped one is found; knowledge/codes.json. */
export const knownCodesSchema = z.strictObject({
  /** Statements of SCP-ECG as PTB-XL uses them. */
  scp: z.array(z.string()),
  /** Numbers of the AHA/ACC/HRS 2007 statement list. */
  aha: z.array(z.string()),
  /** SNOMED CT identifiers by the publisher that lists them (an id of sources.json). */
  snomed: z.record(z.string(), z.array(z.string())),
});
export type KnownCodes = Readonly<z.infer<typeof knownCodesSchema>>;

export interface KnowledgeFolder {
  readonly concepts: readonly Concept[];
  readonly sources: Sources;
  readonly codes: KnownCodes;
}

/** How many labels each set of published data has. */
export const LABEL_COUNTS: Readonly<Record<(typeof DATA_LABEL_SETS)[number], number>> = {
  'ptbxl-scp': 71,
  'ptbxl-super': 5,
  'ptbxl-sub': 23,
  'ptbxl-form': 19,
  'ptbxl-rhythm': 12,
  cpsc2018: 9,
  csn: 38,
  challenge2021: 30,
};

/** Every broken rule, one sentence each, that names the entry; empty where all is well. */
export function lintKnowledge({ concepts, sources, codes }: KnowledgeFolder): string[] {
  return [
    ...brokenRules(concepts, sources),
    ...lintNames(concepts),
    ...lintLinks(concepts),
    ...concepts.flatMap((concept) => lintCriteria(concept)),
    ...lintSets(concepts),
    ...lintCodes(concepts, codes),
    ...lintSources(concepts, sources, codes),
    ...concepts
      .filter(({ urgency }) => urgency === undefined)
      .map(({ key }) => `${key} has no urgency.`),
  ];
}

function lintSets(concepts: readonly Concept[]): string[] {
  const labels = concepts.flatMap((concept) => concept.sets.map((label) => ({ concept, label })));
  const counts = DATA_LABEL_SETS.flatMap((set) => {
    const count = labels.filter(({ label }) => label.set === set).length;
    const told = `${set} has ${LABEL_COUNTS[set]} labels, but the entries hold ${count}.`;
    return count === LABEL_COUNTS[set] ? [] : [told];
  });
  const same = labels.flatMap(({ concept, label: { set, key, sameAs } }) => {
    if (sameAs === undefined) return [];
    const other = concept.sets.find((one) => one.set === set && one.key === sameAs);
    const isSound = other !== undefined && other.key !== key && other.sameAs === undefined;
    const told = `${concept.key}: ${set}:${key} is scored as ${sameAs}, which is no other first label of it.`;
    return isSound ? [] : [told];
  });
  return [...counts, ...same];
}

function lintCodes(concepts: readonly Concept[], codes: KnownCodes): string[] {
  const snomed = new Set(Object.values(codes.snomed).flat());
  return concepts.flatMap((concept) => {
    const { scp, aha, snomed: own = [] } = concept.codes;
    return [
      ...(scp === undefined || codes.scp.includes(scp) ? [] : [`SCP-ECG ${scp}`]),
      ...(aha === undefined || codes.aha.includes(aha) ? [] : [`AHA ${aha}`]),
      ...own.filter((code) => !snomed.has(code)).map((code) => `SNOMED CT ${code}`),
    ].map((code) => `${concept.key} has the code ${code}, which codes.json does not have.`);
  });
}

function lintSources(
  concepts: readonly Concept[],
  sources: Sources,
  { snomed }: KnownCodes,
): string[] {
  const cited = new Set(concepts.flatMap(({ references }) => references));
  const unused = Object.keys(sources).filter((id) => !cited.has(id));
  const unlisted = concepts.flatMap(({ key, references, criteria = [] }) =>
    [...new Set(criteria.map(({ source }) => source))]
      .filter((id) => !references.includes(id))
      .map((id) => `${key}: a criterion cites ${id}, which is not among its references.`),
  );
  const strange = Object.keys(snomed).filter((id) => !Object.hasOwn(sources, id));
  return [
    ...unused.map((id) => `No entry cites the source ${id}.`),
    ...strange.map((id) => `codes.json cites ${id}, which sources.json does not have.`),
    ...unlisted,
  ];
}
