/**
 * Full text over the reports: SQLite's FTS5 and BM25. The user's text is cut into words here and each word
 * is quoted, so nothing in it is an operator. No stemming and no synonyms: those are the search's part.
 */
import type { SqliteDatabase } from './database.js';
import type { TextHit } from './ports.js';

/** More words than these say nothing new; the rest of the text is not searched. */
const MAX_WORD_COUNT = 64;
const MAX_WORD_LENGTH = 64;
const SNIPPET_WORD_COUNT = 16;

/** The words of a text as unicode61 cuts them: runs of letters, marks and digits. */
export function textWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD_LENGTH)))].slice(0, MAX_WORD_COUNT);
}

/** The words of a phrase in their order, as FTS5 wants them between quotes. */
function textPhrase(phrase: string): string {
  const words = phrase.toLowerCase().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  return words.map((word) => word.slice(0, MAX_WORD_LENGTH)).join(' ');
}

export class FullText {
  private readonly matches;

  constructor(database: SqliteDatabase) {
    this.matches = database.prepare<[string], { id: string; score: number; snippet: string }>(
      `SELECT ecg.id AS id, -rank AS score,
         snippet(report_text, 0, '', '', '…', ${SNIPPET_WORD_COUNT}) AS snippet
       FROM report_text JOIN ecg ON ecg.key = report_text.rowid
       WHERE report_text MATCH ? ORDER BY rank`,
    );
  }

  /**
   * The k best reports, best first; empty where there is no word.
   * @param sought a text, of which any word may match, or phrases, of which any may match as a whole
   */
  search(sought: string | readonly string[], k: number, among?: ReadonlySet<string>): TextHit[] {
    const phrases = typeof sought === 'string' ? textWords(sought) : sought.map(textPhrase);
    const query = [...new Set(phrases)]
      .filter((phrase) => phrase !== '')
      .slice(0, MAX_WORD_COUNT)
      .map((phrase) => `"${phrase}"`)
      .join(' OR ');
    if (query === '' || k <= 0) return [];
    const hits: TextHit[] = [];
    for (const { id, score, snippet } of this.matches.iterate(query)) {
      if (among && !among.has(id)) continue;
      hits.push({ ecgId: id, score, snippet });
      if (hits.length === k) break;
    }
    return hits;
  }
}
