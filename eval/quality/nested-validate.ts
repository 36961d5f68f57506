/** Cross-validation in which each training part makes its own choice of beta and L2, by AUROC over folds of its own. */
import { type CrossValidated, crossValidate } from './cross-validate.js';
import { FIT_CHOICES, type JudgedRecord } from './fit.js';

const INNER_FOLDS = 4;

export function nestedValidate(
  records: readonly JudgedRecord[],
  folds: number,
  seed: number,
): CrossValidated {
  return crossValidate(records, folds, seed, (training) => {
    const aurocs = FIT_CHOICES.map(
      (choice) => crossValidate(training, INNER_FOLDS, seed, () => choice).auroc,
    );
    return FIT_CHOICES[aurocs.indexOf(Math.max(...aurocs))];
  });
}
