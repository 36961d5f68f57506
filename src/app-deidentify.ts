/** The part of the composition root that gives archives and uploads the site key. */
import type { App } from './app.js';
import { makeDeidentified } from './archive/deidentified.js';
import type { Config } from './config.js';
import { Deidentifier } from './ecg/deidentify.js';

/** @throws `deidentify.key` where none is configured, or one that is easily guessed */
export function siteDeidentifier({ siteKey }: Config): Deidentifier {
  return new Deidentifier(siteKey);
}

/**
 * Readies an archive before it is indexed into or served: it gets the site key, where there is one, and
 * with `deidentify` becomes a de-identified one. Without either nothing is opened or made.
 * @throws `deidentify.key`, `deidentify.archive`, and as opening an archive
 */
export async function giveSiteKey(
  app: App,
  archiveFolder: string,
  { deidentify = false, create = false }: { deidentify?: boolean; create?: boolean } = {},
): Promise<void> {
  if (app.config.siteKey === undefined && !deidentify) return;
  const deidentifier = siteDeidentifier(app.config);
  const archive = await app.openArchive(archiveFolder, create);
  archive.deidentifier = deidentifier;
  if (deidentify) makeDeidentified(archive, deidentifier);
}
