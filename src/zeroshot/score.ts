/**
 * Scores labels on a recording with no training data: cosine between the recording's rhythm vectors
 * and the mean vector of each label's texts. A score has a meaning only against other recordings,
 * so it comes with its percentile in an archive where there is one; it is never a probability.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { lacksText } from '../encoders/features.js';
import type { EcgEmbedding, LevelVectors, ModelIdentity, TextEncoder } from '../encoders/ports.js';
import type { Concept, LabelSet } from '../knowledge/concept.js';
import { type Decision, decide, type ExpectedShare, expectedShare } from './decision.js';
import type { LabelDefinition, PromptSource } from './labels.js';
import type { OwnLabel } from './own-label.js';
import {
  type Nearby,
  type ScoreReference,
  type ScoreSnapshot,
  SMALLEST_REFERENCE,
  type Standing,
} from './reference.js';
import { strongest } from './strongest.js';

export interface LabelScore {
  readonly key: string;
  readonly set: LabelSet | 'own';
  readonly name: string;
  readonly concept?: Concept;
  /** Cosine, -1..1, the best over the recording's windows. */
  readonly score: number;
  /** Share of the archive's other recordings that score lower, 0..100; null without an archive or when too long. */
  readonly percentile: number | null;
  /** How many others those are. */
  readonly comparedCount: number;
  /** Null without an archive or with fewer than 20 others in it. */
  readonly decision: Decision | null;
  /** What `decision` compares the percentile with; null where there is no decision. */
  readonly expected: ExpectedShare | null;
  /** Of the archive's described recordings that score most alike: of how many it is stated. */
  readonly nearby: Nearby | null;
  readonly prompts: readonly string[];
  readonly promptSource: PromptSource;
  /** The user's own definition, where it is one. */
  readonly own?: OwnLabel;
}

export interface ClassifyRequest {
  readonly embedding: EcgEmbedding;
  readonly labels: readonly LabelDefinition[];
  /** Not counted in percentiles where the archive holds it. */
  readonly ownEcgId?: string;
  readonly signal?: AbortSignal;
}

export interface LabelScorer {
  /**
   * The L2-normalised vector of each label, the mean of its texts' vectors.
   * @throws `model.feature` where the model compares no text with its rhythm vectors
   */
  vectors(labels: readonly LabelDefinition[], signal?: AbortSignal): Promise<Float32Array[]>;
  /**
   * Scores every label, in the order given.
   * @throws `model.feature` where the model compares no text with its rhythm vectors, `query.level`
   * where the recording has none, `model.mismatch` where text, recording and archive do not come from one model.
   */
  classify(request: ClassifyRequest): Promise<LabelScore[]>;
  /**
   * The `count` strongest labels, and whatever else is `high`: those stated of the most recordings with
   * such a score (by percentile, then cosine, where the archive describes none); of two that exclude
   * each other only the stronger.
   */
  topFindings(request: ClassifyRequest, count: number): Promise<LabelScore[]>;
}

const LABEL_CACHE_COUNT = 2000;

/**
 * The best of hundreds of windows is higher than the one window of a ten-second recording, whatever it
 * shows: a longer recording gets no percentile.
 */
export const MAX_COMPARED_WINDOWS = 6;

/** A scorer for one text encoder, with percentiles where a reference is given. */
export function createLabelScorer(
  textEncoder: TextEncoder,
  reference?: ScoreReference,
): LabelScorer {
  if (reference && reference.model.hash !== textEncoder.model.hash) {
    throw new PqrError('model.mismatch', modelsDiffer(textEncoder, reference), {
      hint: 'Use the model the archive was made with, or rebuild the archive.',
    });
  }
  const kept = new Map<string, Float32Array>();

  async function classify(request: ClassifyRequest): Promise<LabelScore[]> {
    const rhythm = rhythmVectors(request.embedding, textEncoder);
    const vectors = await labelVectors(textEncoder, kept, request);
    const isComparable = rhythm.count <= MAX_COMPARED_WINDOWS;
    const snapshot = isComparable ? await reference?.snapshot() : undefined;
    const scores: LabelScore[] = [];
    for (const [index, label] of request.labels.entries()) {
      scores.push(await scoreOne({ label, vector: vectors[index]!, rhythm, snapshot, request }));
    }
    return scores;
  }

  return {
    classify,
    async vectors(labels, signal) {
      checkSharesText(textEncoder);
      return labelVectors(textEncoder, kept, { labels, ...(signal && { signal }) });
    },
    async topFindings(request, count) {
      const ranked = strongest(await classify(request));
      return ranked.filter(({ decision }, index) => index < count || decision === 'high');
    },
  };
}

function modelsDiffer(textEncoder: TextEncoder, reference: ScoreReference): string {
  const nameOf = ({ model }: { model: ModelIdentity }) => `${model.name} ${model.version}`;
  const [text, archive] = [nameOf(textEncoder), nameOf(reference)];
  return `The texts are encoded by ${text}, the archive was made by ${archive}.`;
}

