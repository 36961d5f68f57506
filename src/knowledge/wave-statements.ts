/**
 * What a clause says about ST segments and T waves word by word: "T waves are low, flat or slightly inverted in
 * I", "T wave flattening in II and inversion in III". A wave named first rules the words after it, until the
 * clause ends or another wave is named. Names of the knowledge base go before (phrase-index.ts).
 */
import type { Concept } from './concept.js';
import { foldWord, type Token } from './normalise.js';

/** Concept keys by wave and by the word that describes it; words as the languages write them. */
const WORDS: Readonly<Record<'st' | 't', Readonly<Record<string, string>>>> = {
  st: {
    'ST-DEPRESSION': 'depressed depression senkung gesenkt sÄnkning',
    'ST-ELEVATION': 'elevated elevation hebung angehoben hÖjning',
  },
  t: {
    LOWT: 'low flat flattened flattening flach abgeflacht',
    INVT: 'inverted inversion negative negativ neg invertiert',
    'TALL-T': 'tall peaked',
  },
};
const KEY_BY_WORD = Object.fromEntries(
  Object.entries(WORDS).map(([wave, keys]) => [
    wave,
    new Map(
      Object.entries(keys).flatMap(([key, words]) =>
        words.split(' ').map((word): [string, string] => [foldWord(word), key]),
      ),
    ),
  ]),
) as unknown as Record<'st' | 't', ReadonlyMap<string, string>>;
/** A wave named by these ends the reign of the one before. */
const OTHER_WAVES = new Set([
  'p',
  'q',
  'qs',
  'r',
  's',
  'u',
  'qrs',
  'pr',
  'pq',
  'qt',
  'voltage',
  'axis',
]);
const CLAUSE_END = /[.;:!?]/;
const REACH_TOKENS = 16;

export interface WaveStatement {
  readonly concepts: readonly Concept[];
  readonly first: number;
  readonly end: number;
  /** "Flat or inverted" says both. */
  readonly orDoubts: false;
}

/** @param isTaken whether a token belongs to a name that was found */
export function waveStatements(
  text: string,
  tokens: readonly Token[],
  { byKey, isTaken }: { byKey: ReadonlyMap<string, Concept>; isTaken: (token: number) => boolean },
): WaveStatement[] {
  const found: WaveStatement[] = [];
  let wave: 'st' | 't' | undefined;
  let named = 0;
  for (const [at, token] of tokens.entries()) {
    if (at > 0 && CLAUSE_END.test(text.slice(tokens[at - 1]!.end, token.start))) wave = undefined;
    const start = waveAt(tokens, at);
    if (start !== undefined) {
      wave = start;
      named = at;
      continue;
    }
    if (OTHER_WAVES.has(token.text)) wave = undefined;
    if (wave === undefined || at - named > REACH_TOKENS || isTaken(at)) continue;
    const concept = byKey.get(KEY_BY_WORD[wave].get(token.text) ?? '');
    if (concept) found.push({ concepts: [concept], first: at, end: at + 1, orDoubts: false });
  }
  return found;
}

/** "T wave", "T waves", "ST segment"; in German "T" and "ST" stand alone. */
function waveAt(tokens: readonly Token[], at: number): 'st' | 't' | undefined {
  const { text } = tokens[at]!;
  if (text === 'st') return 'st';
  return text === 't' && tokens[at - 1]?.text !== 'st' ? 't' : undefined;
}
