/** The quality judge cross-validated: stratified folds, seeded, every recording scored by a fit without it. */
import { seededRandom } from '../../src/evaluate/bootstrap.js';
import { auroc } from '../../src/evaluate/metrics.js';
import { scoreQuality } from '../../src/signal/quality-model.js';
import { type FitChoice, fitQuality, type JudgedRecord } from './fit.js';

export interface Confusion {
  readonly acceptableAccepted: number;
  readonly acceptableRefused: number;
  readonly unacceptableAccepted: number;
  readonly unacceptableRefused: number;
}

export interface CrossValidated {
  readonly seed: number;
  readonly accuracy: number;
  /** Of the unacceptable recordings, the part that is refused. */
  readonly sensitivity: number;
  /** Of the acceptable recordings, the part that is accepted. */
  readonly specificity: number;
  readonly auroc: number;
  readonly confusion: Confusion;
  readonly right: readonly boolean[];
}

export function crossValidate(
  records: readonly JudgedRecord[],
  folds: number,
  seed: number,
  choose: (training: readonly JudgedRecord[]) => FitChoice | undefined = () => undefined,
): CrossValidated {
  const fold = stratifiedFolds(records, folds, seed);
  const scores = new Array<number>(records.length).fill(0);
  const accepted = new Array<boolean>(records.length).fill(false);
  for (let held = 0; held < folds; held += 1) {
    const training = records.filter((_, row) => fold[row] !== held);
    const model = fitQuality(training, choose(training));
    records.forEach(({ leads }, row) => {
      if (fold[row] !== held) return;
      const { score, threshold } = scoreQuality(leads, model);
      scores[row] = score;
      accepted[row] = score >= threshold;
    });
  }
  const count = (acceptable: boolean, isAccepted: boolean) =>
    records.filter((one, row) => one.acceptable === acceptable && accepted[row] === isAccepted)
      .length;
  const confusion = {
    acceptableAccepted: count(true, true),
    acceptableRefused: count(true, false),
    unacceptableAccepted: count(false, true),
    unacceptableRefused: count(false, false),
  };
  const { acceptableAccepted: tn, acceptableRefused: fp } = confusion;
  const { unacceptableAccepted: fn, unacceptableRefused: tp } = confusion;
  return {
    seed,
    accuracy: (tn + tp) / records.length,
    sensitivity: tp / (tp + fn),
    specificity: tn / (tn + fp),
    auroc: auroc(
      scores,
      records.map(({ acceptable }) => (acceptable ? 1 : 0)),
    ),
    confusion,
    right: records.map(({ acceptable }, row) => acceptable === accepted[row]),
  };
}

/** Each class is dealt out evenly after a seeded shuffle. */
function stratifiedFolds(
  records: readonly JudgedRecord[],
  folds: number,
  seed: number,
): readonly number[] {
  const random = seededRandom(seed);
  const fold = new Array<number>(records.length);
  for (const wanted of [true, false]) {
    const rows = [...records.keys()].filter((row) => records[row]!.acceptable === wanted);
    for (let at = rows.length - 1; at > 0; at -= 1) {
      const other = Math.floor(random() * (at + 1));
      [rows[at], rows[other]] = [rows[other]!, rows[at]!];
    }
    rows.forEach((row, at) => {
      fold[row] = at % folds;
    });
  }
  return fold;
}
