/**
 * Denials that stand behind a finding: "Vorhofflimmern ist nicht mehr nachweisbar", "is no longer present".
 * A copula, a "not", an adverb and a word of seeing or being, in this order; all but the "not" and the last
 * may be missing. "Nicht neu" denies something else and is not one; what was not seen,
 * in the past tense, may be of an earlier recording.
 */
import { foldWord } from './normalise.js';

const words = (text: string): readonly string[] => text.split(/\s+/).map(foldWord);
const folded = (text: string): ReadonlySet<string> => new Set(words(text));

const COPULA = folded('ist sind wird werden liegt lässt sich is are has have been');
const NOT = folded('nicht not inte ej');
const NO_LONGER = words('no longer');
const ADVERB = folded('mehr aktuell derzeit heute currently anymore zu');
/** What is not seen for sure may still be there. */
const UNSURE = folded('sicher eindeutig zweifelsfrei clearly definitely reliably certainly');
const SEEN = folded(
  `nachweisbar nachzuweisen nachgewiesen nachweisen erkennbar erkennen vorhanden sichtbar sehen gesehen
   feststellbar festgestellt feststellen abgrenzbar vor gegeben darstellbar
   present seen detected detectable evident demonstrated found identified observed visible apparent
   ses påvisas`,
);

export const DENIED_AFTER_WORDS: ReadonlySet<string> = new Set([
  ...[...COPULA, ...NOT, ...NO_LONGER, ...ADVERB, ...UNSURE, ...SEEN],
]);

/**
 * What the folded words behind a finding, up to the end of its clause, say of it.
 * @returns undefined where they are no such denial
 */
export function deniedAfter(behind: readonly string[]): 'negated' | 'possible' | undefined {
  let at = 0;
  const pass = (among: ReadonlySet<string>): boolean => {
    const start = at;
    while (at < behind.length && among.has(behind[at]!)) at++;
    return at > start;
  };
  pass(COPULA);
  if (NO_LONGER.every((word, index) => behind[at + index] === word)) at += NO_LONGER.length;
  else if (!pass(NOT)) return undefined;
  pass(ADVERB);
  const unsure = pass(UNSURE);
  pass(ADVERB);
  if (!SEEN.has(behind[at] ?? '')) return undefined;
  return unsure ? 'possible' : 'negated';
}
