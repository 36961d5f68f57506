/** Names: one concept each, one name each, no opposites, none that denies. */
import { type Concept, conceptTerms } from './concept.js';
import { makeKnowledge } from './knowledge.js';
import { find } from './lookup.js';
import { negatedForms } from './negation.js';
import { foldWord, normalise } from './normalise.js';

/** Beginnings of words that mean opposite things. */
const OPPOSITES: readonly (readonly [string, string])[] = [
  ['clockwise', 'counterclockwise'],
  ['left', 'right'],
  ['high', 'low'],
  ['tall', 'flat'],
  ['long', 'short'],
  ['prolonged', 'shortened'],
  ['elevat', 'depress'],
  ['tachy', 'brady'],
  ['hyper', 'hypo'],
  ['anterior', 'posterior'],
  ['complete', 'incomplete'],
  ['normal', 'abnormal'],
  ['upright', 'inverted'],
  ['sinistro', 'dextro'],
];
/** The same for German, where they stand anywhere in a compound. */
const OPPOSITES_DE: readonly (readonly [string, string])[] = [
  ['links', 'rechts'],
  ['hebung', 'senkung'],
  ['tachykard', 'bradykard'],
  ['verlaengert', 'verkuerzt'],
  ['vorderwand', 'hinterwand'],
  ['hohe', 'niedrig'],
];
const DENIAL = /^(?:no|not|without|absence of|absent|kein|keine|ohne)\s/i;

export function lintNames(concepts: readonly Concept[]): string[] {
  return [
    ...concepts.flatMap((concept) => [...lintOwn(concept), ...lintOpposites(concept)]),
    ...lintShared(concepts),
    ...lintAbbreviations(concepts),
    ...lintPhrases(concepts),
  ];
}

function lintOwn(concept: Concept): string[] {
  const { key, name, synonyms, synonymsDe } = concept;
  const lists = [[name, ...synonyms], synonymsDe, [...(concept.abbreviations ?? [])]].map((list) =>
    list.map((term) => term.toLowerCase().replaceAll('-', ' ')),
  );
  const repeated = lists.flatMap((list) => list.filter((term, at) => list.indexOf(term) !== at));
  const terms = conceptTerms(concept);
  return [
    ...(synonymsDe.length === 0 ? [`${key} has no German name.`] : []),
    ...repeated.map((term) => `${key} has the name "${term}" twice in one language.`),
    ...terms.filter((term) => /[,;]/.test(term)).map((term) => `${key}: "${term}" is a list.`),
    ...terms.filter((term) => DENIAL.test(term)).map((term) => `${key}: "${term}" denies.`),
  ];
}

/** One term says one thing and another its opposite; a term that says both is a span of the two. */
function lintOpposites(concept: Concept): string[] {
  const terms = conceptTerms(concept).map((term) => ({
    term,
    words: normalise(term.replace(/counter[ -]clockwise/gi, 'counterclockwise')).split(' '),
  }));
  const check = (pairs: typeof OPPOSITES, has: (word: string, part: string) => boolean) =>
    pairs.flatMap((pair) => {
      const [a, b] = pair.map(foldWord) as [string, string];
      const says = ({ words }: { words: string[] }, part: string) =>
        words.some((word) => has(word, part));
      const one = terms.find((term) => says(term, a) && !says(term, b));
      const other = terms.find((term) => says(term, b) && !says(term, a));
      return one && other
        ? [`${concept.key}: "${one.term}" is the opposite of "${other.term}".`]
        : [];
    });
  return [
    ...check(OPPOSITES, (word, part) => word.startsWith(part)),
    ...check(OPPOSITES_DE, (word, part) => word.includes(part)),
  ];
}

/** The same words in any order name one concept. */
function lintShared(concepts: readonly Concept[]): string[] {
  const owners = new Map<string, Map<Concept, string>>();
  for (const concept of concepts) {
    for (const term of conceptTerms(concept)) {
      const bag = normalise(term).split(' ').sort().join(' ');
      const named = owners.get(bag) ?? new Map<Concept, string>();
      owners.set(bag, named.set(concept, term));
    }
  }
  return [...owners.values()]
    .filter((named) => named.size > 1)
    .map((named) => {
      const [first] = named.values();
      const keys = [...named.keys()].map(({ key }) => key).join(' and ');
      return `"${first}" is a name of ${keys}.`;
    });
}

function lintAbbreviations(concepts: readonly Concept[]): string[] {
  const owners = new Map<string, Set<Concept>>();
  const add = (text: string, concept: Concept) => {
    const letters = text.toUpperCase();
    owners.set(letters, (owners.get(letters) ?? new Set()).add(concept));
  };
  const bare = (concept: Concept) => [concept.key, ...conceptTerms(concept)];
  for (const concept of concepts) {
    for (const text of [...bare(concept), ...(concept.abbreviations ?? [])]) add(text, concept);
  }
  return concepts.flatMap((concept) =>
    (concept.abbreviations ?? [])
      .filter((letters) => owners.get(letters)!.size > 1)
      .map((letters) => `${concept.key}: the abbreviation ${letters} is also another entry's.`),
  );
}

/** Phrases that name nothing, or deny, must not be read as stating the concept. */
function lintPhrases(concepts: readonly Concept[]): string[] {
  // Without the denying forms themselves: their words must deny, too.
  const plain = concepts.map(({ negatedForms: _, ...concept }) => concept);
  const knowledge = makeKnowledge(plain, {}, []);
  const names = new Set(concepts.flatMap((concept) => conceptTerms(concept).map(normalise)));
  const states = (text: string, concept: Concept) =>
    find(knowledge, text).some(
      (match) => match.concept.key === concept.key && match.assertion !== 'negated',
    );
  return concepts.flatMap((concept) => {
    const forms = negatedForms(concept);
    const denying = [...forms.en, ...forms.de];
    return [
      ...denying
        .filter((form) => states(form, concept))
        .map((form) => `${concept.key}: the negated form "${form}" is read as stating it.`),
      ...[...(concept.unlike ?? []), ...denying]
        .filter((form) => names.has(normalise(form)))
        .map((form) => `${concept.key}: "${form}" is a name and cannot mean something else.`),
      ...[...(concept.statedAs ?? []), ...(concept.doubtedAs ?? [])]
        .filter((form) => names.has(normalise(form)))
        .map((form) => `${concept.key}: the wording "${form}" is a name already.`),
      ...(concept.unlike ?? [])
        .filter((form) => !conceptTerms(concept).some((term) => holds(form, term)))
        .map((form) => `${concept.key}: "${form}" holds none of its names.`),
    ];
  });
}

function holds(phrase: string, term: string): boolean {
  return ` ${normalise(phrase)} `.includes(` ${normalise(term)} `);
}
