/** Examples parted into folds to try a fit on what it did not see: one patient's in one fold, both kinds in each. */
import { createHash } from 'node:crypto';
import { PqrError } from '../ecg/errors.js';

const FOLD_COUNT = 5;

export interface Example {
  readonly score: number;
  readonly positive: boolean;
  /** Examples of one group (a patient) are in one fold. */
  readonly group: string;
}

/** Each fold with the places it leaves to learn from. */
export function eachFold(
  folds: Int32Array,
  run: (split: { train: readonly number[]; test: readonly number[] }) => void,
): void {
  for (const fold of new Set(folds)) {
    const places = Array.from(folds.keys());
    run({
      train: places.filter((at) => folds[at] !== fold),
      test: places.filter((at) => folds[at] === fold),
    });
  }
}

/** Scores and kinds at some places. */
export function taken(
  scores: Float64Array,
  positive: Uint8Array,
  places: readonly number[],
): [Float64Array, Uint8Array] {
  return [
    Float64Array.from(places, (at) => scores[at]!),
    Uint8Array.from(places, (at) => positive[at]!),
  ];
}

/**
 * The fold of each example: groups in the order of their hash, dealt out in turn, those with a positive
 * first, so that each fold gets its part of both kinds.
 * @throws `label.examples` where so few groups hold positives or negatives that a fold leaves none to learn
 *   from
 */
export function foldsOf(examples: readonly Example[]): Int32Array {
  const groups = new Map<string, { positive: boolean; negative: boolean }>();
  for (const { group, positive } of examples) {
    const known = groups.get(group) ?? { positive: false, negative: false };
    known[positive ? 'positive' : 'negative'] = true;
    groups.set(group, known);
  }
  const names = [...groups.keys()].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
  const withPositive = names.filter((name) => groups.get(name)!.positive);
  const without = names.filter((name) => !groups.get(name)!.positive);
  const negativeGroups = names.filter((name) => groups.get(name)!.negative).length;
  if (Math.min(withPositive.length, negativeGroups) < 2) {
    throw new PqrError(
      'label.examples',
      `The examples come from ${withPositive.length} patients with and ${negativeGroups} without the label; 2 of each are needed.`,
    );
  }
  const foldCount = Math.min(FOLD_COUNT, withPositive.length, negativeGroups);
  const foldOf = new Map<string, number>();
  for (const list of [withPositive, without]) {
    for (const [at, name] of list.entries()) foldOf.set(name, at % foldCount);
  }
  const folds = Int32Array.from(examples, ({ group }) => foldOf.get(group)!);
  return hasBothKinds(examples, folds) ? folds : pairedFolds(examples, foldOf);
}

function hasBothKinds(examples: readonly Example[], folds: Int32Array): boolean {
  return [...new Set(folds)].every((fold) => {
    const rest = examples.filter((_, at) => folds[at] !== fold);
    return rest.some(({ positive }) => positive) && rest.some(({ positive }) => !positive);
  });
}

/** Where every negative is of a patient who has a positive, too: two halves. */
function pairedFolds(examples: readonly Example[], foldOf: Map<string, number>): Int32Array {
  const folds = Int32Array.from(examples, ({ group }) => foldOf.get(group)! % 2);
  if (hasBothKinds(examples, folds)) return folds;
  throw new PqrError(
    'label.examples',
    'The examples cannot be parted by patient into two halves.',
    {
      hint: 'Give examples of more patients.',
    },
  );
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
