/**
 * How the ECGs lie in an HDF5 file: many, as CODE stores them, or one matrix.
 *
 * CODE (Ribeiro et al. 2020, doi 10.1038/s41467-020-15432-4; CODE-15 %: Zenodo 4916206; CODE-test: Zenodo
 * 3765780): dataset `tracings` [recordings x samples x 12], and in CODE-15 % `exam_id` [recordings], whose last
 * row is 0 and stands for no exam.
 */
import { PqrError } from '../ecg/errors.js';
import { STANDARD_LEADS } from '../ecg/leads.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Hdf5Entry, listHdf5, readHdf5Part } from './hdf5-file.js';
import { describeEntry, integerTexts, isNumeric } from './hdf5-values.js';

export type Hdf5Layout =
  | { readonly kind: 'code'; readonly tracings: Hdf5Entry; readonly examIds?: Hdf5Entry }
  | { readonly kind: 'matrix'; readonly matrix: Hdf5Entry };

/** The names of CODE's datasets. */
const TRACINGS = 'tracings';
const EXAM_ID = 'exam_id';

/**
 * The layout by names and shapes; no samples are read.
 * @throws `record.invalid` (nothing laid out as an ECG: the message lists what there is), `format.escape` (it
 * lies in another file), `format.inconsistent`, `limit.exceeded`, `file.*`
 */
export async function layoutHdf5(
  source: ByteSource,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Hdf5Layout> {
  const entries = await listHdf5(source, limits, signal);
  const tracings = entries.find(({ name }) => name === TRACINGS);
  if (tracings?.kind === 'link' || tracings?.isVirtual) throw outside(source, tracings);
  if (tracings !== undefined && isBatch(tracings)) {
    checkLimit('batchRecordingCount', tracings.shape[0]!, shown(source.name), limits);
    checkChunk(tracings, source, limits);
    const examIds = examIdsOf(entries, tracings, source, limits);
    return { kind: 'code', tracings, ...(examIds !== undefined && { examIds }) };
  }
  const matrices = entries.filter((entry) => isMatrix(entry, limits));
  const [matrix] = matrices;
  if (matrix === undefined || matrices.length > 1) throw noEcg(source, entries);
  if (matrix.isVirtual) throw outside(source, matrix);
  checkChunk(matrix, source, limits);
  return { kind: 'matrix', matrix };
}

const isBatch = (entry: Hdf5Entry) =>
  entry.kind === 'dataset' &&
  isNumeric(entry) &&
  entry.shape.length === 3 &&
  entry.shape[0]! > 0 &&
  entry.shape[1]! > 0 &&
  entry.shape[2] === STANDARD_LEADS.length;

function isMatrix(entry: Hdf5Entry, limits: Limits): boolean {
  if (entry.kind !== 'dataset' || !isNumeric(entry) || entry.shape.length !== 2) return false;
  const [few, many] = [...entry.shape].sort((a, b) => a - b) as [number, number];
  return few > 0 && few <= limits.leadCount && many > few;
}

/** CODE's ids, where they are there and are integers. */
function examIdsOf(
  entries: readonly Hdf5Entry[],
  tracings: Hdf5Entry,
  source: ByteSource,
  limits: Limits,
): Hdf5Entry | undefined {
  const ids = entries.find(({ name }) => name === EXAM_ID);
  if (ids?.kind === 'link' || ids?.isVirtual) throw outside(source, ids);
  if (ids === undefined || ids.type !== 'integer' || !isNumeric(ids)) return undefined;
  checkChunk(ids, source, limits);
  if (ids.shape.length === 1 && ids.shape[0] === tracings.shape[0]) return ids;
  throw new PqrError(
    'format.inconsistent',
    `${shown(source.name)} holds ${describeEntry(tracings)}, but ${describeEntry(ids)}; an id a recording is needed.`,
  );
}

/** A chunk is unpacked as a whole, however little of it is wanted. */
function checkChunk(entry: Hdf5Entry, source: ByteSource, limits: Limits): void {
  const where = `${shown(source.name)}, a chunk of ${shown(entry.name)}`;
  checkLimit('chunkBytes', entry.chunkBytes, where, limits);
}

function outside(source: ByteSource, { name, kind }: Hdf5Entry): PqrError {
  const what = kind === 'link' ? 'a link that leads out of it' : 'a virtual dataset';
  return new PqrError(
    'format.escape',
    `In ${shown(source.name)}, ${shown(name)} is ${what}; only what a file holds itself is read.`,
    { hint: 'Index the files that it is made of, or copy the samples into one file.' },
  );
}

function noEcg(source: ByteSource, entries: readonly Hdf5Entry[]): PqrError {
  const list = entries.map(describeEntry).join(', ') || 'nothing';
  return new PqrError(
    'record.invalid',
    `${shown(source.name)} holds no dataset that is clearly ECGs; it holds ${shown(list)}.`,
    {
      hint: 'Read are tracings [recordings x samples x 12] as in CODE, or one matrix [samples x leads] in the root.',
    },
  );
}

/**
 * The recordings by name, in their order, with their rows: the exam id, or the row's number from 0 where
 * there are no ids. Rows with the id 0 are no recordings; a repeated id gets `_2`, `_3`.
 */
export async function namesOf(
  source: ByteSource,
  { tracings, examIds }: Hdf5Layout & { readonly kind: 'code' },
  limits: Limits,
): Promise<Map<string, number>> {
  const count = tracings.shape[0]!;
  if (examIds === undefined) {
    return new Map(Array.from({ length: count }, (_, row) => [String(row), row]));
  }
  const part = { entry: examIds, start: [0], count: [count] };
  const ids = integerTexts(await readHdf5Part(source, part, limits), examIds);
  const rows = new Map<string, number>();
  for (const [row, id] of ids.entries()) {
    if (id === '0') continue;
    let name = id;
    for (let suffix = 2; rows.has(name); suffix++) name = `${id}_${suffix}`;
    rows.set(name, row);
  }
  return rows;
}
