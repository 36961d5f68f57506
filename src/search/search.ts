/**
 * A search: understand the question, gather candidates at each level, fuse them, say why and where.
 */
import type { Archive } from '../archive/ports.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { comparesNoText, lacksBeats } from '../encoders/features.js';
import type { TextEncoder } from '../encoders/ports.js';
import {
  type Candidate,
  type CandidateRequest,
  nearestRecordings,
  reportCandidates,
} from './candidates.js';
import { fuseRankings } from './fuse.js';
import { makeHit } from './hits.js';
import { judge } from './judge.js';
import { momentCandidates, soughtBy } from './moments.js';
import { type QuestionPieces, questionPieces } from './pieces.js';
import type { SearchHit, SearchLevel, SearchRequest, SearchResult } from './ports.js';
import { type ConceptLookup, type UnderstoodQuery, understandQuery } from './query.js';
import { embedQuestion, queryVector } from './query-vectors.js';
import { type Ranked, rescore, rescoringLevels } from './rescore.js';
import { unjudgedNotices } from './unjudged.js';
import { type FusionWeights, fusionWeights } from './weights.js';

export interface SearchParts {
  readonly archive: Archive;
  readonly textEncoder: TextEncoder;
  readonly lookup: ConceptLookup;
}

const VECTOR_LEVELS = ['rhythm', 'beat', 'beat-query', 'token'] as const;
type FoundAt = (typeof VECTOR_LEVELS)[number] | 'text';

/** Candidates a level contributes to a fused search. */
const FUSED_CANDIDATE_COUNT = 300;
/** At most this many a level, however many of them are repeats of one patient. */
const MAX_CANDIDATE_COUNT = 20_000;

/**
 * Answers one search.
 * @throws `query.empty`, `query.level`, `model.feature`, `limit.exceeded`, `usage.invalid`,
 *   `request.aborted`
 */
export async function search(parts: SearchParts, request: SearchRequest): Promise<SearchResult> {
  const started = performance.now();
  checkRequest(request);
  const query =
    request.text === undefined ? undefined : understandQuery(request.text, parts.lookup);
  const levels = levelsOf(parts.archive, request);
  const scope = makeScope(parts.archive, request);
  const hits = await findHits(parts, { request, query, levels, scope });
  const judged = { model: parts.textEncoder.model, hits, scope, query };
  const { confident, notices } = judge(parts.archive, judged);
  return {
    query: query?.text ?? '',
    level: request.level,
    confident,
    notices: [...unjudgedNotices(parts.archive, request.where), ...notices],
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

/**
 * Which levels take part.
 * @throws `query.level` where the one asked for is not there, `model.feature` where the model compares no
 *   text with it, or has no beats and one is asked for
 */
function levelsOf({ model }: Archive, { level, text, like, fusion }: SearchRequest): FoundAt[] {
  if (like?.beatIndex !== undefined && !model.levels.beat) throw lacksBeats(model);
  const present = VECTOR_LEVELS.filter((one) => model.levels[one] !== undefined);
  const comparable = present.filter(
    (one) => text === undefined || model.levels[one]!.sharedWithText,
  );
  const isApart = present.some((one) => one === level) && !comparable.some((one) => one === level);
  if (isApart || (level === 'fused' && comparable.length === 0)) {
    throw comparesNoText(model, level);
  }
  const possible: FoundAt[] = text === undefined ? comparable : [...comparable, 'text'];
  if (level === 'fused') return possible.filter((one) => fusionWeights(fusion)[one] > 0);
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
    const hits = pickHits(parts.archive, await ranking(parts, call, found), { ...call, found });
    const exhausted = [...found.values()].every((candidates) => candidates.length < count);
    if (hits.length >= k || exhausted || count >= MAX_CANDIDATE_COUNT) return hits;
  }
}

async function gather(parts: SearchParts, call: GatherCall & { count: number }): Promise<Found> {
  const { request, query, levels, scope, count } = call;
  const found = new Map<FoundAt, readonly Candidate[]>();
  if (scope.size === 0) return found;
  for (const level of levels) {
    if (level === 'text') {
      found.set(level, reportCandidates(parts.archive, query!.inReports, { ...scope, count }));
      continue;
    }
    if (level === 'token') {
      const { like } = request;
      const sought = soughtBy(query && (await piecesOf(parts, call)), like, ['token']);
      const options = { ...scope, count, ...(like && { like }) };
      found.set(level, await momentCandidates(parts.archive, sought, options));
      continue;
    }
    const options = { level, ...(scope.signal && { signal: scope.signal }) };
    const text = query && (await embedQuestion(parts.textEncoder, query, options));
    const vector = queryVector(level, request.like, text);
    if (vector)
      found.set(level, await nearestRecordings(parts.archive, level, vector, { ...scope, count }));
  }
  return found;
}

function piecesOf(parts: SearchParts, { query, scope }: GatherCall): Promise<QuestionPieces> {
  return questionPieces(parts, query!, scope.signal ? { signal: scope.signal } : {});
}

/** The found recordings, best first; those of a fused search may be re-scored by late interaction. */
async function ranking(parts: SearchParts, call: GatherCall, found: Found): Promise<Ranked[]> {
  const { level, fusion, like } = call.request;
  const weights = fusionWeights(fusion);
  const ranked = rank(found, weights);
  const levels = rescoringLevels(parts.archive.model, call.query !== undefined);
  if (level !== 'fused' || weights.lateInteraction === 0 || levels.length === 0) return ranked;
  const sought = soughtBy(call.query && (await piecesOf(parts, call)), like, levels);
  const { signal } = call.scope;
  return rescore(parts.archive, ranked, {
    ...{ sought, levels, weight: weights.lateInteraction },
    ...(signal && { signal }),
  });
}

/** One level keeps its own scores; several are fused by rank. */
function rank(found: Found, weights: FusionWeights): Ranked[] {
  const [only, ...others] = found;
  if (only && others.length === 0) return only[1].map(({ ecgId, score }) => ({ id: ecgId, score }));
  return fuseRankings(
    [...found].map(([level, candidates]) => ({
      weight: weights[level],
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
