/**
 * De-identified archives: an archive is one from its first recording on, or it never is. It keeps the
 * fingerprint of the site key it was made with, so that one patient has one pseudonym in all of it.
 */
import type { Deidentification, Deidentifier } from '../ecg/deidentify.js';
import { PqrError } from '../ecg/errors.js';
import type { OpenArchive } from './archive.js';
import { canonicalFields, type EcgFields, hashFields, withoutAbsent } from './fields.js';

const META_NAME = 'deidentified';

export function isDeidentified(archive: OpenArchive): boolean {
  return archive.store.meta(META_NAME) !== undefined;
}

/**
 * Makes an archive without recordings a de-identified one; of one that is, it checks the key.
 * @throws `deidentify.archive` where it holds recordings as they came, or was made with another key
 */
export function makeDeidentified(archive: OpenArchive, deidentifier: Deidentifier): void {
  if (isDeidentified(archive)) {
    checkKey(archive, deidentifier);
    return;
  }
  const ecgCount = archive.listIds().length;
  if (ecgCount > 0) {
    throw new PqrError(
      'deidentify.archive',
      `The archive holds ${ecgCount} recordings that were not de-identified: ${archive.folder}.`,
      { hint: 'Index into a new archive.' },
    );
  }
  archive.write((writer) => {
    writer.setMeta(META_NAME, deidentifier.fingerprint);
    writer.audit('archive.deidentified', null, {});
  });
}

/** A new key would fit no archive that is there. */
const OLD_KEY_HINT =
  'Give the key that the archive was made with as PQRSEARCH_SITE_KEY_FILE, --site-key-file or PQRSEARCH_SITE_KEY.';

/**
 * What takes identity out of the recordings that come into this archive; undefined where it takes them as
 * they are. @throws `deidentify.key`, `deidentify.archive`
 */
export function deidentifierOf(archive: OpenArchive): Deidentifier | undefined {
  if (!isDeidentified(archive)) return undefined;
  const { deidentifier } = archive;
  if (deidentifier === undefined) {
    throw new PqrError(
      'deidentify.key',
      `The archive is de-identified; its site key is needed to add to it: ${archive.folder}.`,
      { hint: OLD_KEY_HINT },
    );
  }
  checkKey(archive, deidentifier);
  return deidentifier;
}

function checkKey(archive: OpenArchive, { fingerprint }: Deidentifier): void {
  if (archive.store.meta(META_NAME) === fingerprint) return;
  throw new PqrError(
    'deidentify.archive',
    `The archive was de-identified with another site key: ${archive.folder}.`,
    { hint: 'Give the key it was made with, or index into a new archive.' },
  );
}

/** Tells a changed metadata row from an unchanged one. */
export function rowHashOf(fields: EcgFields, deidentifier: Deidentifier | undefined): string {
  return deidentifier ? deidentifier.rowHash(canonicalFields(fields)) : hashFields(fields);
}

/** A metadata row without identity; `one` has seen the recording it belongs to. */
export function deidentifyRow(fields: EcgFields, one: Deidentification): EcgFields {
  const { patientId, recordedAt, report, codes, codeLikelihoods, ...rest } = fields;
  const kept = codes && one.codes(codes);
  const likelihoods = Object.entries(codeLikelihoods ?? {}).filter(([code]) =>
    kept?.includes(code),
  );
  return withoutAbsent({
    ...rest,
    ...one.patient(rest),
    patientId: patientId && one.deidentifier.patientId(patientId),
    recordedAt: one.time(recordedAt),
    report: report && one.text(report),
    codes: kept,
    codeLikelihoods: codeLikelihoods && Object.fromEntries(likelihoods),
  });
}
