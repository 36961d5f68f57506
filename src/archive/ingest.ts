/**
 * Indexing: files into an archive. Recordings are read and prepared while the encoder works on the batch
 * before, and written batch by batch, each batch in one transaction: killed at any moment, what is written
 * is whole, and the next run goes on from there. One bad file is listed and never stops the run.
 */
import type { Deidentification } from '../ecg/deidentify.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgQuality } from '../ecg/quality.js';
import { type EcgRecord, type EcgWarning, ecgId, withWarnings } from '../ecg/record.js';
import type { EcgEmbedding, EcgEncoder } from '../encoders/ports.js';
import { findRecordings } from '../formats/find.js';
import { readEcg } from '../formats/read.js';
import type { ReadOptions } from '../formats/read-options.js';
import type { OpenArchive } from './archive.js';
import { deidentifierOf, deidentifyRow, rowHashOf } from './deidentified.js';
import { asPqrError, embedEach } from './embed-batch.js';
import { type IngestPlan, planIngest, type ToRead } from './ingest-plan.js';
import type { MetadataTable } from './metadata.js';
import type { FailedRecord, Progress, WorkOptions } from './ports.js';
import { ProgressMeter } from './progress.js';
import type { EcgToStore } from './store-write.js';
import { type PackedWaveform, packWaveform } from './waveform-codec.js';

export type IngestProgress = Progress;

export interface SignalRemarks {
  readonly warnings: readonly EcgWarning[];
  readonly quality?: EcgQuality;
}

export interface IngestDeps {
  readonly archive: OpenArchive;
  readonly encoder: EcgEncoder;
  /** Reads a file as a record; readEcg of src/formats where it is not given. */
  readonly read?: (file: string, options: ReadOptions) => Promise<EcgRecord>;
  /** Remarks on the signal and its quality, stored with the record. */
  readonly inspect?: (record: EcgRecord) => SignalRemarks;
  readonly metadata?: MetadataTable;
}

export interface IngestOptions extends WorkOptions {
  /** Recordings given to the encoder, and written, at once. */
  readonly batchSize?: number;
  /** Batches that are embedded at the same time; the next one is read meanwhile. */
  readonly concurrency?: number;
}

export interface IngestResult {
  /** Paths that are new in the archive. */
  readonly indexed: number;
  /** Known paths whose content, header or metadata changed. */
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: readonly FailedRecord[];
  readonly seconds: number;
}

const DEFAULT_BATCH_SIZE = 32;
/** A batch of long recordings is closed early: this is 16 MB of samples, some 60 recordings of ten seconds. */
const BATCH_SAMPLE_COUNT = 4_000_000;
const DEFAULT_CONCURRENCY = 2;
const UPDATE_BATCH_SIZE = 500;

/**
 * Indexes every recording under `paths` (files, folders, record names).
 * @throws `archive.full` and `archive.busy` (what was written before stays; run it again), `model.mismatch`,
 *   `request.aborted`, `deidentify.key`, `deidentify.archive`. A file that fails is in the result, not thrown.
 */
export async function ingest(
  paths: readonly string[],
  deps: IngestDeps,
  options: IngestOptions = {},
): Promise<IngestResult> {
  const { archive, encoder, metadata } = deps;
  const { signal } = options;
  checkSameModel(archive, encoder);
  deidentifierOf(archive); // says at once where the key is missing or another
  const run = new IngestRun(deps, options);
  const plan = await planIngest({
    archive,
    found: findRecordings(paths, signal ? { signal } : {}),
    ...(metadata && { metadata }),
    ...(signal && { signal }),
  });
  await run.carryOut(plan);
  await archive.maintain(signal ? { signal } : {});
  return run.finish();
}

function checkSameModel(archive: OpenArchive, encoder: EcgEncoder): void {
  if (archive.model.hash === encoder.model.hash) return;
  throw new PqrError(
    'model.mismatch',
    `The archive is of model ${archive.model.name}, the encoder is ${encoder.model.name} (${encoder.model.hash.slice(0, 12)}).`,
    { hint: `Run \`pqrsearch archive rebuild --model ${encoder.model.name}\` first.` },
  );
}

