/** Choosing labels: finding them by any of their names, and ranking what was scored. */
import type { Decision, Label, LabelScore } from './api-types.js';

const SUGGESTION_COUNT = 40;
const STRENGTH: Readonly<Record<Decision, number>> = { high: 0, possible: 1, low: 2 };

/** Labels with `text` in their key, name, code or a synonym; whole-key matches first. */
export function findLabels(labels: readonly Label[], text: string): Label[] {
  const wanted = plain(text.trim());
  if (wanted === '') return labels.slice(0, SUGGESTION_COUNT);
  const found = labels.filter((label) =>
    namesOf(label).some((name) => plain(name).includes(wanted)),
  );
  const isExact = (label: Label) => plain(label.key) === wanted || plain(label.name) === wanted;
  return [...found.filter(isExact), ...found.filter((label) => !isExact(label))].slice(
    0,
    SUGGESTION_COUNT,
  );
}

function namesOf({ key, name, code, synonyms }: Label): string[] {
  return [key, name, ...(code ? [code] : []), ...(synonyms ?? [])];
}

/** Lower case without accents: `Überleitung` is found by `uberleitung`. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}

/** The most telling first: by decision, then percentile, then cosine. */
export function rankScores(scores: readonly LabelScore[]): LabelScore[] {
  const strength = ({ decision }: LabelScore) => (decision === null ? 3 : STRENGTH[decision]);
  return [...scores].sort(
    (a, b) =>
      strength(a) - strength(b) || (b.percentile ?? 0) - (a.percentile ?? 0) || b.score - a.score,
  );
}
