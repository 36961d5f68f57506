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
import { isFamiliar } from './familiar.js';
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

/** What each level weighs in a fused search (docs/decisions/0006-fusion-weights.md). */
const FUSION_WEIGHTS: Readonly<Record<FoundAt, number>> = {
  rhythm: 1,
  beat: 0.5,
  token: 0.5,
  text: 1,
};

/** Candidates a level contributes to a fused search. */
const FUSED_CANDIDATE_COUNT = 300;
/** At most this many a level, however many of them are repeats of one patient. */
const MAX_CANDIDATE_COUNT = 20_000;

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
  const hits = await findHits(parts, { request, query, levels, scope });
  return {
    query: query?.text ?? '',
    level: request.level,
    ...judge(parts, { hits, scope, query }),
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
  if (possible.includes(level) && !(level === 'text' && like)) return [level];
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

/**
 * More candidates than k, since repeats of a patient are taken out afterwards; and more again where that
 * left fewer than k hits and some level has more.
 */
async function findHits(parts: SearchParts, call: GatherCall): Promise<SearchHit[]> {
  const { level, k, signal } = call.request;
  const first = level === 'fused' ? Math.max(FUSED_CANDIDATE_COUNT, k * 3) : k * 3;
  for (let count = first; ; count *= 4) {
    const found = await gather(parts, { ...call, count });
    throwIfAborted(signal);
    const hits = pickHits(parts.archive, rank(found), { ...call, found });
    const exhausted = [...found.values()].every((candidates) => candidates.length < count);
    if (hits.length >= k || exhausted || count >= MAX_CANDIDATE_COUNT) return hits;
  }
}

async function gather(parts: SearchParts, call: GatherCall & { count: number }): Promise<Found> {
  const { request, query, levels, scope, count } = call;
  const found = new Map<FoundAt, readonly Candidate[]>();
  if (scope.size === 0) return found;
  const textVector =
    query && levels.some((level) => level !== 'text') ? await embedQuery(parts, query) : undefined;
  for (const level of levels) {
    if (level === 'text') {
      found.set(level, reportCandidates(parts.archive, query!.inReports, { ...scope, count }));
      continue;
    }
    const vector = queryVector(level, request, textVector);
    if (vector)
      found.set(level, await nearestRecordings(parts.archive, level, vector, { ...scope, count }));
  }
  return found;
}

/** What is denied counts this much against what is sought. */
const DENIED_WEIGHT = 0.5;

/** The mean of the phrases' vectors less that of the denied ones, normalised. */
async function embedQuery(
  { textEncoder }: SearchParts,
  query: UnderstoodQuery,
): Promise<Float32Array> {
  const [sought, denied] = await Promise.all(
    [query.phrases, query.deniedPhrases].map(async (phrases) =>
      normalised(sumRows(await textEncoder.encode(phrases), textEncoder.dim)),
    ),
  );
  return normalised(sought!.map((value, at) => value - DENIED_WEIGHT * denied![at]!));
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

/**
 * Below this rhythm cosine the best hit of a question in words is far from it: the best hits of ten
 * questions that PTB-XL fold 9 can answer were at 0.39 and more (docs/decisions/0008-confidence.md).
 */
const FAR_COSINE = 0.3;

interface Judged {
  readonly hits: readonly SearchHit[];
  readonly scope: Scope;
  readonly query: UnderstoodQuery | undefined;
}

function isFar({ hits, query }: Judged): boolean {
  const cosines = hits.flatMap((hit) => hit.levels.rhythm ?? []);
  return query !== undefined && cosines.length > 0 && Math.max(...cosines) < FAR_COSINE;
}

/** Whether the answer can be trusted to be about the question, and what the user should know of it. */
function judge({ archive }: SearchParts, call: Judged): { confident: boolean; notices: string[] } {
  const { hits, scope, query } = call;
  if (scope.size === 0) {
    const why = scope.among ? 'No recording fits the filter.' : 'The archive is empty.';
    return { confident: false, notices: [why] };
  }
  if (hits.length === 0) return { confident: false, notices: ['Nothing was found.'] };
  if (query && !isFamiliar(archive, query)) {
    return {
      confident: false,
      notices: [
        'Neither the knowledge base nor any report here knows the words of the question: the hits are a guess of the model.',
      ],
    };
  }
  const denied = query?.deniedPhrases ?? [];
  if (denied.length === 0 && isFar(call)) {
    return {
      confident: false,
      notices: ['Nothing here is close to the question: the hits are only the least distant ones.'],
    };
  }
  if (denied.length === 0) return { confident: true, notices: [] };
  const notice = `Recordings with ${denied.join(', ')} are ranked lower, not left out.`;
  return { confident: true, notices: [notice] };
}
