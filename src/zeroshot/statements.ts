/**
 * What an entry of the knowledge base states, as short phrases, and whether a term that somebody wrote says
 * no more than one of them. A name must be the whole term. Of a criterion or a lead-wise finding the term
 * may leave words out, but every word, number and lead in it must be there, and it may neither deny what is
 * stated nor turn a limit round.
 */
import { type Concept, conceptTerms } from '../knowledge/concept.js';
import type { Criterion, LeadFinding } from '../knowledge/criterion.js';
import { LEADS } from '../knowledge/features.js';
import { normalise, tokenise } from '../knowledge/normalise.js';

export interface Statement {
  readonly kind: 'name' | 'criterion' | 'finding';
  /** Key of the entry that states it. */
  readonly entry: string;
  /** As it is put into a prompt. */
  readonly text: string;
}

interface Checked extends Statement {
  fits(term: ReadTerm): boolean;
}

/** "T in V1, V2: inverted". */
export function findingText({ leads, wave, finding }: LeadFinding): string {
  return `${wave} in ${leads.length >= 12 ? 'all leads' : leads.join(', ')}: ${finding}`;
}

/** "QRS duration of at least 120 ms in V1". */
export function criterionText(criterion: Criterion): string {
  const { feature, unit, leads, population } = criterion;
  const where = leads ? ` in ${leads.join(', ')}` : '';
  const who = population?.sex ? ` (${population.sex === 'male' ? 'men' : 'women'})` : '';
  const unitText = unit === 'ratio' ? '' : ` ${unit}`;
  return `${featureName(feature)} ${limitText(criterion)}${unitText}${where}${who}`;
}

const LIMIT_WORDS = {
  '<': 'below',
  '<=': 'of at most',
  '>': 'above',
  '>=': 'of at least',
} as const;

function limitText({ comparison, value, range }: Criterion): string {
  if (comparison === 'between') return `of ${range![0]} to ${range![1]}`;
  return `${LIMIT_WORDS[comparison]} ${value}`;
}

/** What the name of a feature does not say by itself. */
const FEATURE_NAMES_IN_TEXT: Readonly<Record<string, string>> = {
  sokolowLyon: 'Sokolow-Lyon voltage',
  sokolowLyonRight: 'right Sokolow-Lyon voltage',
  cornell: 'Cornell voltage',
  cornellProduct: 'Cornell product',
  romhiltEstes: 'Romhilt-Estes score',
  axis: 'QRS axis',
  qt: 'QT interval',
  qToR: 'Q to R ratio',
  rToS: 'R to S ratio',
  stToT: 'ST to T ratio',
  uToT: 'U to T ratio',
};
const WAVE_LETTERS = /\b(qrs|qtc|qt|pr|st|pp|rr|p|q|r|s|t|u|j)\b/g;

