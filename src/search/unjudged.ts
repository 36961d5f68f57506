/** A filter by quality leaves out what was indexed before quality was judged: that is said, not left to be found out. */
import type { Archive, FilterCondition } from '../archive/ports.js';

/** One notice where such a filter leaves recordings out unjudged; none else. */
export function unjudgedNotices(
  archive: Archive,
  conditions: readonly FilterCondition[] = [],
): string[] {
  if (!conditions.some(({ field }) => field === 'acceptable' || field === 'quality')) return [];
  const judged = archive.select([{ field: 'quality', operator: '>=', value: 0 }]).size;
  const unjudged = archive.listIds().length - judged;
  if (unjudged === 0) return [];
  return [
    `The quality of ${unjudged} recordings was never judged; the filter leaves them out. \`pqrsearch archive rebuild\` judges them.`,
  ];
}
