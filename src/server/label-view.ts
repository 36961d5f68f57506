/** One label over the archive for the eye: how its scores are spread, and which recordings score highest. */
import { throwIfAborted } from '../ecg/errors.js';
import type { Patient } from '../ecg/record.js';
import { type ArchiveLabelScore, type ArchiveScoreParts, ArchiveScores } from './archive-scores.js';

const BIN_COUNT = 20;
const SHOWN_PERCENTILES = [1, 5, 10, 25, 50, 75, 90, 95, 99] as const;

export interface LabelHit extends ArchiveLabelScore {
  readonly ecgId: string;
  readonly record: string;
  readonly report: string | null;
  readonly metadata: {
    readonly patientId: string | null;
    readonly age: number | null;
    readonly sex: Patient['sex'] | null;
    readonly recordedAt: string | null;
    readonly codes: readonly string[];
    readonly leads: readonly string[];
    readonly durationSeconds: number;
  };
}

export interface LabelView {
  readonly key: string;
  readonly name: string;
  readonly set: string;
  readonly prompts: readonly string[];
  /** Null where no recording has a score. */
  readonly distribution: {
    readonly count: number;
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    /** Percent of the recordings that score at most this. */
    readonly percentiles: Readonly<Record<string, number>>;
    readonly bins: readonly {
      readonly from: number;
      readonly to: number;
      readonly count: number;
    }[];
  } | null;
  readonly hits: readonly LabelHit[];
}

export async function viewLabel(
  parts: ArchiveScoreParts,
  text: string,
  { k, prompts, signal }: { k: number; prompts: string; signal?: AbortSignal },
): Promise<LabelView> {
  const [label] = await parts.labelBook.define([text], prompts, signal);
  const scores = await ArchiveScores.of(parts, [label!], signal);
  const hits: LabelHit[] = [];
  for (const place of scores.best(0, k)) {
    throwIfAborted(signal);
    const row = await scores.row(place);
    if (row === undefined) continue;
    const { ecgId, record, report, patient, codes, leads, durationSeconds, recordedAt } = row.ecg;
    const metadata = {
      patientId: patient.id ?? null,
      age: patient.ageYears ?? null,
      sex: patient.sex ?? null,
      recordedAt: recordedAt ?? null,
      ...{ codes, leads, durationSeconds },
    };
    hits.push({ ecgId, record, report: report ?? null, metadata, ...row.labels[0]! });
  }
  const { name, set, prompts: texts } = label!;
  const key = parts.labelBook.keyOf(label!);
  const distribution = distributionOf(scores.ascending(0));
  return { key, name, set, prompts: texts, distribution, hits };
}

function distributionOf(ascending: Float32Array): LabelView['distribution'] {
  const count = ascending.length;
  if (count === 0) return null;
  const [min, max] = [ascending[0]!, ascending[count - 1]!];
  const width = (max - min) / BIN_COUNT;
  const counts = new Array<number>(BIN_COUNT).fill(0);
  for (const score of ascending) {
    const bin = width === 0 ? 0 : Math.min(BIN_COUNT - 1, Math.floor((score - min) / width));
    counts[bin]! += 1;
  }
  const at = (percent: number) =>
    ascending[Math.min(count - 1, Math.max(0, Math.ceil((percent / 100) * count) - 1))]!;
  return {
    ...{ count, min, max },
    mean: ascending.reduce((sum, score) => sum + score, 0) / count,
    percentiles: Object.fromEntries(SHOWN_PERCENTILES.map((percent) => [percent, at(percent)])),
    bins: counts.map((one, bin) => ({
      from: min + bin * width,
      to: min + (bin + 1) * width,
      count: one,
    })),
  };
}
