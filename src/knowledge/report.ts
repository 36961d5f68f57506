/**
 * What a report says, concept by concept: what it states, considers and denies. Reads English and German (and
 * Swedish as PTB-XL has it), clause by clause; a wording that the knowledge base does not have is not seen, and
 * what is said of an earlier recording is not told apart from what is said of this one unless a word next to the
 * finding says so. This also labels archives that have reports and no codes.
 */
import type { Assertion } from './assertion.js';
import type { Concept } from './concept.js';
import type { Knowledge } from './knowledge.js';
import { findTokens } from './lookup.js';
import { type Token, tokenise } from './normalise.js';

export interface ReportFinding {
  readonly concept: Concept;
  /** The strongest that any part of the report says: stated before considered before denied. */
  readonly assertion: Assertion;
  /** The part of the report that says it, as written, and where it stands; end is exclusive. */
  readonly matched: string;
  readonly start: number;
  readonly end: number;
}

const STRENGTH: Readonly<Record<Assertion, number>> = { present: 2, possible: 1, negated: 0 };

/** Each concept once, in the order of the report. */
export function readReport(knowledge: Knowledge, report: string): ReportFinding[] {
  const { tokens } = knowledge.spelling.correctAll(tokenise(report));
  const byKey = new Map<string, ReportFinding>();
  const matches = findTokens(knowledge, report, completed(knowledge, report, tokens));
  for (const { concept, assertion, matched, start, end } of matches.sort(
    (a, b) => a.start - b.start,
  )) {
    const known = byKey.get(concept.key);
    if (known && STRENGTH[known.assertion] >= STRENGTH[assertion]) continue;
    byKey.set(concept.key, { concept, assertion, matched, start, end });
  }
  return [...byKey.values()].sort((a, b) => a.start - b.start);
}

/** Long reports may be cut off within their last word: it is completed where only one word begins so. */
function completed(
  knowledge: Knowledge,
  report: string,
  tokens: readonly Token[],
): readonly Token[] {
  const last = tokens.at(-1);
  if (last === undefined || last.end < report.length) return tokens;
  const whole = knowledge.spelling.complete(last.text);
  return whole === undefined ? tokens : [...tokens.slice(0, -1), { ...last, text: whole }];
}
