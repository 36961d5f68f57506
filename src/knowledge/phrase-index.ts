/** All wordings of all concepts, ready to be found in running text: leftmost, longest first. */
import type { Assertion } from './assertion.js';
import { type Concept, conceptTerms } from './concept.js';
import { normalise, type Token } from './normalise.js';

interface Phrase {
  readonly words: readonly string[];
  readonly concepts: readonly Concept[];
  readonly says: Assertion;
}

/** A stretch of tokens that names one concept, or several where concepts share a name. */
export interface PhraseHit {
  readonly concepts: readonly Concept[];
  /** Tokens first..end, end exclusive. */
  readonly first: number;
  readonly end: number;
  /** What the wording itself says: "abnormal ECG" denies a normal one. */
  readonly says: Assertion;
}

export class PhraseIndex {
  /** By first word, longest phrase first. */
  readonly #byFirstWord = new Map<string, Phrase[]>();
  /** Normalised name -> the concepts it names. */
  readonly byPhrase: ReadonlyMap<string, readonly Concept[]>;

  constructor(concepts: readonly Concept[]) {
    const byPhrase = new Map<string, Concept[]>();
    for (const concept of concepts) {
      for (const phrase of new Set(conceptTerms(concept).map(normalise))) {
        byPhrase.set(phrase, [...(byPhrase.get(phrase) ?? []), concept]);
      }
    }
    for (const [phrase, named] of byPhrase) this.#add(phrase, named, 'present');
    for (const concept of concepts) this.#addWordings(concept, byPhrase);
    for (const list of this.#byFirstWord.values()) {
      list.sort((a, b) => b.words.length - a.words.length);
    }
    this.byPhrase = byPhrase;
  }

  /** What is a name of some concept stays that. */
  #addWordings(concept: Concept, names: ReadonlyMap<string, unknown>): void {
    const { statedAs = [], doubtedAs = [], negatedForms, unlike = [] } = concept;
    const negated = [...(negatedForms?.en ?? []), ...(negatedForms?.de ?? [])];
    const add = (phrases: readonly string[], says: Assertion) => {
      for (const phrase of new Set(phrases.map(normalise))) {
        if (!names.has(phrase)) this.#add(phrase, [concept], says);
      }
    };
    add(statedAs, 'present');
    add(doubtedAs, 'possible');
    add(negated, 'negated');
    for (const phrase of unlike) this.#add(normalise(phrase), [], 'present');
  }

  #add(phrase: string, concepts: readonly Concept[], says: Assertion): void {
    const words = phrase.split(' ');
    const first = words[0]!;
    const list = this.#byFirstWord.get(first) ?? [];
    const same = list.findIndex((one) => one.words.join(' ') === phrase && one.says === says);
    if (same >= 0) list[same] = { words, says, concepts: [...list[same]!.concepts, ...concepts] };
    else list.push({ words, concepts, says });
    this.#byFirstWord.set(first, list);
  }

  /** Every word of every wording, folded. */
  words(): Set<string> {
    const phrases = [...this.#byFirstWord.values()].flat();
    return new Set(phrases.flatMap(({ words }) => words));
  }

  /** Every stretch that names something, without overlap: a longer name hides those inside it. */
  scan(tokens: readonly Token[]): PhraseHit[] {
    const hits: PhraseHit[] = [];
    let position = 0;
    while (position < tokens.length) {
      const phrase = this.#longestAt(tokens, position);
      if (phrase === undefined) {
        position++;
        continue;
      }
      const { concepts, says } = phrase;
      const end = position + phrase.words.length;
      if (concepts.length > 0) hits.push({ concepts, first: position, end, says });
      position = end;
    }
    return hits;
  }

  #longestAt(tokens: readonly Token[], position: number): Phrase | undefined {
    return this.#byFirstWord
      .get(tokens[position]!.text)
      ?.find((phrase) =>
        phrase.words.every((word, index) => tokens[position + index]?.text === word),
      );
  }
}
