/**
 * Words with a slip of the keyboard, corrected to words of the knowledge base: one letter wrong in words of five
 * to eight, two in longer ones (optimal string alignment), and only where one known word is nearest.
 */
import { ASSERTION_WORDS } from './assertion.js';
import { editDistance, foldWord, type Token } from './normalise.js';

const SHORTEST = 5;
/** From this length on two slips are taken for a misspelling. */
const LONG = 9;
/** A word cut off at the end of a text is completed from this many letters on. */
const SHORTEST_CUT = 5;
const SHORTEST_JOINED = 10;
const CACHE_COUNT = 5000;
/** Words of reports and questions that are one letter from a word of the knowledge base and mean another. */
const NO_SLIPS = new Set(
  `after cause caused causes changed changing clinical common control define definitely definitive exist
   extensive female group hoher increase increased kleine little male mitral other patient patients place
   present presence previous rather recent recorded report represent reverted right second should show
   significance significantly still suggestive these third those tiefe valve ventrikel wegen where which
   while white women would aortic cardiac coronary finding findings leistung stable`
    .split(/\s+/)
    .map(foldWord),
);

interface Known {
  readonly word: string;
  /** One bit a letter that occurs: words far apart in it are far apart. */
  readonly letters: number;
}

export class Spelling {
  readonly #known: readonly Known[];
  readonly #words: ReadonlySet<string>;
  readonly #corrected = new Map<string, string>();

  /** @param words folded (normalise.ts) */
  constructor(words: Iterable<string>) {
    const known = new Set(words);
    this.#words = new Set([...known, ...ASSERTION_WORDS, ...NO_SLIPS]);
    this.#known = [...known]
      .filter((word) => word.length >= SHORTEST - 1 && !/\d/.test(word))
      .map((word) => ({ word, letters: letterBits(word) }));
  }

  /** The known word that is meant; the word itself where it is known, short, or meant to be another. */
  correct(word: string): string {
    if (word.length < SHORTEST || this.#words.has(word) || /\d/.test(word)) return word;
    const before = this.#corrected.get(word);
    if (before !== undefined) return before;
    const found = this.#nearest(word) ?? word;
    if (this.#corrected.size >= CACHE_COUNT) this.#corrected.clear();
    this.#corrected.set(word, found);
    return found;
  }

  /** Undefined where no word is near enough, or two are equally near: then neither is meant for sure. */
  #nearest(word: string): string | undefined {
    const letters = letterBits(word);
    let allowed = word.length >= LONG ? 2 : 1;
    let nearest: string[] = [];
    for (const one of this.#known) {
      if (Math.abs(one.word.length - word.length) > allowed) continue;
      if (bitCount(one.letters ^ letters) > 2 * allowed) continue;
      const distance = editDistance(word, one.word, allowed + 1);
      if (distance > allowed) continue;
      if (distance < allowed) nearest = [];
      nearest.push(one.word);
      allowed = distance;
    }
    return nearest.length === 1 ? nearest[0] : undefined;
  }

  /** The only known word that begins so, for a text that is cut off; undefined where there are several. */
  complete(beginning: string): string | undefined {
    if (beginning.length < SHORTEST_CUT || this.#words.has(beginning)) return undefined;
    const found = this.#known.filter(({ word }) => word.startsWith(beginning));
    return found.length === 1 ? found[0]!.word : undefined;
  }

  /**
   * The tokens corrected, and how alike each is to what was written (0..1). Two words that are one in the
   * knowledge base become one: "Sinus Tachykardie".
   */
  correctAll(written: readonly Token[]): { tokens: Token[]; likeness: number[] } {
    const tokens: Token[] = [];
    const likeness: number[] = [];
    for (const token of written) {
      const before = tokens.at(-1);
      const joined = before && before.text + token.text;
      if (joined !== undefined && joined.length >= SHORTEST_JOINED && this.#words.has(joined)) {
        tokens[tokens.length - 1] = { text: joined, start: before!.start, end: token.end };
        continue;
      }
      const text = this.correct(token.text);
      const longer = Math.max(text.length, token.text.length);
      tokens.push({ ...token, text });
      likeness.push(text === token.text ? 1 : 1 - editDistance(text, token.text) / longer);
    }
    return { tokens, likeness };
  }
}

function letterBits(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at += 1) bits |= 1 << (word.charCodeAt(at) & 31);
  return bits;
}

function bitCount(bits: number): number {
  let left = bits;
  let count = 0;
  while (left !== 0) {
    left &= left - 1;
    count += 1;
  }
  return count;
}
