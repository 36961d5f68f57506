/**
 * A search: understand the question, gather candidates at each level, fuse them, say why and where.
 */
import type { Archive } from '../archive/ports.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { Level, TextEncoder } from '../encoders/ports.js';
import {
  type Candidate,
  type CandidateRequest,
  nearestRecordings,
  normalised,
  reportCandidates,
  representative,
} from './candidates.js';
import { fuseRankings } from './fuse.js';
import { makeHit } from './hits.js';
import type { SearchHit, SearchLevel, SearchRequest, SearchResult } from './ports.js';
import { type ConceptLookup, type UnderstoodQuery, understandQuery } from './query.js';

export interface SearchParts {
  readonly archive: Archive;
  readonly textEncoder: TextEncoder;
  readonly lookup: ConceptLookup;
}

type VectorLevel = 'rhythm' | 'beat' | 'token';
type FoundAt = VectorLevel | 'text';

/** What each level weighs in a fused search; chosen on PTB-XL fold 9 (docs/decisions). */
const FUSION_WEIGHTS: Readonly<Record<FoundAt, number>> = {
  rhythm: 1,
  beat: 0.5,
  token: 0.5,
  text: 1,
};

/** Candidates a level contributes to a fused search. */
const FUSED_CANDIDATE_COUNT = 300;

/**
 * Answers one search.
 * @throws `query.empty`, `query.level`, `limit.exceeded`, `usage.invalid`, `request.aborted`
 */
export async function search(parts: SearchParts, request: SearchRequest): Promise<SearchResult> {
  const started = performance.now();
  checkRequest(request);
  const query =
    request.text === undefined ? undefined : understandQuery(request.text, parts.lookup);
  const levels = levelsOf(parts.archive, request);
  const scope = makeScope(parts.archive, request);
  const found = await gather(parts, { request, query, levels, scope });
  throwIfAborted(request.signal);
  const ranked = rank(found);
  const hits = pickHits(parts.archive, ranked, { request, query, found });
  return {
    query: query?.text ?? '',
    level: request.level,
    ...judge(found, { hits, scope }),
    milliseconds: Math.round((performance.now() - started) * 10) / 10,
    hits,
  };
}

function checkRequest({ text, like, k }: SearchRequest): void {
  if (text === undefined && like === undefined) {
    throw new PqrError('query.empty', 'The search has neither a text nor an ECG to look for.');
  }
  if (!Number.isInteger(k) || k < 1 || k > DEFAULT_LIMITS.hitCount) {
    throw new PqrError(
      'usage.invalid',
      `k is ${k}; a whole number from 1 to ${DEFAULT_LIMITS.hitCount} is needed.`,
    );
  }
}

/** Which levels take part. @throws `query.level` where the one asked for is not there. */
function levelsOf({ model }: Archive, { level, text, like }: SearchRequest): FoundAt[] {
  const comparable = (['rhythm', 'beat', 'token'] as const).filter((one) => {
    const info = model.levels[one];
    return info !== undefined && (text === undefined || info.sharedWithText);
  });
  const possible: FoundAt[] = text === undefined ? comparable : [...comparable, 'text'];
  if (level === 'fused') return possible;
  if (possible.includes(level)) return [level];
  const why =
    level === 'text' && like
      ? 'an ECG has no words to look for'
      : `model ${model.name} has no such level`;
  throw new PqrError('query.level', `Level ${level} cannot be searched: ${why}.`, {
    hint: `Levels here: fused, ${possible.join(', ')}.`,
    details: { level, available: ['fused', ...possible] },
  });
}

type Scope = Pick<CandidateRequest, 'among' | 'without' | 'signal'> & { readonly size: number };

function makeScope(archive: Archive, { where, like, signal }: SearchRequest): Scope {
  const among = where && where.length > 0 ? archive.select(where) : undefined;
  const without = new Set<string>(like?.ecgId === undefined ? [] : [like.ecgId]);
  if (like?.patientId !== undefined) {
    for (const id of archive.select([{ field: 'patientId', operator: '=', value: like.patientId }]))
      without.add(id);
  }
  return {
    ...(among && { among }),
    ...(signal && { signal }),
    without,
    size: among?.size ?? archive.listIds().length,
  };
}

interface GatherCall {
  readonly request: SearchRequest;
  readonly query: UnderstoodQuery | undefined;
  readonly levels: readonly FoundAt[];
  readonly scope: Scope;
}

type Found = ReadonlyMap<FoundAt, readonly Candidate[]>;

