/**
 * Whether a report states a finding, only considers it, or denies it: short lists of English, German
 * and (as PTB-XL has them) Swedish trigger words next to the finding, in the manner of NegEx (Chapman et al. 2001, doi
 * 10.1006/jbin.2001.1029). It reads one clause; it does not parse sentences.
 */
import { DENIED_AFTER_WORDS, deniedAfter } from './denied-after.js';
import { foldWord, type Token } from './normalise.js';

export type Assertion = 'present' | 'possible' | 'negated';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map(foldWord));

const DENIES_BEFORE = words(
  'no not nicht without denies absence neither kein keine keinen keinem keiner keines ohne nor weder ej ingen utan',
);
/** German adverbs such as möglich stand after the finding, inflected adjectives before it. */
const DOUBTS_BEFORE = words(
  `possible possibly probable probably likely suspected suspect suspicious
   suggest suggesting suggestive suggests may might could consider cannot exclude rule borderline or
   otherwise risk previously previous prior presumably presumed perhaps questionable commonly
   potential equivocal
   verdacht möglicherweise mögliche möglicher wahrscheinlich vermutlich
   fragliche fraglicher eventuell eventuelle evtl moegl vermutete vermuteter oder sonst
   eljest misstänkt såsom eller`,
);
/** What may stand between a trigger and its finding. */
const BETWEEN = words(
  `a an the of for any be old new acute recent definite clear evidence sign signs indicate represent
   due to ecg ekg developing noted criteria criterion minor slight mild marked represents indicates
   indicating raise possibility there is are present this has been
   auf für ein eine einen eines einer hinweis hinweise zeichen anhalt sichere sicherer sicheres
   frische frischer alte alter out leichte leichter beginnende beginnender einem mit vereinbar vid
   av Äldre gammal`,
);
const DOUBTS_AFTER = [
  ['moeglich'],
  ['moegl'],
  ['fraglich'],
  ['bör', 'övervägas'],
  ['kan', 'ej', 'uteslutas'],
  ['nicht', 'auszuschliessen'],
  ['nicht', 'sicher', 'auszuschliessen'],
  ['kann', 'nicht', 'ausgeschlossen'],
  ['should', 'be', 'considered'],
  ['is', 'suspected'],
  ['suspected'],
  ['is', 'not', 'excluded'],
  ['are', 'not', 'excluded'],
  ['can', 'not', 'be', 'ruled', 'out'],
  ['is', 'a', 'possibility'],
  ['nicht', 'ausgeschlossen'],
  ['cannot', 'be', 'excluded'],
  ['cannot', 'be', 'entirely', 'excluded'],
  ['can', 'not', 'be', 'excluded'],
  ['not', 'excluded'],
  ['is', 'possible'],
  ['is', 'likely'],
  ['is', 'a', 'possible'],
  ['is', 'a', 'likely'],
  ['cannot', 'be', 'ruled', 'out'],
].map((phrase) => phrase.map(foldWord));
const ALTERNATIVE_AFTER = [['or'], ['oder'], ['eller']];
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
/** "Non-specific but consistent with ischaemia" doubts; "consistent with an old infarct" alone states. */
const CONSISTENT = words('consistent compatible with but');
const CLAUSE_END = /[.;:!?]/;
const MAX_WORDS_BEHIND = 8;

/** All words above, folded: none of them is a misspelt finding. */
export const ASSERTION_WORDS: ReadonlySet<string> = new Set([
  ...DENIES_BEFORE,
  ...DOUBTS_BEFORE,
  ...BETWEEN,
  ...CONSISTENT,
  ...[...DOUBTS_AFTER, ...DENIES_AFTER, ...ALTERNATIVE_AFTER].flat(),
  ...DENIED_AFTER_WORDS,
]);

/** The text of the clause around a finding and the finding's tokens in it. */
export interface AssertedSpan {
  /** False where an "or" after it joins two descriptions of one wave ("flat or inverted"). */
  readonly orDoubts?: boolean;
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
  if (/\?$/.test(text.slice(0, tokens[first]!.start))) return 'possible';
  let denied = false;
  let isWeak = false;
  for (let index = first - 1; index >= 0; index--) {
    if (CLAUSE_END.test(text.slice(tokens[index]!.end, tokens[index + 1]!.start))) break;
    const word = tokens[index]!.text;
    if (DOUBTS_BEFORE.has(word)) return 'possible';
    if (isWeak && word === 'specific') return 'possible';
    if (CONSISTENT.has(word)) isWeak = true;
    else if (DENIES_BEFORE.has(word)) denied = true;
    else if (!BETWEEN.has(word)) break;
  }
  return denied ? 'negated' : 'present';
}

function assertionAfter(span: AssertedSpan): Assertion {
  if (/^\s*\(?\?/.test(span.text.slice(span.tokens[span.end - 1]!.end))) return 'possible';
  if (span.orDoubts !== false && ALTERNATIVE_AFTER.some((phrase) => follows(span, phrase)))
    return 'possible';
  if (DOUBTS_AFTER.some((phrase) => follows(span, phrase))) return 'possible';
  if (DENIES_AFTER.some((phrase) => follows(span, phrase))) return 'negated';
  return deniedAfter(wordsBehind(span)) ?? 'present';
}

/** The words from the finding to the end of its clause. */
function wordsBehind({ text, tokens, end }: AssertedSpan): string[] {
  const behind: string[] = [];
  for (let index = end; index < tokens.length && behind.length < MAX_WORDS_BEHIND; index++) {
    if (CLAUSE_END.test(text.slice(tokens[index - 1]!.end, tokens[index]!.start))) break;
    behind.push(tokens[index]!.text);
  }
  return behind;
}

function follows({ text, tokens, end }: AssertedSpan, phrase: readonly string[]): boolean {
  return phrase.every((word, index) => {
    const token = tokens[end + index];
    if (token?.text !== word) return false;
    return !CLAUSE_END.test(text.slice(tokens[end + index - 1]!.end, token.start));
  });
}
