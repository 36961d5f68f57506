/**
 * The recordings of a test set as rhythm vectors: found, read, those the model was trained on left out, cut as
 * a published protocol says, embedded in batches. Nothing else of a recording is kept.
 */
import type { FailedRecord, Progress } from '../archive/ports.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { type EcgRecord, ecgId } from '../ecg/record.js';
import type { EcgEncoder, LevelVectors } from '../encoders/ports.js';
import { RecordFinder } from './find-record.js';
import type { LabelRow } from './label-table.js';
import { cutTo } from './protocol.js';
import type { TrainedRecords } from './trained-records.js';

const BATCH_COUNT = 32;

export interface EmbeddedRow {
  readonly record: string;
  readonly group: string;
  readonly truth: Uint8Array;
  readonly rhythm: LevelVectors;
}

export interface EmbedCall {
  readonly folder: string;
  readonly rows: readonly LabelRow[];
  readonly findByName: boolean;
  /** Seconds from the start that count; all where absent. */
  readonly firstSeconds: number | undefined;
  readonly trained: TrainedRecords;
  readonly includeTrained: boolean;
  /** What the row's labels are, where the recording itself says it. */
  readonly truthOf?: (record: EcgRecord) => Uint8Array;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface EmbedParts {
  readonly ecgEncoder: EcgEncoder;
  readonly readEcg: (path: string, options: { signal?: AbortSignal }) => Promise<EcgRecord>;
}

export interface EmbeddedSet {
  readonly rows: readonly EmbeddedRow[];
  readonly failed: readonly FailedRecord[];
  /** Recordings the model was trained on, as the table names them; among `rows` only where asked for. */
  readonly trained: readonly string[];
}

interface ReadRow {
  readonly row: LabelRow;
  readonly record: EcgRecord;
  readonly isTrained: boolean;
}

export async function embedRows(parts: EmbedParts, call: EmbedCall): Promise<EmbeddedSet> {
  const finder = new RecordFinder(call.folder);
  const rows: EmbeddedRow[] = [];
  const failed: FailedRecord[] = [];
  const trained: string[] = [];
  const started = performance.now();
  for (let start = 0; start < call.rows.length; start += BATCH_COUNT) {
    throwIfAborted(call.signal);
    const batch = call.rows.slice(start, start + BATCH_COUNT);
    const read = await Promise.all(batch.map((row) => readRow(row, { parts, call, finder })));
    const good: ReadRow[] = [];
    for (const one of read) {
      if ('code' in one) failed.push(one);
      else {
        if (one.isTrained) trained.push(one.row.records[0]!);
        if (!one.isTrained || call.includeTrained) good.push(one);
      }
    }
    for (const one of await embedBatch(parts, call, good)) {
      if ('code' in one) failed.push(one);
      else rows.push(one);
    }
    const done = start + batch.length;
    const perSecond = (done * 1000) / (performance.now() - started);
    call.onProgress?.({
      done,
      total: call.rows.length,
      perSecond,
      secondsLeft: (call.rows.length - done) / perSecond,
      failedCount: failed.length,
    });
  }
  return { rows, failed, trained };
}

interface ReadParts {
  readonly parts: EmbedParts;
  readonly call: EmbedCall;
  readonly finder: RecordFinder;
}

async function readRow(
  row: LabelRow,
  { parts, call, finder }: ReadParts,
): Promise<ReadRow | FailedRecord> {
  const [name] = row.records;
  try {
    const path = await finder.find(row.records, call.findByName);
    if (path === undefined) {
      throw new PqrError(
        'file.missing',
        `There is no recording ${row.records.join(' or ')} in ${call.folder}.`,
      );
    }
    const record = await parts.readEcg(path, call.signal ? { signal: call.signal } : {});
    return {
      row,
      record,
      isTrained: call.trained.has({ hash: ecgId(record), names: row.records }),
    };
  } catch (error) {
    return failure(name!, error);
  }
}

/** One by one where the batch fails, so that a single bad recording costs only itself. */
async function embedBatch(
  parts: EmbedParts,
  call: EmbedCall,
  batch: readonly ReadRow[],
): Promise<(EmbeddedRow | FailedRecord)[]> {
  if (batch.length === 0) return [];
  try {
    return await embedAll(parts, call, batch);
  } catch (error) {
    if (batch.length === 1) return [failure(batch[0]!.row.records[0]!, error)];
    throwIfAborted(call.signal);
    const each: (EmbeddedRow | FailedRecord)[] = [];
    for (const one of batch) each.push(...(await embedBatch(parts, call, [one])));
    return each;
  }
}

async function embedAll(
  { ecgEncoder }: EmbedParts,
  call: EmbedCall,
  batch: readonly ReadRow[],
): Promise<EmbeddedRow[]> {
  const cut = batch.map(({ record }) =>
    call.firstSeconds === undefined ? record : cutTo(record, call.firstSeconds),
  );
  const embeddings = await ecgEncoder.embed(cut, call.signal ? { signal: call.signal } : {});
  return batch.map(({ row, record }, index) => {
    const rhythm = embeddings[index]!.levels.find(({ level }) => level === 'rhythm')!;
    const truth = call.truthOf?.(record) ?? row.truth;
    return { record: row.records[0]!, group: row.group, truth, rhythm };
  });
}

/** What is wrong with one recording; anything but that ends the work. */
function failure(path: string, error: unknown): FailedRecord {
  if (
    !PqrError.isInstance(error) ||
    error.code === 'request.aborted' ||
    error.code === 'model.crashed'
  )
    throw error;
  const { code, message } = error;
  return { path, code, message };
}
