/** Finds the concepts that a text names: a query, a label, a sentence of a report. */

import { type Assertion, assertionOf } from './assertion.js';
import { BARE_LABEL_SETS, type Concept } from './concept.js';
import { deniedPlaces } from './contrast.js';
import type { Knowledge } from './knowledge.js';
import { type Token, tokenise } from './normalise.js';
import { waveStatements } from './wave-statements.js';

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
  /** What the wording itself says; `present` where absent. */
  readonly says?: Assertion;
  readonly orDoubts?: boolean;
}

/**
 * The concepts named in `text`, best score first, then in the order of the text; each stretch of
 * text names the longest it can ("incomplete right bundle branch block" is not also "right bundle
 * branch block"). Codes are found in any case where they are the whole text, in capitals within a
 * longer one.
 */
export function find(knowledge: Knowledge, text: string): Match[] {
  const whole = wholeCode(knowledge, text);
  if (whole.length > 0) return wholeMatches(whole, text);
  return findTokens(knowledge, text, tokenise(text));
}

/** The same over tokens that may have been corrected; their places are those in `text`. */
export function findTokens(knowledge: Knowledge, text: string, tokens: readonly Token[]): Match[] {
  if (tokens.length === 0) return [];
  const phrases = knowledge.phrases.scan(tokens);
  const isTaken = (token: number) =>
    phrases.some(({ first, end }) => token >= first && token < end);
  const waves = waveStatements(text, tokens, { byKey: knowledge.byKey, isTaken });
  const worded = [...phrases, ...waves];
  const spans: Span[] = [...worded, ...codeSpans(knowledge, text, tokens, worded)];
  spans.sort((a, b) => a.first - b.first);
  const matches = withAssertions(text, tokens, spans);
  matches.push(...contrasted(knowledge, text, tokens, spans));
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

const JOINS_DENIED = /^\s*,?\s*(?:or|nor|oder|noch|eller)\s*$/i;
const JOINS_DOUBTED = /^(?:\s{3,}|\s*,?\s*(?:or|and|oder|und|eller|och)\s*)$/i;
/** PTB-XL's editors give likelihoods behind codes: from here on the code is taken as stated. */
const STATED_PERCENT = 80;
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
    spans.push({
      concepts,
      first,
      end: last + 1,
      says: codeSays(text.slice(match.index + match[0].length)),
    });
  }
  return spans;
}

/** "LVH 50" in a list of codes states a likelihood. */
function codeSays(after: string): Assertion {
  const percent = /^\s(\d{1,3})(?![\d.,:/]*\d)(?!\s*(?:mV|ms|mm|%))/.exec(after)?.[1];
  if (percent === undefined || Number(percent) > 100) return 'present';
  return Number(percent) >= STATED_PERCENT ? 'present' : 'possible';
}

function withAssertions(text: string, tokens: readonly Token[], spans: readonly Span[]): Match[] {
  const matches: Match[] = [];
  let previous: { end: number; assertion: Assertion } | undefined;
  for (const { concepts, first, end, says = 'present', orDoubts = true } of spans) {
    const around = assertionOf({ text, tokens, first, end, orDoubts });
    const before = previous && text.slice(tokens[previous.end - 1]!.end, tokens[first]!.start);
    const carried = before === undefined ? undefined : carriedOver(before, previous!.assertion);
    const overrules = carried === 'negated' || around === 'present';
    const assertion = combined(says, overrules ? (carried ?? around) : around);
    previous = { end, assertion };
    const from = tokens[first]!.start;
    const to = tokens[end - 1]!.end;
    const span = { start: from, end: to, matched: text.slice(from, to), assertion };
    const score = (end - first) / tokens.length;
    matches.push(...concepts.map((concept) => ({ concept, score, ...span })));
  }
  return matches;
}

/** The places that are denied behind a finding: "infarction, not inferior". */
function contrasted(
  knowledge: Knowledge,
  text: string,
  tokens: readonly Token[],
  spans: readonly Span[],
): Match[] {
  const isTaken = (at: number) => spans.some(({ first, end }) => at >= first && at < end);
  const places = spans.flatMap((span) =>
    deniedPlaces(knowledge, text, tokens, span).filter(({ first }) => !isTaken(first)),
  );
  return places.flatMap(({ concepts, first, end }) => {
    const from = tokens[first]!.start;
    const to = tokens[end - 1]!.end;
    const where = { start: from, end: to, matched: text.slice(from, to) };
    const score = (end - first) / tokens.length;
    return concepts.map((concept) => ({ concept, score, ...where, assertion: 'negated' as const }));
  });
}

/**
 * "no A or B" denies both; "may be A or B" and "likely A and B" doubt both, and so does a list that
 * is set apart by blanks, as devices print it ("probably    A    B").
 */
function carriedOver(between: string, assertion: Assertion): Assertion | undefined {
  if (assertion === 'present') return undefined;
  const joins = assertion === 'negated' ? JOINS_DENIED : JOINS_DOUBTED;
  return joins.test(between) ? assertion : undefined;
}

/** A wording that denies, itself denied, states: "no axis deviation". */
function combined(says: Assertion, around: Assertion): Assertion {
  if (says === 'present') return around;
  if (around === 'present') return says;
  return says === 'negated' && around === 'negated' ? 'present' : 'possible';
}
