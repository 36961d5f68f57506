/** Whether the answer of a search can be trusted to be about the question, and what the user should know. */
import type { Archive } from '../archive/ports.js';
import type { ModelIdentity } from '../encoders/ports.js';
import { isFamiliar } from './familiar.js';
import type { SearchHit } from './ports.js';
import type { UnderstoodQuery } from './query.js';

interface Judged {
  /** The one that embeds the question. */
  readonly model: ModelIdentity;
  readonly hits: readonly SearchHit[];
  readonly scope: { readonly size: number; readonly among?: ReadonlySet<string> };
  readonly query: UnderstoodQuery | undefined;
}

/** How near is far is measured for each model (docs/decisions/0008-confidence.md); where not, nothing is far. */
function isFar({ hits, query, model }: Judged): boolean {
  if (query === undefined || model.farCosine === undefined) return false;
  const cosines = hits.flatMap((hit) => hit.levels.rhythm ?? []);
  return cosines.length > 0 && Math.max(...cosines) < model.farCosine;
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