function rhythmVectors(embedding: EcgEmbedding, textEncoder: TextEncoder): LevelVectors {
  const rhythm = embedding.levels.find((level) => level.level === 'rhythm');
  checkSharesText(textEncoder);
  if (rhythm === undefined || rhythm.count === 0) {
    throw new PqrError(
      'query.level',
      `The recording has no rhythm vectors of ${textEncoder.model.name} to compare with text.`,
      { hint: 'Embed the archive anew: pqrsearch archive rebuild --model NAME.' },
    );
  }
  if (rhythm.dim !== textEncoder.dim) {
    const [got, expected] = [rhythm.dim, textEncoder.dim];
    const told = `The recording's vectors have ${got} numbers, the text's ${expected}.`;
    throw new PqrError('model.mismatch', told);
  }
  return rhythm;
}

function checkSharesText({ model }: TextEncoder): void {
  if (!model.levels.rhythm?.sharedWithText) throw lacksText(model);
}

/** One L2-normalised vector a label; texts not met before are encoded in one call. */
async function labelVectors(
  textEncoder: TextEncoder,
  kept: Map<string, Float32Array>,
  { labels, signal }: Pick<ClassifyRequest, 'labels' | 'signal'>,
): Promise<Float32Array[]> {
  const keys = labels.map((label) => JSON.stringify(label.prompts));
  const wanted = labels.filter((_, index) => !kept.has(keys[index]!));
  const texts = wanted.flatMap((label) => label.prompts);
  const encoded =
    texts.length > 0 ? await textEncoder.encode(texts, signal ? { signal } : {}) : undefined;
  const fresh = new Map<string, Float32Array>();
  let row = 0;
  for (const { prompts } of wanted) {
    fresh.set(JSON.stringify(prompts), meanVector(encoded!, row, prompts.length, textEncoder.dim));
    row += prompts.length;
  }
  const vectors = keys.map((key) => (kept.get(key) ?? fresh.get(key))!);
  for (const [key, vector] of fresh) kept.set(key, vector);
  while (kept.size > LABEL_CACHE_COUNT) kept.delete(kept.keys().next().value!);
  return vectors;
}

/** The mean of rows `first` .. `first + count` of `[rows x dim]`, scaled to length 1. */
export function meanVector(
  rows: Float32Array,
  first: number,
  count: number,
  dim: number,
): Float32Array {
  const sum = new Float64Array(dim);
  for (let row = first; row < first + count; row++) {
    for (let column = 0; column < dim; column++) sum[column]! += rows[row * dim + column]!;
  }
  let squares = 0;
  for (const value of sum) squares += value * value;
  const length = Math.sqrt(squares);
  if (length === 0)
    throw new PqrError('model.input', 'The texts of a label cancel each other out.');
  return Float32Array.from(sum, (value) => value / length);
}

interface OneLabel {
  readonly label: LabelDefinition;
  readonly vector: Float32Array;
  readonly rhythm: LevelVectors;
  readonly snapshot: ScoreSnapshot | undefined;
  readonly request: ClassifyRequest;
}

/** Without an archive there is nothing to stand in. */
const NOWHERE: Standing = { percentile: null, count: 0, nearby: null, carrierShare: null };

async function scoreOne({ label, vector, rhythm, snapshot, request }: OneLabel) {
  throwIfAborted(request.signal);
  const score = bestCosine(rhythm, vector);
  const { ownEcgId } = request;
  const standing = await snapshot?.standing({
    query: vector,
    score,
    ...(label.concept && { conceptKey: label.concept.key }),
    ...(ownEcgId !== undefined && { ownEcgId }),
  });
  const { percentile, count: comparedCount, nearby, carrierShare } = standing ?? NOWHERE;
  const isTelling = percentile !== null && comparedCount >= SMALLEST_REFERENCE;
  const expected = isTelling ? expectedShare(carrierShare) : null;
  const decision =
    expected && percentile !== null ? decide({ percentile, count: comparedCount }, expected) : null;
  const { key, set, name, concept, prompts, promptSource, own } = label;
  const standingFields = { score, percentile, comparedCount, decision, expected, nearby };
  const scored = { key, set, name, ...standingFields, prompts, promptSource };
  return { ...scored, ...(concept && { concept }), ...(own && { own }) };
}

/** The best cosine of a text vector over the windows; both sides are normalised. */
export function bestCosine(rhythm: LevelVectors, vector: Float32Array): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rhythm.count; row++) {
    let sum = 0;
    const offset = row * rhythm.dim;
    for (let column = 0; column < rhythm.dim; column++) {
      sum += rhythm.vectors[offset + column]! * vector[column]!;
    }
    if (sum > best) best = sum;
  }
  return best;
}
