/** Finds the concepts that a text names: a query, a label, a sentence of a report. */

import { type Assertion, assertionOf } from './assertion.js';
import { BARE_LABEL_SETS, type Concept } from './concept.js';
import type { Knowledge } from './knowledge.js';
import { type Token, tokenise } from './normalise.js';

export interface Match {
  readonly concept: Concept;
  /** Share of the text's words that named it; 1 where the text is this concept and nothing else. */
  readonly score: number;
  /** The part of the text that named it, as written, and where it stands; end is exclusive. */
  readonly matched: string;
  readonly start: number;
  readonly end: number;
  /** Stated, considered or denied by the words next to it. */
  readonly assertion: Assertion;
}

interface Span {
  readonly concepts: readonly Concept[];
  readonly first: number;
  readonly end: number;
}

/**
 * The concepts named in `text`, best score first, then in the order of the text; each stretch of
 * text names the longest it can ("incomplete right bundle branch block" is not also "right bundle
 * branch block"). Codes are found in any case where they are the whole text, in capitals within a
 * longer one.
 */
export function find(knowledge: Knowledge, text: string): Match[] {
  const tokens = tokenise(text);
  if (tokens.length === 0) return [];
  const whole = wholeCode(knowledge, text);
  if (whole.length > 0) return wholeMatches(whole, text);
  const phrases = knowledge.phrases.scan(tokens);
  const spans = [...phrases, ...codeSpans(knowledge, text, tokens, phrases)];
  spans.sort((a, b) => a.first - b.first);
  const matches = withAssertions(text, tokens, spans);
  return matches.sort((a, b) => b.score - a.score || a.start - b.start);
}

/**
 * The concept of a diagnostic code as files carry it: SCP-ECG statement or SNOMED CT identifier.
 */
export function conceptOfCode(knowledge: Knowledge, code: string): Concept | undefined {
  return knowledge.labels['ptbxl-scp'].get(code)?.concept ?? knowledge.bySnomed.get(code);
}

/**
 * Concepts whose key in some set with bare keys, whose code or whose abbreviation is the whole text;
 * any case. Keys of the other sets are read only within them (labels.ts).
 */
function wholeCode(knowledge: Knowledge, text: string): Concept[] {
  const code = text.trim().toUpperCase();
  const statement = conceptOfCode(knowledge, code);
  if (statement) return [statement];
  const own = knowledge.byKey.get(code);
  if (own) return [own];
  const labels = BARE_LABEL_SETS.map((set) => knowledge.labels[set].get(code)?.concept);
  const found = [...new Set(labels.filter((concept) => concept !== undefined))];
  return found.length > 0 ? found : [...(knowledge.byAbbreviation.get(code) ?? [])];
}

function wholeMatches(concepts: readonly Concept[], text: string): Match[] {
  const matched = text.trim();
  const start = text.indexOf(matched);
  const span = { score: 1, matched, start, end: start + matched.length };
  return concepts.map((concept) => ({ concept, ...span, assertion: 'present' }));
}

const CODE_IN_TEXT = /\b(?:[A-Z0-9]+(?:_|\/[A-Z]+|\(S\))?|\d{6,18})(?![\p{L}\p{N}])/gu;

/**
 * Codes in capitals within running text; a text all in capitals has none that can be told from
 * words.
 */
function codeSpans(
  knowledge: Knowledge,
  text: string,
  tokens: readonly Token[],
  taken: readonly Span[],
): Span[] {
  if (!/\p{Ll}/u.test(text)) return [];
  const spans: Span[] = [];
  for (const match of text.matchAll(CODE_IN_TEXT)) {
    const concepts = wholeCode(knowledge, match[0]);
    const first = tokens.findIndex((token) => token.start >= match.index);
    const last = tokens.findLastIndex((token) => token.start < match.index + match[0].length);
    if (concepts.length !== 1 || first < 0 || last < first) continue;
    if (taken.some((span) => first < span.end && last >= span.first)) continue;
    spans.push({ concepts, first, end: last + 1 });
  }
  return spans;
}

function withAssertions(text: string, tokens: readonly Token[], spans: readonly Span[]): Match[] {
  const matches: Match[] = [];
  let previous: { end: number; assertion: Assertion } | undefined;
  for (const { concepts, first, end } of spans) {
    let assertion = assertionOf({ text, tokens, first, end });
    if (previous?.assertion === 'negated' && joinedByOr(text, tokens, previous.end, first)) {
      assertion = 'negated';
    }
    previous = { end, assertion };
    const from = tokens[first]!.start;
    const to = tokens[end - 1]!.end;
    const span = { start: from, end: to, matched: text.slice(from, to), assertion };
    const score = (end - first) / tokens.length;
    matches.push(...concepts.map((concept) => ({ concept, score, ...span })));
  }
  return matches;
}

/** "no A or B" denies both. */
function joinedByOr(text: string, tokens: readonly Token[], end: number, first: number): boolean {
  const between = text.slice(tokens[end - 1]!.end, tokens[first]!.start);
  return /^\s*,?\s*(?:or|nor|oder|noch)\s*$/i.test(between);
}
