/** All names of all concepts by their words, rare words weighing more (inverse document frequency). */
import type { Concept } from './concept.js';
import { normalise } from './normalise.js';

interface IndexedName {
  readonly concept: Concept;
  readonly text: string;
  readonly weight: number;
}

export class NameIndex {
  readonly all: readonly IndexedName[];
  readonly #weights = new Map<string, number>();
  readonly #having = new Map<string, number[]>();

  constructor(concepts: readonly Concept[]) {
    const named = concepts.flatMap((concept) =>
      [concept.name, ...concept.synonyms, ...concept.synonymsDe].map((text) => ({
        concept,
        text,
        words: [...new Set(normalise(text).split(' '))],
      })),
    );
    named.forEach(({ words }, at) => {
      for (const word of words) {
        const list = this.#having.get(word);
        if (list) list.push(at);
        else this.#having.set(word, [at]);
      }
    });
    for (const [word, list] of this.#having)
      this.#weights.set(word, Math.log((named.length + 1) / list.length));
    this.all = named.map(({ concept, text, words }) => ({
      concept,
      text,
      weight: words.reduce((sum, word) => sum + this.#weights.get(word)!, 0),
    }));
  }

  /** Undefined for a word that no name has. */
  weightOf(word: string): number | undefined {
    return this.#weights.get(word);
  }

  /** Positions in `all` of the names with this word. */
  having(word: string): readonly number[] {
    return this.#having.get(word) ?? [];
  }
}
