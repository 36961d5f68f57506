/**
 * Addresses of the page: everything after `#`, so that a link, a reload and the back button lead to the
 * same view. Pure text in and out; listening to the browser is use-route.ts.
 */
import type { SearchLevel } from './api-types.js';

export const SEARCH_LEVELS: readonly SearchLevel[] = [
  'fused',
  'rhythm',
  'beat',
  'beat-query',
  'token',
  'text',
];
export const LAYOUTS = ['auto', '3x4', '6x2', '12x1'] as const;
export type Layout = (typeof LAYOUTS)[number];
export const SPEEDS_MM_PER_SECOND = [12.5, 25, 50, 100] as const;
export const GAINS_MM_PER_MILLIVOLT = [5, 10, 20, 40] as const;
export const HIT_COUNTS = [10, 20, 50, 100] as const;

export interface SearchRoute {
  readonly view: 'search';
  readonly q: string;
  /** ECG to find others like; empty for none. */
  readonly like: string;
  readonly level: SearchLevel;
  readonly k: number;
  readonly where: string;
}

export interface EcgRoute {
  readonly view: 'ecg';
  readonly ecgId: string;
  readonly layout: Layout;
  readonly speed: number;
  readonly gain: number;
  readonly start: number;
  /** `1.2-2.0,3-4` in seconds; empty for none. */
  readonly highlight: string;
  /** Shade where the model looked. */
  readonly attention: boolean;
  /** Draw where P, QRS and T begin and end. */
  readonly fiducials: boolean;
  /** Draft the report at once. */
  readonly draft: boolean;
}

export interface LabelsRoute {
  readonly view: 'labels';
  /** The label that is shown; empty for none. */
  readonly key: string;
}

export type Route =
  | SearchRoute
  | LabelsRoute
  | EcgRoute
  | { readonly view: 'upload' }
  | { readonly view: 'unknown'; readonly path: string };

const SEARCH_DEFAULTS: SearchRoute = {
  view: 'search',
  q: '',
  like: '',
  level: 'fused',
  k: 10,
  where: '',
};
const ECG_DEFAULTS: Omit<EcgRoute, 'ecgId'> = {
  view: 'ecg',
  layout: 'auto',
  speed: 25,
  gain: 10,
  start: 0,
  highlight: '',
  attention: false,
  fiducials: false,
  draft: false,
};

/** Whether there is anything to search for. */
export function isAsked({ q, like }: SearchRoute): boolean {
  return q !== '' || like !== '';
}

export function searchRoute(parts: Partial<SearchRoute> = {}): SearchRoute {
  return { ...SEARCH_DEFAULTS, ...parts };
}

export function ecgRoute(ecgId: string, parts: Partial<EcgRoute> = {}): EcgRoute {
  return { ...ECG_DEFAULTS, ecgId, ...parts };
}

export function labelsRoute(key = ''): LabelsRoute {
  return { view: 'labels', key };
}

/** The view that an address (`#/search?q=...`) stands for; values out of range become the default. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  const params = new URLSearchParams(query);
  if (path === '' || path === '/' || path === '/search') return parseSearch(params);
  if (path === '/upload') return { view: 'upload' };
  if (path === '/labels') return labelsRoute(params.get('key') ?? '');
  const ecg = /^\/ecg\/([^/]+)$/.exec(path);
  const ecgId = ecg ? decoded(ecg[1]!) : undefined;
  return ecgId === undefined ? { view: 'unknown', path } : parseEcg(ecgId, params);
}

function parseSearch(params: URLSearchParams): SearchRoute {
  const level = params.get('level') as SearchLevel;
  const k = Number(params.get('k'));
  return searchRoute({
    q: params.get('q') ?? '',
    like: params.get('like') ?? '',
    where: params.get('where') ?? '',
    ...(SEARCH_LEVELS.includes(level) && { level }),
    ...(Number.isInteger(k) && k >= 1 && k <= 1000 && { k }),
  });
}

function parseEcg(ecgId: string, params: URLSearchParams): EcgRoute {
  const layout = params.get('layout') as Layout;
  const speed = Number(params.get('speed'));
  const gain = Number(params.get('gain'));
  const start = Number(params.get('start'));
  return ecgRoute(ecgId, {
    ...(LAYOUTS.includes(layout) && { layout }),
    ...((SPEEDS_MM_PER_SECOND as readonly number[]).includes(speed) && { speed }),
    ...((GAINS_MM_PER_MILLIVOLT as readonly number[]).includes(gain) && { gain }),
    ...(start > 0 && Number.isFinite(start) && { start }),
    highlight: params.get('highlight') ?? '',
    attention: params.get('attention') === '1',
    fiducials: params.get('fiducials') === '1',
    draft: params.get('draft') === '1',
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The address of a view; what equals the default is left out. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'search':
      return `#/search${queryOf(route, SEARCH_DEFAULTS)}`;
    case 'ecg': {
      const { ecgId, ...rest } = route;
      return `#/ecg/${encodeURIComponent(ecgId)}${queryOf(rest, ECG_DEFAULTS)}`;
    }
    case 'upload':
      return '#/upload';
    case 'labels':
      return `#/labels${queryOf(route, labelsRoute())}`;
    case 'unknown':
      return `#${route.path}`;
  }
}

function queryOf<T extends object>(route: T, defaults: T): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(route)) {
    if (value === defaults[name as keyof T]) continue;
    params.set(name, value === true ? '1' : String(value));
  }
  const query = params.toString();
  return query === '' ? '' : `?${query}`;
}
