/**
 * The recordings of an archive that are described (an even sample of them), and the concepts that
 * their codes name or, where they have none, that their report states.
 */
import type { Archive, StoredEcg } from '../archive/ports.js';
import type { Concept } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { conceptOfCode, find } from '../knowledge/lookup.js';

/** More say little more about a share, and reading every row of a large archive takes long. */
const SAMPLE_COUNT = 2000;

export interface DescribedSample {
  /** Recording -> keys of the concepts stated of it and of what those are kinds of. */
  readonly byEcg: ReadonlyMap<string, ReadonlySet<string>>;
  /** Share (0..1) of the sample that each concept is stated of; absent where of none. */
  readonly shares: ReadonlyMap<string, number>;
}

export function readDescribedSample(archive: Archive, knowledge: Knowledge): DescribedSample {
  const ids = archive.listIds();
  const step = Math.max(1, Math.ceil(ids.length / SAMPLE_COUNT));
  const byEcg = new Map<string, ReadonlySet<string>>();
  const counts = new Map<string, number>();
  for (let index = 0; index < ids.length; index += step) {
    const ecg = archive.get(ids[index]!);
    const keys = ecg && statedKeys(ecg, knowledge);
    if (keys === undefined || keys.size === 0) continue;
    byEcg.set(ecg!.ecgId, keys);
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const shares = new Map([...counts].map(([key, count]) => [key, count / byEcg.size]));
  return { byEcg, shares };
}

function statedKeys(ecg: StoredEcg, knowledge: Knowledge): Set<string> {
  const coded = ecg.codes.map((code) => conceptOfCode(knowledge, code));
  const stated = ecg.codes.length > 0 ? coded : reported(ecg.report ?? '', knowledge);
  const keys = new Set<string>();
  for (const concept of stated) {
    if (concept === undefined) continue;
    keys.add(concept.key);
    for (const ancestor of knowledge.ancestors.get(concept.key) ?? []) keys.add(ancestor);
  }
  return keys;
}

function reported(report: string, knowledge: Knowledge): Concept[] {
  return find(knowledge, report)
    .filter((match) => match.assertion === 'present')
    .map((match) => match.concept);
}
