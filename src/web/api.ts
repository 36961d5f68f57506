/** The page's one way to the service: `/v1` over HTTP, relative to where the page was loaded from. */
import type {
  ArchiveInfo,
  CaptionAnswer,
  EcgAnswer,
  InspectAnswer,
  Label,
  LabelScore,
  LabelScores,
  Measurements,
  OwnLabel,
  ReportDraft,
  SearchAnswer,
} from './api-types.js';
import { ProblemError, problemOf } from './problem.js';
import type { SearchRoute } from './route.js';

export function getArchive(signal: AbortSignal): Promise<ArchiveInfo> {
  return request('v1/archive', { signal });
}

export function getSearch(route: SearchRoute, signal: AbortSignal): Promise<SearchAnswer> {
  return request(`v1/search?${searchParams(route)}`, { signal });
}

/** The query of a search; empty parts are left out. */
export function searchParams({ q, like, k, level, where }: SearchRoute): string {
  const params = new URLSearchParams();
  if (q.trim() !== '') params.set('q', q.trim());
  if (like !== '') params.set('like', like);
  params.set('k', String(k));
  params.set('level', level);
  if (where.trim() !== '') params.set('where', where.trim());
  return params.toString();
}

export function getEcg(ecgId: string, signal: AbortSignal): Promise<EcgAnswer> {
  return request(`v1/ecgs/${encodeURIComponent(ecgId)}`, { signal });
}

export function getMeasurements(ecgId: string, signal: AbortSignal): Promise<Measurements> {
  return request(`v1/ecgs/${encodeURIComponent(ecgId)}/measurements`, { signal });
}

export function getCaption(ecgId: string, signal: AbortSignal): Promise<CaptionAnswer> {
  return request(`v1/ecgs/${encodeURIComponent(ecgId)}/caption`, { signal });
}

export async function getLabels(signal: AbortSignal): Promise<readonly Label[]> {
  const answer = await request<{ labels: readonly Label[] }>('v1/labels', { signal });
  return answer.labels;
}

export interface LabelFields {
  readonly text: string;
  readonly synonyms: readonly string[];
  readonly requires: readonly string[];
  readonly excludes: readonly string[];
  /** Of a label that is changed; a new one gets its key from its text. */
  readonly key?: string;
}

/** Adds a label, or changes the one of the same key. */
export function postLabel(fields: LabelFields): Promise<OwnLabel> {
  return post('v1/labels', fields, new AbortController().signal);
}

export async function deleteLabel(key: string): Promise<void> {
  await send(`v1/labels/${encodeURIComponent(key)}`, { method: 'DELETE' });
}

export function getLabelScores(key: string, signal: AbortSignal): Promise<LabelScores> {
  return request(`v1/labels/${encodeURIComponent(key)}/scores?k=12`, { signal });
}

export async function postClassify(
  ecgId: string,
  labels: readonly string[] | 'default',
  signal: AbortSignal,
): Promise<readonly LabelScore[]> {
  const body = { ecgId, labels };
  const answer = await post<{ labels: readonly LabelScore[] }>('v1/classify', body, signal);
  return answer.labels;
}

export function postReport(ecgId: string, signal: AbortSignal): Promise<ReportDraft> {
  return post('v1/reports', { ecgId }, signal);
}

export interface UploadFile {
  readonly name: string;
  readonly base64: string;
}

export function postInspect(
  upload: { readonly files: readonly UploadFile[]; readonly repairLeads: boolean },
  signal: AbortSignal,
): Promise<InspectAnswer> {
  return post('v1/ecgs/inspect', upload, signal);
}

function post<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  return request<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  return (await (await send(path, init)).json()) as T;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...init, credentials: 'same-origin' });
  if (!response.ok) throw new ProblemError(problemOf(response.status, await response.text()));
  return response;
}
