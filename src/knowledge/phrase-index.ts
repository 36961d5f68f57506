/** All names of all concepts, ready to be found in running text: leftmost, longest first. */
import { type Concept, conceptTerms } from './concept.js';
import { normalise, type Token } from './normalise.js';

interface Phrase {
  readonly words: readonly string[];
  readonly concepts: readonly Concept[];
}

/** A stretch of tokens that names one concept, or several where concepts share a name. */
export interface PhraseHit {
  readonly concepts: readonly Concept[];
  /** Tokens first..end, end exclusive. */
  readonly first: number;
  readonly end: number;
}

export class PhraseIndex {
  /** By first word, longest phrase first. */
  readonly #byFirstWord = new Map<string, Phrase[]>();
  /** Normalised phrase -> the concepts it names. */
  readonly byPhrase: ReadonlyMap<string, readonly Concept[]>;

  constructor(concepts: readonly Concept[]) {
    const byPhrase = new Map<string, Concept[]>();
    for (const concept of concepts) {
      for (const phrase of new Set(conceptTerms(concept).map(normalise))) {
        byPhrase.set(phrase, [...(byPhrase.get(phrase) ?? []), concept]);
      }
      for (const phrase of concept.unlike ?? []) this.#add(normalise(phrase).split(' '), []);
    }
    for (const [phrase, named] of byPhrase) this.#add(phrase.split(' '), named);
    for (const list of this.#byFirstWord.values()) {
      list.sort((a, b) => b.words.length - a.words.length);
    }
    this.byPhrase = byPhrase;
  }

  #add(words: readonly string[], concepts: readonly Concept[]): void {
    const first = words[0]!;
    const list = this.#byFirstWord.get(first) ?? [];
    list.push({ words, concepts });
    this.#byFirstWord.set(first, list);
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
      const end = position + phrase.words.length;
      if (phrase.concepts.length > 0)
        hits.push({ concepts: phrase.concepts, first: position, end });
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
