/** Whether the answer of a search can be trusted to be about the question, and what the user should know. */
import type { Archive } from '../archive/ports.js';
import { isFamiliar } from './familiar.js';
import type { SearchHit } from './ports.js';
import type { UnderstoodQuery } from './query.js';

/**
 * Below this rhythm cosine the best hit of a question in words is far from it: the best hits of ten
 * questions that PTB-XL fold 9 can answer were at 0.39 and more (docs/decisions/0008-confidence.md).
 */
const FAR_COSINE = 0.3;

interface Judged {
  readonly hits: readonly SearchHit[];
  readonly scope: { readonly size: number; readonly among?: ReadonlySet<string> };
  readonly query: UnderstoodQuery | undefined;
}

function isFar({ hits, query }: Judged): boolean {
  const cosines = hits.flatMap((hit) => hit.levels.rhythm ?? []);
  return query !== undefined && cosines.length > 0 && Math.max(...cosines) < FAR_COSINE;
}

/** Whether the answer can be trusted to be about the question, and what the user should know of it. */
export function judge(archive: Archive, call: Judged): { confident: boolean; notices: string[] } {
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