async function gather(parts: SearchParts, call: GatherCall): Promise<Found> {
  const { request, query, levels, scope } = call;
  const found = new Map<FoundAt, readonly Candidate[]>();
  if (scope.size === 0) return found;
  const textVector =
    query && levels.some((level) => level !== 'text') ? await embedQuery(parts, query) : undefined;
  // More than k: repeats of a patient are taken out afterwards.
  const count =
    request.level === 'fused' ? Math.max(FUSED_CANDIDATE_COUNT, request.k * 3) : request.k * 3;
  for (const level of levels) {
    if (level === 'text') {
      found.set(level, reportCandidates(parts.archive, query!.reportTerms, { ...scope, count }));
      continue;
    }
    const vector = queryVector(level, request, textVector);
    if (vector)
      found.set(level, await nearestRecordings(parts.archive, level, vector, { ...scope, count }));
  }
  return found;
}

/** The mean of the phrases' vectors, normalised. */
async function embedQuery(
  { textEncoder }: SearchParts,
  query: UnderstoodQuery,
): Promise<Float32Array> {
  const rows = await textEncoder.encode(query.phrases);
  return normalised(sumRows(rows, textEncoder.dim));
}

/** Text, ECG, or both with equal weight. */
function queryVector(
  level: Level,
  { like }: SearchRequest,
  text?: Float32Array,
): Float32Array | undefined {
  const vectors = like?.embedding.levels.find((one) => one.level === level);
  const ecg = vectors && representative(vectors, like?.beatIndex);
  if (vectors && !ecg && like?.beatIndex !== undefined)
    throw noSuchBeat(like.beatIndex, vectors.count);
  if (ecg && text) return normalised(sumRows(Float32Array.from([...ecg, ...text]), ecg.length));
  return ecg ?? text;
}

function noSuchBeat(beatIndex: number, beatCount: number): PqrError {
  return new PqrError(
    'usage.invalid',
    `Beat ${beatIndex} does not exist: the ECG has ${beatCount} beats, counted from 0.`,
  );
}

function sumRows(rows: Float32Array, dim: number): Float64Array {
  const sum = new Float64Array(dim);
  rows.forEach((value, index) => {
    sum[index % dim] += value;
  });
  return sum;
}

interface Ranked {
  readonly id: string;
  readonly score: number;
}

/** One level keeps its own scores; several are fused by rank. */
function rank(found: Found): Ranked[] {
  const [only, ...others] = found;
  if (only && others.length === 0) return only[1].map(({ ecgId, score }) => ({ id: ecgId, score }));
  return fuseRankings(
    [...found].map(([level, candidates]) => ({
      weight: FUSION_WEIGHTS[level],
      ids: candidates.map((candidate) => candidate.ecgId),
    })),
  );
}

function pickHits(
  archive: Archive,
  ranked: readonly Ranked[],
  call: { request: SearchRequest; query: UnderstoodQuery | undefined; found: Found },
): SearchHit[] {
  const byLevel = [...call.found].map(
    ([level, candidates]) => [level, new Map(candidates.map((one) => [one.ecgId, one]))] as const,
  );
  const patients = new Set<string>();
  const hits: SearchHit[] = [];
  for (const { id, score } of ranked) {
    if (hits.length === call.request.k) break;
    const ecg = archive.get(id);
    if (!ecg) continue; // deleted since the candidates were found
    const patientId = ecg.patient.id;
    if (patientId !== undefined && !call.request.keepPatientRepeats) {
      if (patients.has(patientId)) continue;
      patients.add(patientId);
    }
    const candidates = byLevel.flatMap(([level, known]) => {
      const candidate = known.get(id);
      return candidate ? [{ level: level as SearchLevel, candidate }] : [];
    });
    hits.push(
      makeHit({ ecg, score, candidates, phrase: call.query?.text ?? 'like the given ECG' }),
    );
  }
  return hits;
}

/** A text search whose best rhythm cosine is below this found nothing close (measured on fold 9). */
const CLOSE_COSINE = 0.2;

function judge(
  found: Found,
  { hits, scope }: { hits: readonly SearchHit[]; scope: Scope },
): { confident: boolean; notices: string[] } {
  if (scope.size === 0) return { confident: false, notices: ['No recording fits the filter.'] };
  if (hits.length === 0) return { confident: false, notices: ['Nothing was found.'] };
  const best = found.get('rhythm')?.[0]?.score;
  const saidInReport = (found.get('text')?.length ?? 0) > 0;
  if (best === undefined || best >= CLOSE_COSINE || saidInReport)
    return { confident: true, notices: [] };
  return {
    confident: false,
    notices: [
      'Nothing in this archive is close to the question: the hits are only the least distant recordings.',
    ],
  };
}
