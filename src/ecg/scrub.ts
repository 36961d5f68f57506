/**
 * Takes identity out of a text: what the file's own header named, and what has the form of a date, a
 * number of six digits or more, an e-mail address, a telephone number, or a name behind a title.
 *
 * Source: DICOM PS3.15 E.3.5 (Clean Descriptors Option) as an aim. It is no guarantee: a name that neither
 * the header nor a title gives away stays (docs/deidentify.md).
 */
import type { KnownIdentity } from './identity.js';

const NAME_MARK = '[name]';
const ID_MARK = '[id]';
const DATE_MARK = '[date]';

const MONTH =
  '(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|ma[iy]|jun[ei]?|jul[yi]?|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\\.?';
const SEPARATED = '\\d{4}[-./]\\d{1,2}[-./]\\d{1,2}|\\d{1,2}([-./])\\d{1,2}\\1(?:\\d{4}|\\d{2})';
const WITH_MONTH = `\\d{1,2}\\.?[ -]?${MONTH}[ ,-]{0,2}\\d{2,4}|${MONTH} ?\\d{1,2},? \\d{4}`;
const DATES = new RegExp(`(?<![\\p{L}\\d.])(?:${SEPARATED}|${WITH_MONTH})(?![\\d])`, 'giu');

const EMAIL = /[\p{L}\d._%+-]{1,64}@[\p{L}\d-]{1,64}(?:\.[\p{L}\d-]{1,64}){1,8}/giu;
const PHONE = /(?<![\d.])(?:\+|00?)\d[\d ()/-]{6,20}\d/g;
const LONG_NUMBER = /(?<![\d.])\d{6,}/g;
const SIGNED =
  /\b((?:confirmed|reviewed|read|over-?read|signed|edited|verified|requested|referred|ordered|befundet|validiert|best[aä]tigt|angefordert)\s+(?:by|von|durch|d\.)\s*:?\s*)[^\n;]+/giu;
const TITLED =
  /\b((?:Dr|Prof|Mr|Mrs|Ms|Miss|Herrn?|Frau|PD|Dres)\b\.?(?:\s*(?:Dr|med|habil|PhD|rer|nat|Prof)\b\.?)*\s+)\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)?/gu;

/** Parts of names that are words of their own, and what stands where no name is known. */
const COMMON = new Set(
  'von van der den de di da la le du del and und of the md dr med prof mr mrs ms jr sr phd anonymous unknown'.split(
    ' ',
  ),
);
const MIN_WORD_LENGTH = 2;
const MIN_OTHER_LENGTH = 3;
/** A number of fewer digits may be a measurement as well. */
const MIN_DIGIT_COUNT = 4;

/** The text without what is known or looks like identity; each place keeps a mark of its kind. */
export function scrubText(text: string, identity: KnownIdentity): string {
  let scrubbed = text;
  for (const other of longestFirst([...identity.others].filter(isTelling))) {
    scrubbed = scrubbed.replace(wholeWord(other, 'giu'), ID_MARK);
  }
  for (const name of longestFirst(namesAndWords(identity.names))) {
    // A short name is no word only where it is written as a name: Li, but not LI.
    scrubbed = scrubbed.replace(wholeWord(name, name.length > 2 ? 'giu' : 'gu'), NAME_MARK);
  }
  return scrubbed
    .replace(EMAIL, ID_MARK)
    .replace(DATES, DATE_MARK)
    .replace(PHONE, ID_MARK)
    .replace(LONG_NUMBER, ID_MARK)
    .replace(SIGNED, `$1${NAME_MARK}`)
    .replace(TITLED, `$1${NAME_MARK}`);
}

/** Whether an id, alone, is more than a number that any report may hold. */
export function isTelling(other: string): boolean {
  return /^\d+$/.test(other) ? other.length >= MIN_DIGIT_COUNT : other.length >= MIN_OTHER_LENGTH;
}

/** Names whole and word by word, in every order they may be written in. */
function namesAndWords(names: ReadonlySet<string>): string[] {
  const all = new Set<string>();
  for (const name of names) {
    for (const word of [name, ...name.split(/[^\p{L}\p{M}'’-]+/u)]) {
      const bare = word.trim();
      const isName = bare.length >= MIN_WORD_LENGTH && /\p{L}/u.test(bare);
      if (isName && !COMMON.has(bare.toLowerCase())) all.add(bare);
    }
  }
  return [...all];
}

const longestFirst = (texts: readonly string[]) => texts.toSorted((a, b) => b.length - a.length);

function wholeWord(text: string, flags: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+');
  return new RegExp(`(?<![\\p{L}\\d])${escaped}(?![\\p{L}\\d])`, flags);
}
