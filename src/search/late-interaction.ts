/**
 * Late interaction (MaxSim; Khattab and Zaharia, SIGIR 2020): each piece of a question meets every beat or
 * time cell of a recording, its best cosine counts, and the pieces' cosines are averaged. What is found
 * this way has a place on the trace, one a piece.
 */
import { dot } from '../archive/exact-index.js';
import type { LevelVectors } from '../encoders/ports.js';
import type { Piece } from './pieces.js';

/** Where a piece of the question fits best: samples of the recording, end exclusive. */
export interface Moment {
  readonly phrase: string;
  readonly score: number;
  readonly startSample: number;
  readonly endSample: number;
}

/** All that a recording is compared with: the pieces of a text, the cells of an ECG, or both. */
export interface Sought {
  readonly pieces: readonly Piece[];
  readonly denied: readonly Piece[];
  /** The beats or time cells of the ECG that others should be like. */
  readonly cells: readonly Piece[];
}

export interface Interaction {
  /** Mean cosine, less the share of what is denied; a text and an ECG count alike. */
  readonly score: number;
  /** One a piece; of the cells only the one that fits best. */
  readonly moments: readonly Moment[];
}

/** What is denied counts this much against what is sought. */
export const DENIED_WEIGHT = 0.5;
/** Of a long recording so many cells, evenly spaced, stand for all. */
const MAX_CELL_COUNT = 64;
const LIKE_PHRASE = 'like the given ECG';

/** Undefined where the recording has no vector that the pieces can be compared with. */
export function interact(sought: Sought, levels: readonly LevelVectors[]): Interaction | undefined {
  const dims = [...sought.pieces, ...sought.denied, ...sought.cells].map(
    (one) => one.vector.length,
  );
  const fits = ({ count, dim }: LevelVectors) => count > 0 && dims.every((one) => one === dim);
  if (!levels.some(fits)) return undefined;
  const best = (pieces: readonly Piece[]) => pieces.map((piece) => bestMoment(piece, levels));
  const [pieces, denied, cells] = [best(sought.pieces), best(sought.denied), best(sought.cells)];
  const text = mean(sought.pieces, pieces) - DENIED_WEIGHT * mean(sought.denied, denied);
  const like = mean(sought.cells, cells);
  const [closest] = cells.sort((a, b) => b.score - a.score);
  const hasText = pieces.length + denied.length > 0;
  const score = hasText && closest ? (text + like) / 2 : text + like;
  return { score, moments: closest ? [...pieces, closest] : pieces };
}

function bestMoment({ phrase, vector }: Piece, levels: readonly LevelVectors[]): Moment {
  let best: Moment = { phrase, score: Number.NEGATIVE_INFINITY, startSample: 0, endSample: 0 };
  const wide = Float64Array.from(vector);
  for (const { vectors, dim, count, startSamples, endSamples } of levels) {
    if (dim !== wide.length) continue;
    for (let row = 0; row < count; row += 1) {
      const score = dot(vectors, row * dim, wide);
      if (score <= best.score) continue;
      best = { phrase, score, startSample: startSamples[row]!, endSample: endSamples[row]! };
    }
  }
  return best;
}

/** The mean of the scores by the weight of their pieces; 0 for none. */
function mean(pieces: readonly Piece[], moments: readonly Moment[]): number {
  let sum = 0;
  let weights = 0;
  for (const [index, { weight }] of pieces.entries()) {
    sum += weight * moments[index]!.score;
    weights += weight;
  }
  return weights === 0 ? 0 : sum / weights;
}

/** The vectors of an ECG as pieces, at most 64 of them. */
export function cellPieces({ vectors, dim, count }: LevelVectors): Piece[] {
  const taken = Math.min(count, MAX_CELL_COUNT);
  return Array.from({ length: taken }, (_, index) => {
    const row = Math.floor((index * count) / taken);
    const vector = vectors.slice(row * dim, (row + 1) * dim);
    return { phrase: LIKE_PHRASE, vector, weight: 1 };
  });
}
