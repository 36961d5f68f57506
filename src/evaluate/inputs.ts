/** Where a described data set keeps its labels: a table below the records folder, or the headers themselves. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import type { Dataset } from './dataset.js';
import type { LabelRow } from './label-table.js';
import { rowFilter } from './row-filter.js';

/**
 * The table of a described data set in the records folder or anywhere below it.
 * @throws `file.missing` saying which files are looked for and where they come from
 */
export async function findTable(
  folder: string,
  { labelFiles = [], source }: Dataset,
): Promise<string> {
  for (const name of labelFiles) {
    const path = join(folder, name);
    if (
      await stat(path).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return path;
  }
  const found = (await readFolder(folder)).filter((path) => labelFiles.includes(basename(path)));
  if (found.length === 1) return join(folder, found[0]!);
  const told = found.length === 0 ? 'There is no' : `There are ${found.length}`;
  throw new PqrError('file.missing', `${told} ${labelFiles.join(' or ')} under ${folder}.`, {
    hint: `Give it with --labels CSV. ${source.labels}`,
  });
}

/** One row a header below the folder, its labels still unknown; `where` may speak of `record`. */
export async function headerRows(
  folder: string,
  { where, labelCount }: { where: string | undefined; labelCount: number },
): Promise<LabelRow[]> {
  const kept = where === undefined ? () => true : rowFilter(where, ['record']);
  const records = (await readFolder(folder))
    .filter((path) => path.endsWith('.hea'))
    .map((path) => path.slice(0, -'.hea'.length).replaceAll('\\', '/'))
    .filter((record) => kept({ record }))
    .sort();
  if (records.length === 0) {
    throw new PqrError('file.missing', `There is no recording (.hea) to evaluate under ${folder}.`);
  }
  return records.map((record) => ({
    records: [record],
    group: record,
    truth: new Uint8Array(labelCount),
  }));
}

function readFolder(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new PqrError('file.missing', `There is no readable folder ${folder}.`, { cause });
  });
}
