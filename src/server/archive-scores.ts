/**
 * Labels scored over a whole archive: every recording's best cosine, its percentile among all of them, and
 * what measurements and other concepts say. Rows come one by one, in the order the recordings were indexed.
 */
import type { Archive, StoredEcg } from '../archive/ports.js';
import { assert, PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import type { Measurements } from '../signal/measure.js';
import { type Check, checksOf, referencedConcepts } from '../zeroshot/checks.js';
import type { MeasuredPatient } from '../zeroshot/criteria.js';
import { type Decision, decide, expectedShare } from '../zeroshot/decision.js';
import { readDescribedSample } from '../zeroshot/described-sample.js';
import type { LabelDefinition } from '../zeroshot/labels.js';
import { type Outcome, outcomeOf } from '../zeroshot/outcome.js';
import { SMALLEST_REFERENCE } from '../zeroshot/reference.js';
import { type LabelScorer, MAX_COMPARED_WINDOWS } from '../zeroshot/score.js';
import type { LabelBook } from './label-book.js';
import { measuredPatient } from './label-scores.js';
import { measuredFeatures } from './measured-features.js';

/** Scores held at once, four bytes each and twice. */
const HELD_SCORE_COUNT = 100_000_000;
/** Shorter recordings have few windows: their number need not be asked for. */
const SURELY_COMPARED_SECONDS = 15;
/** A recording's own score, computed twice, may differ by rounding; it must not count as lower. */
const ROUNDING = 1e-6;

export interface ArchiveScoreParts {
  readonly archive: Archive;
  readonly scorer: LabelScorer;
  readonly labelBook: LabelBook;
  readonly knowledge: Knowledge;
  readonly measure: (record: EcgRecord) => Promise<Measurements>;
}

/** One label of one recording. */
export interface ArchiveLabelScore {
  readonly key: string;
  /** Of an own label. */
  readonly version: number | null;
  /** Null where the recording has no vectors of the archive's model. */
  readonly score: number | null;
  readonly percentile: number | null;
  readonly probability: number | null;
  readonly decision: Decision | null;
  readonly calibration: Outcome['calibration'];
  readonly vetoed: readonly Check[];
  readonly supportedBy: readonly Check[];
}

export interface ArchiveRow {
  readonly ecg: StoredEcg;
  readonly labels: readonly ArchiveLabelScore[];
}

/** The scores of one label over the archive. */
interface LabelColumn {
  readonly label: LabelDefinition;
  readonly key: string;
  /** By place of the recording; NaN where it has none. */
  readonly scores: Float32Array;
  readonly ascending: Float32Array;
  readonly share: number | null;
}

export class ArchiveScores {
  readonly ids: readonly string[];
  private readonly parts: ArchiveScoreParts;
  private readonly columns: readonly LabelColumn[];
  /** By key of the concept. */
  private readonly concepts: ReadonlyMap<string, LabelColumn>;
  /** Whether criteria ask for more than the heart rate, which stored R peaks give. */
  private readonly needsMeasuring: boolean;

  private constructor(
    parts: ArchiveScoreParts,
    ids: readonly string[],
    columns: readonly LabelColumn[],
    concepts: readonly LabelColumn[],
  ) {
    this.parts = parts;
    this.ids = ids;
    this.columns = columns;
    this.needsMeasuring = [...columns, ...concepts].some(asksForMore);
    this.concepts = new Map(concepts.map((column) => [column.label.concept!.key, column]));
  }

  /**
   * Scores the archive; rows are made of it afterwards.
   * @throws `limit.exceeded`, what scoring throws
   */
  static async of(
    parts: ArchiveScoreParts,
    labels: readonly LabelDefinition[],
    signal?: AbortSignal,
  ): Promise<ArchiveScores> {
    const { archive, scorer, labelBook, knowledge } = parts;
    const ids = archive.listIds();
    const referenced = [...referencedConcepts(labels)].flatMap(
      (key) => labelBook.conceptDefinition(key) ?? [],
    );
    const all = [...labels, ...referenced];
    checkHeld(ids.length, all.length);
    const vectors = await scorer.vectors(all, signal);
    const { shares } = readDescribedSample(archive, knowledge);
    const columns: LabelColumn[] = [];
    for (const [at, label] of all.entries()) {
      throwIfAborted(signal);
      const hits = await archive.scoreAll('rhythm', vectors[at]!);
      const scores = Float32Array.from(ids, (id) => hits.get(id)?.score ?? Number.NaN);
      const ascending = scores.filter((score) => !Number.isNaN(score)).sort();
      const share = (label.concept && shares.get(label.concept.key)) ?? null;
      columns.push({ label, key: labelBook.keyOf(label), scores, ascending, share });
    }
    return new ArchiveScores(
      parts,
      ids,
      columns.slice(0, labels.length),
      columns.slice(labels.length),
    );
  }

  /** All scores of a label, ascending. */
  ascending(labelIndex: number): Float32Array {
    return this.columns[labelIndex]!.ascending;
  }

  /** Places of the recordings that score highest, best first. */
  best(labelIndex: number, count: number): number[] {
    const { scores } = this.columns[labelIndex]!;
    return Array.from(scores.keys())
      .filter((place) => !Number.isNaN(scores[place]!))
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .slice(0, count);
  }

  /** Undefined where the recording has been removed meanwhile. */
  async row(place: number): Promise<ArchiveRow | undefined> {
    const ecg = this.parts.archive.get(this.ids[place]!);
    if (ecg === undefined) return undefined;
    const isCompared = this.isCompared(ecg);
    const patient = await this.patientOf(ecg);
    const standingOf = (key: string) => {
      const column = this.concepts.get(key);
      if (column === undefined) return undefined;
      const { decision, percentile } = standing(column, place, isCompared);
      return decision && percentile !== null ? { decision, percentile } : undefined;
    };
    const labels = this.columns.map((column): ArchiveLabelScore => {
      const { label, key } = column;
      const stood = standing(column, place, isCompared);
      const checked = { ...label, percentile: stood.percentile };
      const checks = checksOf(checked, patient, this.parts.knowledge, standingOf);
      const { own, prompts } = label;
      const { score } = stood;
      const outcome =
        own && score !== null
          ? outcomeOf(
              own,
              { score, decision: stood.decision, prompts, vetoed: checks.vetoed },
              this.parts.archive.model.hash,
            )
          : { decision: stood.decision, probability: null, calibration: null };
      return { key, version: own?.version ?? null, ...stood, ...outcome, ...checks };
    });
    return { ecg, labels };
  }

  private async patientOf(ecg: StoredEcg): Promise<MeasuredPatient> {
    const { archive, measure } = this.parts;
    if (this.needsMeasuring) {
      return measuredFeatures(ecg.patient, await measure(archive.waveform(ecg.ecgId)));
    }
    const peaks = Int32Array.from(ecg.rPeaksSeconds, (one) => Math.round(one * ecg.samplingRateHz));
    return measuredPatient(ecg.patient, peaks, ecg.samplingRateHz);
  }

  /** The best of many windows is higher than the one of a short recording, whatever it shows. */
  private isCompared({ ecgId, durationSeconds }: StoredEcg): boolean {
    if (durationSeconds <= SURELY_COMPARED_SECONDS) return true;
    return this.parts.archive.vectors(ecgId, 'rhythm').count <= MAX_COMPARED_WINDOWS;
  }
}

function asksForMore({ label: { concept } }: LabelColumn): boolean {
  return (concept?.criteria ?? []).some(
    ({ supporting, feature }) => !supporting && feature !== 'heartRate',
  );
}

function standing({ scores, ascending, share }: LabelColumn, place: number, isCompared: boolean) {
  const score = scores[place]!;
  if (Number.isNaN(score)) return { score: null, percentile: null, decision: null };
  const count = ascending.length - 1; // the recording itself is not counted
  if (!isCompared || count < 1) return { score, percentile: null, decision: null };
  const lower = Math.min(count, countBelow(ascending, score - ROUNDING));
  const percentile = (100 * lower) / count;
  const decision =
    count < SMALLEST_REFERENCE ? null : decide({ percentile, count }, expectedShare(share));
  return { score, percentile, decision };
}

function countBelow(ascending: Float32Array, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checkHeld(ecgCount: number, labelCount: number): void {
  assert(labelCount > 0, 'labels are scored');
  if (ecgCount * labelCount <= HELD_SCORE_COUNT) return;
  throw new PqrError(
    'limit.exceeded',
    `${labelCount} labels over ${ecgCount} recordings are ${ecgCount * labelCount} scores; at most ${HELD_SCORE_COUNT} are held at once.`,
    { hint: 'Score fewer labels in one run.' },
  );
}
