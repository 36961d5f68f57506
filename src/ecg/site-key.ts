/**
 * The site key: the secret from which de-identification derives every pseudonym and every date shift.
 * Whoever holds it can tell which pseudonym stands for a known id; whoever does not, cannot.
 */
import { PqrError } from './errors.js';

const MIN_KEY_LENGTH = 32;
const MAX_KEY_LENGTH = 1024;
/** A key of fewer kinds of characters was typed, not drawn. */
const MIN_DISTINCT_COUNT = 8;

export const SITE_KEY_HINT =
  'Make one with `openssl rand -hex 32 > site.key`, keep it secret and backed up, and give it as PQRSEARCH_SITE_KEY_FILE=site.key, --site-key-file site.key or PQRSEARCH_SITE_KEY.';

/** The key without blanks around it. @throws `deidentify.key` where there is none or it is easily guessed */
export function checkSiteKey(key: string | undefined): string {
  const trimmed = key?.trim() ?? '';
  if (trimmed === '') {
    throw new PqrError('deidentify.key', 'De-identification needs a site key; none is given.', {
      hint: SITE_KEY_HINT,
    });
  }
  const distinctCount = new Set(trimmed).size;
  const long = trimmed.length >= MIN_KEY_LENGTH && trimmed.length <= MAX_KEY_LENGTH;
  if (long && distinctCount >= MIN_DISTINCT_COUNT) return trimmed;
  throw new PqrError(
    'deidentify.key',
    `The site key has ${trimmed.length} characters, ${distinctCount} different ones; ${MIN_KEY_LENGTH} to ${MAX_KEY_LENGTH} with at least ${MIN_DISTINCT_COUNT} different ones are needed.`,
    { hint: SITE_KEY_HINT },
  );
}
