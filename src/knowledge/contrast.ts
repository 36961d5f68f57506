/**
 * "Infarction, not inferior": a finding that is stated, and the same finding at another place that is
 * denied. The place is put before the finding's other words, and what that names is denied, where it names anything.
 */
import type { Concept } from './concept.js';
import type { Knowledge } from './knowledge.js';
import { foldWord, type Token } from './normalise.js';

export interface DeniedPlace {
  readonly concepts: readonly Concept[];
  /** Tokens first..end, end exclusive: the word of the place. */
  readonly first: number;
  readonly end: number;
}

const folded = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map(foldWord));

const BUT = folded('but aber sondern men');
const NOT = folded('not nicht inte ej');
const OR = folded('or nor and oder noch und eller och');
const PLACES = folded(
  `inferior anterior lateral septal posterior anteroseptal anterolateral inferolateral inferoposterior
   inferoposterolateral apical right left rechts links`,
);
/** German endings of a place before its finding: `inferiorer Infarkt`, `inferiore Ischämie`. */
const ENDINGS = ['', 'er', 'e', 'es'] as const;

/** The places denied right behind a finding of tokens `first..end`. */
export function deniedPlaces(
  knowledge: Knowledge,
  text: string,
  tokens: readonly Token[],
  { first, end }: { readonly first: number; readonly end: number },
): DeniedPlace[] {
  let at = end;
  const behind = tokens[end];
  if (!behind || /[.;:!?]/.test(text.slice(tokens[end - 1]!.end, behind.start))) return [];
  const word = () => tokens[at]?.text ?? '';
  if (BUT.has(word())) at++;
  if (!NOT.has(word())) return [];
  at++;
  const named = tokens.slice(first, end).map((token) => token.text);
  const rest = named.filter((one) => placeOf(one) === undefined);
  const found: DeniedPlace[] = [];
  for (let place = placeOf(word()); place !== undefined; place = placeOf(word())) {
    const concepts = conceptsAt(knowledge, place, rest);
    if (concepts.length > 0) found.push({ concepts, first: at, end: at + 1 });
    at++;
    if (OR.has(word())) at++;
  }
  return found;
}

/** The place that a word names, without its ending; undefined where it names none. */
function placeOf(word: string): string | undefined {
  return [...PLACES].find((place) => ENDINGS.some((ending) => word === place + ending));
}

function conceptsAt(
  knowledge: Knowledge,
  place: string,
  rest: readonly string[],
): readonly Concept[] {
  if (rest.length === 0) return [];
  for (const ending of ENDINGS) {
    const concepts = knowledge.phrases.byPhrase.get([place + ending, ...rest].join(' '));
    if (concepts) return concepts;
  }
  return [];
}
