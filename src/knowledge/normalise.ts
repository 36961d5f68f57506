/**
 * Words as the lookup compares them: case, umlauts, hyphens, plural and spelling variants folded.
 * Both sides of a comparison go through here, so a fold need not be a word of any language.
 */

export interface Token {
  readonly text: string;
  /** Position in the original text; end is exclusive. */
  readonly start: number;
  readonly end: number;
}

const WORD = /[\p{L}\p{N}]+/gu;
const OPTIONAL_PLURAL = /\((?:s|es|n|en|a|er)\)/giu;
/** PTB-XL has "f#r" for "für". */
const LOST_UMLAUT = /#(?=\p{Ll})/gu;
/** Written apart or together: `nonspecific` is `non specific`. */
const SPLIT_NON = /^(non)(specific|diagnostic)$/;

/** The folded words of a text with their positions in it. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  const plain = text
    .replace(LOST_UMLAUT, 'ü')
    .replace(OPTIONAL_PLURAL, (mark) => ' '.repeat(mark.length));
  for (const match of plain.matchAll(WORD)) {
    const start = match.index;
    const end = start + match[0].length;
    const word = foldWord(match[0]);
    const split = SPLIT_NON.exec(word);
    if (split) tokens.push({ text: split[1]!, start, end }, { text: split[2]!, start, end });
    else if (word === 'v' && tokens.at(-1)?.text === 'a') {
      tokens.push({ text: 'av', start: tokens.pop()!.start, end });
    } else tokens.push({ text: word, start, end });
  }
  return tokens;
}

/** One word folded: `Ischämien` and `ischaemia` differ only by what the languages' endings are. */
export function foldWord(word: string): string {
  const lower = word
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replace(/\p{M}/gu, '');
  return foldEnding(foldSpelling(lower));
}

/** British and German spellings to one: ischaemia, repolarisation, oedema. */
function foldSpelling(word: string): string {
  return word
    .replace(/aem(?=i)/, 'em')
    .replace(/isation/, 'ization')
    .replace(/^oedem/, 'edem');
}

function foldEnding(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && /[^suio]s$/.test(word)) return word.slice(0, -1);
  if (word.length > 6 && /ungen?$/.test(word)) return word.replace(/en?$/, '');
  if (word.length > 6 && word.endsWith('en')) return word.slice(0, -1);
  return word;
}

/** A text as one comparable string: its folded words joined by blanks. */
export function normalise(text: string): string {
  return tokenise(text)
    .map((token) => token.text)
    .join(' ');
}

/** Three rows of the table below, kept between calls: a look-up compares a word with hundreds. */
let rows = [new Int32Array(64), new Int32Array(64), new Int32Array(64)];

/**
 * How many single-letter changes (insert, delete, replace, swap of neighbours) lead from a to b
 * (optimal string alignment). Stops counting at `limit`.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  if (b.length >= rows[0]!.length) rows = rows.map(() => new Int32Array(2 * b.length));
  let [beforePrevious, previous, current] = rows as [Int32Array, Int32Array, Int32Array];
  for (let column = 0; column <= b.length; column++) previous[column] = column;
  for (let row = 1; row <= a.length; row++) {
    current[0] = row;
    let lowest = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a.charCodeAt(row - 1) === b.charCodeAt(column - 1);
      let best = previous[column - 1]! + (same ? 0 : 1);
      best = Math.min(best, previous[column]! + 1, current[column - 1]! + 1);
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, beforePrevious[column - 2]! + 1);
      current[column] = best;
      if (best < lowest) lowest = best;
    }
    if (lowest >= limit) return limit;
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  return Math.min(previous[b.length]!, limit);
}
