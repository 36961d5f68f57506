/** Writing of records; the extension chooses the format. Each file appears whole or not at all. */
import { basename, extname } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import { writeAtomically } from './atomic-file.js';
import { shown } from './byte-source.js';
import { encodeCsv, encodeJson, encodeNpy, makeSidecar } from './write-table.js';
import { encodeWfdb } from './write-wfdb.js';

export const WRITTEN_EXTENSIONS = ['.csv', '.npy', '.hea', '.json'] as const;

type Writer = (record: EcgRecord, path: string) => Promise<string[]>;

const WRITERS: Readonly<Record<string, Writer>> = {
  '.csv': async (record, path) => {
    await writeAtomically(path, encodeCsv(record));
    return [path];
  },
  '.json': async (record, path) => {
    await writeAtomically(path, encodeJson(record));
    return [path];
  },
  '.npy': async (record, path) => {
    const sidecar = path.replace(/\.npy$/i, '.json');
    await writeAtomically(sidecar, `${JSON.stringify(makeSidecar(record), undefined, 2)}\n`);
    await writeAtomically(path, encodeNpy(record));
    return [path, sidecar];
  },
  '.hea': async (record, path) => {
    const stem = path.replace(/\.hea$/i, '');
    const { header, signals } = encodeWfdb(record, basename(stem));
    await writeAtomically(`${stem}.dat`, signals);
    await writeAtomically(path, header);
    return [path, `${stem}.dat`];
  },
};

/**
 * Writes a record and returns the paths of what was written, the named one first.
 * `.csv` samples in mV; `.npy` float32 and `.json` beside it; `.hea` WFDB format 16 and `.dat`; `.json`.
 * @throws `format.unwritable` (extension, record name), `file.unwritable`
 */
export async function writeEcg(record: EcgRecord, outPath: string): Promise<string[]> {
  const extension = extname(outPath).toLowerCase();
  const writer = WRITERS[extension];
  if (writer !== undefined) return writer(record, outPath);
  throw new PqrError(
    'format.unwritable',
    `${shown(outPath)} ends in ${shown(extension || 'no extension')}; ${WRITTEN_EXTENSIONS.join(', ')} can be written.`,
  );
}