/** A recording that was read. */
interface ReadItem {
  readonly work: ToRead;
  readonly record: EcgRecord;
  readonly id: string;
  /** The row as it is stored, and its hash. */
  readonly row: Pick<EcgToStore, 'metadata' | 'metadataHash'>;
}

/** A batch after the encoder: what is to be written, in the order of reading. */
type EmbeddedBatch = readonly EcgToStore[];

class IngestRun {
  private readonly deps: IngestDeps;
  private readonly options: IngestOptions;
  private readonly meter: ProgressMeter;
  private readonly failed: FailedRecord[] = [];
  private readonly counts = { indexed: 0, updated: 0, unchanged: 0 };
  private total = 0;

  constructor(deps: IngestDeps, options: IngestOptions) {
    this.deps = deps;
    this.options = options;
    this.meter = new ProgressMeter(options.onProgress);
  }

  async carryOut(plan: IngestPlan): Promise<void> {
    this.failed.push(...plan.failed);
    this.counts.unchanged = plan.unchangedCount;
    this.total =
      plan.failed.length + plan.unchangedCount + plan.toUpdate.length + plan.toRead.length;
    this.report();
    this.updateMetadata(plan.toUpdate);
    await this.readAll(plan.toRead);
  }

  finish(): IngestResult {
    const { archive } = this.deps;
    const { indexed, updated } = this.counts;
    if (indexed + updated + this.failed.length > 0) {
      const failed = this.failed.length;
      archive.write((writer) => writer.audit('ingest.finished', null, { ...this.counts, failed }));
    }
    return { ...this.counts, failed: this.failed, seconds: this.meter.seconds };
  }

  private updateMetadata(updates: IngestPlan['toUpdate']): void {
    for (let at = 0; at < updates.length; at += UPDATE_BATCH_SIZE) {
      throwIfAborted(this.options.signal);
      this.deps.archive.write((writer) => {
        for (const { path, metadata } of updates.slice(at, at + UPDATE_BATCH_SIZE)) {
          this.counts[writer.applyMetadata(path, metadata)]++;
        }
      });
      this.report();
    }
  }

  private async readAll(works: readonly ToRead[]): Promise<void> {
    const { batchSize = DEFAULT_BATCH_SIZE, concurrency = DEFAULT_CONCURRENCY } = this.options;
    const embedding: Promise<EmbeddedBatch>[] = [];
    const waiting = works.values();
    for (;;) {
      const items = await this.readBatch(waiting, batchSize);
      if (items.length === 0) break;
      const batch = this.embedBatch(items);
      batch.catch(() => undefined); // thrown where it is awaited
      embedding.push(batch);
      if (embedding.length >= concurrency) this.writeBatch(await embedding.shift()!);
    }
    for (const batch of embedding) this.writeBatch(await batch);
  }

  /** Reads until the batch is full, by recordings or by samples; empty at the end. */
  private async readBatch(waiting: Iterator<ToRead>, batchSize: number): Promise<ReadItem[]> {
    const items: ReadItem[] = [];
    let sampleCount = 0;
    while (items.length < batchSize && sampleCount < BATCH_SAMPLE_COUNT) {
      throwIfAborted(this.options.signal);
      const next = waiting.next();
      if (next.done) break;
      const item = await this.readOne(next.value);
      if (!item) continue;
      items.push(item);
      sampleCount += item.record.samples.length;
    }
    return items;
  }

  private async readOne(work: ToRead): Promise<ReadItem | undefined> {
    const { read = readEcg, inspect, archive } = this.deps;
    const { signal } = this.options;
    const deidentify = deidentifierOf(archive)?.recording(work.metadata?.patientId);
    try {
      const record = await read(work.source, {
        ...(signal && { signal }),
        ...(deidentify && { deidentify }),
      });
      const { warnings = [], quality } = inspect?.(record) ?? {};
      const remarked = withWarnings(record, [...warnings, ...ambiguity(work)]);
      return {
        work,
        record: quality ? { ...remarked, quality } : remarked,
        id: ecgId(record),
        row: rowToStore(work, deidentify),
      };
    } catch (error) {
      throwIfAborted(signal);
      this.fail(work, error);
      return undefined;
    }
  }