/** `qrsDuration` as "QRS duration". */
function featureName(feature: string): string {
  const known = FEATURE_NAMES_IN_TEXT[feature];
  if (known) return known;
  const words = feature.replace(/[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return words.replace(WAVE_LETTERS, (letters) => letters.toUpperCase());
}

/** Everything that the entries state. */
export function statementsOf(concepts: readonly Concept[]): Statement[] {
  return concepts.flatMap(checkedStatements);
}

/** The statement that a term rests on; undefined where none of the entries says it. */
export function supportOf(term: string, concepts: readonly Concept[]): Statement | undefined {
  const read = readTerm(term);
  const found = concepts.flatMap(checkedStatements).find((statement) => statement.fits(read));
  return found && { kind: found.kind, entry: found.entry, text: found.text };
}

function checkedStatements(concept: Concept): Checked[] {
  const entry = concept.key;
  const names = [...conceptTerms(concept), ...(concept.abbreviations ?? [])];
  return [
    ...names.map((text): Checked => {
      const folded = normalise(text);
      return { kind: 'name', entry, text, fits: (term) => term.folded === folded };
    }),
    ...(concept.criteria ?? []).map((criterion): Checked => {
      const text = criterionText(criterion);
      const isQuoted = quotes(text);
      const fits = (term: ReadTerm) => isQuoted(term) || fitsCriterion(term, criterion);
      return { kind: 'criterion', entry, text, fits };
    }),
    ...(concept.leadFindings ?? []).map((finding): Checked => {
      const text = findingText(finding);
      const isQuoted = quotes(text);
      const fits = (term: ReadTerm) => isQuoted(term) || fitsFinding(term, finding);
      return { kind: 'finding', entry, text, fits };
    }),
  ];
}

/** The very words of a statement, in its order. */
function quotes(text: string): (term: ReadTerm) => boolean {
  const folded = normalise(text);
  const direction = readTerm(text).direction;
  return (term) => term.folded === folded && term.direction === direction;
}

interface ReadTerm {
  readonly folded: string;
  readonly words: readonly string[];
  readonly numbers: readonly number[];
  readonly leads: readonly string[];
  readonly denies: boolean;
  readonly direction: 'less' | 'more' | 'both' | undefined;
}

const LEAD_NAME = '(?:aV[RLF]|V[1-9]R?|III|II|I)';
const LEAD_SPAN = new RegExp(
  `\\b(${LEAD_NAME})(?:\\s*(?:-|\u2013|to|through)\\s*(${LEAD_NAME}))?\\b`,
  'g',
);
const NUMBER = /(?<![\p{L}\p{N}.,])-?\d+(?:[.,]\d+)?/gu;
const SAME_SAID = new Map(
  ['inversion inverted', 'elevation elevated', 'depression depressed', 'notching notched']
    .map((pair) => pair.split(' '))
    .map(([noun, adjective]) => [fold(noun!), fold(adjective!)]),
);
const DENYING = new Set(
  'no not none without absent absence never lacking lack missing'.split(' ').map(fold),
);
/** Words that bind others and say nothing of their own. */
const BINDING = new Set(
  'a an the of in with and at is are on for to lead or as wave segment complex interval'
    .split(' ')
    .map(fold),
);

function fold(word: string): string {
  return normalise(word);
}

function readTerm(text: string): ReadTerm {
  const leads: string[] = [];
  const withoutLeads = text.replace(LEAD_SPAN, (_, first: string, last?: string) => {
    leads.push(...leadSpan(first, last));
    return ' ';
  });
  const numbers = [...withoutLeads.matchAll(NUMBER)].map(([digits]) =>
    Number(digits.replace(',', '.')),
  );
  const words = tokenise(withoutLeads.replace(NUMBER, ' ')).map(
    ({ text: word }) => SAME_SAID.get(word) ?? word,
  );
  return {
    folded: normalise(text),
    words,
    numbers,
    leads,
    denies: words.some((word) => DENYING.has(word)),
    direction: directionOf(text, words),
  };
}

function leadSpan(first: string, last: string | undefined): string[] {
  const order: readonly string[] = LEADS;
  const from = order.indexOf(first);
  const to = last === undefined ? from : order.indexOf(last);
  return from < 0 || to < from ? [first, ...(last ? [last] : [])] : order.slice(from, to + 1);
}

const LESS = new Set(
  'below under less shorter smaller lower slower most maximum'.split(' ').map(fold),
);
const MORE = new Set(
  'above over more longer larger greater higher faster exceeding least minimum'
    .split(' ')
    .map(fold),
);

function directionOf(text: string, words: readonly string[]): ReadTerm['direction'] {
  const less = /[<\u2264]/.test(text) || words.some((word) => LESS.has(word));
  const more = /[>\u2265]/.test(text) || words.some((word) => MORE.has(word));
  if (less && more) return 'both';
  if (less) return 'less';
  return more ? 'more' : undefined;
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  bpm: 'bpm beats per minute min',
  deg: 'deg degree degrees',
  ms: 'ms milliseconds millisecond',
  mV: 'mV millivolt millivolts',
};

/** The limit itself must be named: "QRS duration" alone says nothing of an entry. */
function fitsCriterion(term: ReadTerm, criterion: Criterion): boolean {
  const { feature, value, range, unit, leads = [], population } = criterion;
  const limits = range ?? [value!];
  if (term.denies || term.numbers.length !== limits.length) return false;
  if (!limits.every((limit, at) => term.numbers[at] === limit)) return false;
  if (!term.leads.every((lead) => (leads as readonly string[]).includes(lead))) return false;
  if (term.direction !== directionOfCriterion(criterion)) return false;
  const named = tokenise(featureName(feature)).map(({ text }) => text);
  if (!named.some((word) => term.words.includes(word) && !BINDING.has(word))) return false;
  const people = { male: 'men male', female: 'women female' }[population?.sex ?? 'male'];
  const allowed = new Set([
    ...named,
    ...`${UNIT_WORDS[unit] ?? unit} than ${population?.sex ? people : ''} between equal`
      .split(/\W+/)
      .filter(Boolean)
      .map(fold),
    ...LESS,
    ...MORE,
    ...BINDING,
  ]);
  return term.words.every((word) => allowed.has(word));
}

function directionOfCriterion({ comparison }: Criterion): ReadTerm['direction'] {
  if (comparison === 'between') return undefined;
  return comparison.startsWith('<') ? 'less' : 'more';
}

/** A term must name the wave that it is about. */
const WAVE_WORDS = new Set(['p', 'pr', 'q', 'r', 's', 'qrs', 'j', 'st', 't', 'u', 'qt']);

function fitsFinding(term: ReadTerm, { leads, wave, finding }: LeadFinding): boolean {
  const clauses = clausesOf(finding).map(readTerm);
  const isDeniedSomewhere = clauses.some(({ denies }) => denies);
  return clauses.some((stated) => {
    const allowedLeads = new Set<string>([...leads, ...stated.leads]);
    if (!term.leads.every((lead) => allowedLeads.has(lead))) return false;
    if (!term.numbers.every((number) => stated.numbers.includes(number))) return false;
    if (term.denies !== stated.denies) return false;
    // "P: none; fine waves": the fine waves are no P waves
    const isOfWave = stated.denies || !isDeniedSomewhere;
    const said = new Set([...stated.words, ...(stated.denies ? DENYING : [])]);
    const waves = new Set(isOfWave ? [...stated.words, fold(wave)] : stated.words);
    const mustName = isOfWave && WAVE_WORDS.has(fold(wave));
    if (mustName && !term.words.some((word) => WAVE_WORDS.has(word) && waves.has(word)))
      return false;
    const saysSomething = term.words.some(
      (word) => said.has(word) && !BINDING.has(word) && !WAVE_WORDS.has(word),
    );
    return (
      saysSomething &&
      term.words.every((word) => said.has(word) || waves.has(word) || BINDING.has(word))
    );
  });
}

/** "none; fine waves" are two things, so that nobody reads "no fine waves" out of it. */
function clausesOf(finding: string): string[] {
  const clauses = finding.split(';');
  return clauses.flatMap((clause) => (readTerm(clause).denies ? clause.split(',') : [clause]));
}
