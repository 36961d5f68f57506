/**
 * Whether a report states a finding, only considers it, or denies it: short lists of English and
 * German trigger words next to the finding, in the manner of NegEx (Chapman et al. 2001, doi
 * 10.1006/jbin.2001.1029). It reads one clause; it does not parse sentences.
 */
import { foldWord, type Token } from './normalise.js';

export type Assertion = 'present' | 'possible' | 'negated';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map(foldWord));

const DENIES_BEFORE = words(
  'no not without denies kein keine keinen keinem keiner keines ohne nor',
);
/** German adverbs such as möglich stand after the finding, inflected adjectives before it. */
const DOUBTS_BEFORE = words(
  `possible possibly probable probably likely suspected suspect suspicious
   suggest suggesting suggestive suggests may might could consider cannot exclude rule borderline or
   otherwise risk previously previous prior
   verdacht möglicherweise mögliche möglicher mögliches wahrscheinlich vermutlich
   fragliche fraglicher oder sonst eljest`,
);
/** What may stand between a trigger and its finding. */
const BETWEEN = words(
  `a an the of for any be old new acute recent definite clear evidence sign signs indicate represent
   due to ecg ekg developing noted criteria criterion
   auf für ein eine einen eines einer hinweis hinweise zeichen anhalt sichere sicherer sicheres
   frische frischer alte alter out`,
);
const DOUBTS_AFTER = [
  ['moeglich'],
  ['fraglich'],
  ['or'],
  ['oder'],
  ['nicht', 'auszuschliessen'],
  ['nicht', 'ausgeschlossen'],
  ['cannot', 'be', 'excluded'],
  ['can', 'not', 'be', 'excluded'],
  ['not', 'excluded'],
  ['is', 'possible'],
  ['is', 'likely'],
  ['is', 'a', 'possible'],
  ['is', 'a', 'likely'],
  ['cannot', 'be', 'ruled', 'out'],
].map((phrase) => phrase.map(foldWord));
const DENIES_AFTER = [
  ['ausgeschlossen'],
  ['ruled', 'out'],
  ['is', 'ruled', 'out'],
  ['is', 'excluded'],
  ['excluded'],
  ['is', 'absent'],
  ['absent'],
  ['not', 'seen'],
  ['is', 'not', 'seen'],
].map((phrase) => phrase.map(foldWord));
const CLAUSE_END = /[.;:!?]/;

/** The text of the clause around a finding and the finding's tokens in it. */
export interface AssertedSpan {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly first: number;
  readonly end: number;
}

/** What the words next to the finding say about it. */
export function assertionOf(span: AssertedSpan): Assertion {
  const before = assertionBefore(span);
  if (before === 'negated') return before;
  const after = assertionAfter(span);
  return after === 'present' ? before : after;
}

function assertionBefore({ text, tokens, first }: AssertedSpan): Assertion {
  let denied = false;
  for (let index = first - 1; index >= 0; index--) {
    if (CLAUSE_END.test(text.slice(tokens[index]!.end, tokens[index + 1]!.start))) break;
    const word = tokens[index]!.text;
    if (DOUBTS_BEFORE.has(word)) return 'possible';
    if (DENIES_BEFORE.has(word)) denied = true;
    else if (!BETWEEN.has(word)) break;
  }
  return denied ? 'negated' : 'present';
}

function assertionAfter(span: AssertedSpan): Assertion {
  if (DOUBTS_AFTER.some((phrase) => follows(span, phrase))) return 'possible';
  if (DENIES_AFTER.some((phrase) => follows(span, phrase))) return 'negated';
  return 'present';
}

function follows({ text, tokens, end }: AssertedSpan, phrase: readonly string[]): boolean {
  return phrase.every((word, index) => {
    const token = tokens[end + index];
    if (token?.text !== word) return false;
    return !CLAUSE_END.test(text.slice(tokens[end + index - 1]!.end, token.start));
  });
}