  /** Embeds and packs what the archive does not hold yet. */
  private async embedBatch(items: readonly ReadItem[]): Promise<EmbeddedBatch> {
    const fresh = new Map<string, EcgRecord>();
    for (const { id, record } of items) if (!this.isStored(id)) fresh.set(id, record);
    const packing = Promise.all(Array.from(fresh.values(), packWaveform));
    packing.catch(() => undefined); // awaited below
    const results = await embedEach(this.deps.encoder, [...fresh.values()], this.options.signal);
    const waveforms = await packing;
    const made = new Map<string, { result: EcgEmbedding | PqrError; waveform: PackedWaveform }>();
    for (const [at, id] of [...fresh.keys()].entries()) {
      made.set(id, { result: results[at]!, waveform: waveforms[at]! });
    }
    return items.flatMap((item) => this.toStore(item, made.get(item.id)));
  }

  private toStore(
    { work, record, id, row }: ReadItem,
    made: { result: EcgEmbedding | PqrError; waveform: PackedWaveform } | undefined,
  ): EcgToStore[] {
    const item = { file: work.file, ecgId: id, record, ...row };
    if (!made) return [item];
    const { result, waveform } = made;
    if (!PqrError.isInstance(result)) return [{ ...item, waveform, embedding: result }];
    this.fail(work, result);
    return [];
  }

  /** All of the batch in one transaction; where that fails for one recording, each in its own. */
  private writeBatch(batch: EmbeddedBatch): void {
    throwIfAborted(this.options.signal);
    try {
      this.count(this.deps.archive.put(batch));
    } catch (error) {
      if (stopsTheRun(error) || batch.length === 0) throw error;
      for (const item of batch) this.writeAlone(item);
    }
    this.report();
  }

  private writeAlone(item: EcgToStore): void {
    try {
      this.count(this.deps.archive.put([item]));
    } catch (error) {
      if (stopsTheRun(error)) throw error;
      this.fail({ foundPath: item.file.path }, error);
    }
  }

  private count(outcomes: readonly (keyof IngestRun['counts'])[]): void {
    for (const outcome of outcomes) this.counts[outcome]++;
  }

  private isStored(id: string): boolean {
    const { store, writer, modelKey } = this.deps.archive;
    const key = store.keyOf(id);
    return key !== undefined && writer.hasVectors(key, modelKey);
  }

  private fail({ foundPath }: Pick<ToRead, 'foundPath'>, error: unknown): void {
    const { code, message } = asPqrError(error);
    this.failed.push({ path: foundPath, code, message });
  }

  private report(): void {
    const { indexed, updated, unchanged } = this.counts;
    const done = indexed + updated + unchanged + this.failed.length;
    this.meter.update(done, this.total, this.failed.length);
  }
}

function rowToStore(
  { metadata }: ToRead,
  deidentify: Deidentification | undefined,
): ReadItem['row'] {
  if (!metadata) return {};
  if (!deidentify) return { metadata };
  const metadataHash = rowHashOf(metadata, deidentify.deidentifier);
  return { metadata: deidentifyRow(metadata, deidentify), metadataHash };
}

function ambiguity({ ambiguousRow }: ToRead): EcgWarning[] {
  if (ambiguousRow === undefined) return [];
  return [
    {
      code: 'metadata.ambiguous',
      message: `Row ${ambiguousRow} of the metadata table fits several recordings of this name; it was applied to none. Give the folder in its record column.`,
    },
  ];
}

/** Errors after which no further recording can be written either. */
function stopsTheRun(error: unknown): boolean {
  if (!PqrError.isInstance(error)) return false;
  const codes = [
    'archive.full',
    'archive.busy',
    'archive.corrupt',
    'model.mismatch',
    'file.denied',
  ];
  return codes.includes(error.code) || error.code === 'file.unreadable';
}
