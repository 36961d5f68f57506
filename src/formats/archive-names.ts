/** Names of files in an archive: only relative ones that stay inside, and only files worth reading. */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

/** Throws where an entry's name leads out of the archive's own folder. @throws `format.escape` */
export function checkEntryName(name: string, archive: string): void {
  const parts = name.split('/');
  const bad =
    name.startsWith('/') ||
    name.includes('\\') ||
    name.includes('\0') ||
    /^[A-Za-z]:/.test(name) ||
    parts.includes('..');
  if (!bad) return;
  throw new PqrError(
    'format.escape',
    `${shown(archive)} holds ${shown(name)}, which leads out of it; such an archive is not read.`,
    { hint: 'Pack the files again, with plain names.' },
  );
}

/** Throws for a link in an archive. @throws `format.escape` */
export function refuseLink(name: string, archive: string): never {
  throw new PqrError(
    'format.escape',
    `${shown(archive)} holds the link ${shown(name)}; archives with links are not read.`,
    { hint: 'Pack the files themselves.' },
  );
}

/** False for folders, hidden files and what macOS adds. */
export function isEntryWanted(name: string): boolean {
  const parts = name.split('/');
  return (
    name !== '' && !name.endsWith('/') && !parts.some((part) => /^(?:\.(?!$)|__MACOSX$)/.test(part))
  );
}
