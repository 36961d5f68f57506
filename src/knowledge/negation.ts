/**
 * Phrases that deny a concept. A rule makes most of them from its names, in the wording that
 * assertion.ts reads; an entry adds those that the rule cannot make ("normal QT interval" denies a
 * long one). German articles depend on a gender that entries do not hold, so all are made.
 */
import type { Concept } from './concept.js';

const RULE_EN = (name: string) => [`no ${name}`, `no evidence of ${name}`, `without ${name}`];
const RULE_DE = (name: string) => [
  `kein ${name}`,
  `keine ${name}`,
  `ohne ${name}`,
  `${name} ausgeschlossen`,
];

/** The denying phrases in English and German, those of the rule first. */
export function negatedForms(concept: Concept): { en: string[]; de: string[] } {
  const nameDe = concept.synonymsDe[0];
  return {
    en: [...RULE_EN(concept.name), ...(concept.negatedForms?.en ?? [])],
    de: [...(nameDe === undefined ? [] : RULE_DE(nameDe)), ...(concept.negatedForms?.de ?? [])],
  };
}
