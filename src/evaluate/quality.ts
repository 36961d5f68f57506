/** The quality judge against experts' verdicts on recordings: `pqrsearch eval quality`. */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import { readLabelTable } from './label-table.js';
import { auroc } from './metrics.js';

/** The column of a labels table that holds the verdict, 1 for acceptable. */
const COLUMN = 'acceptable';
/** As PhysioNet's Challenge 2011 is given: a header comment. */
const COMMENT = /^quality: (acceptable|unacceptable)$/;

export interface QualityCall {
  /** Recordings as found: their name below the folder, without extension, and where they are. */
  readonly found: AsyncIterable<{ readonly name: string; readonly source: string }>;
  readonly read: (source: string) => Promise<EcgRecord>;
  /** A table with columns `record` and `acceptable`; header comments where it is not given. */
  readonly labelsPath?: string;
  readonly signal?: AbortSignal;
}

export interface QualityResult {
  /** Recordings with a verdict that were read. */
  readonly n: number;
  readonly accuracy: number | null;
  /** Wilson's 95 % interval. */
  readonly accuracyCi: readonly [number, number] | null;
  /** Of the unacceptable recordings, the part that is refused. */
  readonly sensitivity: number | null;
  /** Of the acceptable recordings, the part that is accepted. */
  readonly specificity: number | null;
  readonly auroc: number | null;
  readonly confusion: {
    readonly acceptableAccepted: number;
    readonly acceptableRefused: number;
    readonly unacceptableAccepted: number;
    readonly unacceptableRefused: number;
  };
  readonly failed: readonly { path: string; code: string; message: string }[];
}

interface Verdict {
  readonly expert: boolean;
  readonly judged: boolean;
  readonly score: number;
}

/** @throws `metadata.invalid` where no recording has a verdict, `request.aborted` */
export async function evaluateQuality(call: QualityCall): Promise<QualityResult> {
  const table = call.labelsPath === undefined ? undefined : await readVerdicts(call.labelsPath);
  const verdicts: Verdict[] = [];
  const failed: { path: string; code: string; message: string }[] = [];
  for await (const { name, source } of call.found) {
    throwIfAborted(call.signal);
    if (table && !table.has(name)) continue;
    try {
      const record = await call.read(source);
      const expert = table ? table.get(name) : commentOf(record);
      const { quality } = record;
      if (expert === undefined || !quality) continue;
      verdicts.push({ expert, judged: quality.acceptable, score: quality.score });
    } catch (error) {
      if (!PqrError.isInstance(error) || error.code === 'request.aborted') throw error;
      failed.push({ path: name, code: error.code, message: error.message });
    }
  }
  if (verdicts.length === 0) {
    throw new PqrError('metadata.invalid', 'No recording has a verdict to compare with.', {
      hint: 'Give --labels with columns record and acceptable (0 or 1), or headers with `# quality: acceptable`.',
    });
  }
  return { ...figuresOf(verdicts), failed };
}

async function readVerdicts(path: string): Promise<Map<string, boolean>> {
  const { labels, rows } = await readLabelTable({ path });
  const column = labels.indexOf(COLUMN);
  if (column === -1) {
    throw new PqrError('metadata.invalid', `The table has no column ${COLUMN} of 0 and 1.`);
  }
  return new Map(rows.map(({ records, truth }) => [records[0]!, truth[column] === 1]));
}

function commentOf({ comments }: EcgRecord): boolean | undefined {
  const found = comments.map((comment) => COMMENT.exec(comment)?.[1]).find(Boolean);
  return found === undefined ? undefined : found === 'acceptable';
}

/** The figures of verdicts; null where a class is not there. */
export function figuresOf(verdicts: readonly Verdict[]): Omit<QualityResult, 'failed'> {
  const count = (expert: boolean, judged: boolean) =>
    verdicts.filter((one) => one.expert === expert && one.judged === judged).length;
  const confusion = {
    acceptableAccepted: count(true, true),
    acceptableRefused: count(true, false),
    unacceptableAccepted: count(false, true),
    unacceptableRefused: count(false, false),
  };
  const share = (part: number, other: number) =>
    part + other === 0 ? null : part / (part + other);
  const n = verdicts.length;
  const accuracy = (confusion.acceptableAccepted + confusion.unacceptableRefused) / n;
  const area = auroc(
    verdicts.map(({ score }) => score),
    verdicts.map(({ expert }) => Number(expert)),
  );
  return {
    n,
    accuracy,
    accuracyCi: wilsonInterval(accuracy, n),
    sensitivity: share(confusion.unacceptableRefused, confusion.unacceptableAccepted),
    specificity: share(confusion.acceptableAccepted, confusion.acceptableRefused),
    auroc: Number.isFinite(area) ? area : null,
    confusion,
  };
}

/** Wilson's 95 % interval of a share (Wilson 1927). */
export function wilsonInterval(share: number, n: number): [number, number] {
  const z = 1.96;
  const scale = 1 + (z * z) / n;
  const middle = (share + (z * z) / (2 * n)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / scale;
  return [middle - half, middle + half];
}
