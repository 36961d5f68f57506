/**
 * An open archive: reading, searching and keeping its index. Made by openArchive (open.ts); recordings come
 * in through ingest (ingest.ts). One object is for one process's use of one folder; several processes may
 * have the same folder open, one of them writing at a time.
 */
import { stat } from 'node:fs/promises';
import type { Deidentifier } from '../ecg/deidentify.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { EcgEncoder, Level, LevelVectors, ModelIdentity } from '../encoders/ports.js';
import { fromSqlite, guardSqlite, writeTransaction } from './database.js';
import { EcgKeys } from './ecg-keys.js';
import type { RowHit } from './exact-index.js';
import { selectIds } from './filter.js';
import { FullText } from './full-text.js';
import { folderBytes } from './generation.js';
import { type IndexingRule, IndexKeeper, indexFolderOf } from './index-keeper.js';
import { archiveLabelShelf } from './label-shelf.js';
import type {
  ArchiveStatus,
  ArchiveWriter,
  FilterCondition,
  IndexOptions,
  LabelShelf,
  NearestOptions,
  ReembedOptions,
  ReembedResult,
  StoredEcg,
  TextHit,
  VectorHit,
  VerifyOptions,
  VerifyResult,
  WorkOptions,
} from './ports.js';
import { reembed } from './reembed.js';
import type { Store } from './store.js';
import {
  checkCurrentModel,
  type EcgToStore,
  StoreWriter,
  type WriteOutcome,
} from './store-write.js';
import { noVectors } from './vector-codec.js';
import { verifyArchive } from './verify.js';

const MAX_NEAREST_COUNT = 100_000;

export interface ArchiveParts {
  readonly folder: string;
  readonly store: Store;
  readonly model: ModelIdentity;
  readonly modelKey: number;
  readonly clock: () => Date;
  readonly indexing: IndexingRule;
}

export class OpenArchive implements ArchiveWriter {
  readonly folder: string;
  readonly store: Store;
  readonly writer: StoreWriter;
  /** Labels that users defined. */
  readonly labels: LabelShelf;
  private readonly indexes: IndexKeeper;
  private readonly keys: EcgKeys;
  private readonly reports: FullText;
  private current: { identity: ModelIdentity; key: number };
  private ownCommits = 0;
  /** Set where a site key is at hand; used where the archive is de-identified (deidentified.ts). */
  deidentifier: Deidentifier | undefined;

  constructor({ folder, store, model, modelKey, clock, indexing }: ArchiveParts) {
    this.folder = folder;
    this.store = store;
    this.writer = new StoreWriter(store, clock);
    this.labels = archiveLabelShelf(store.database, clock);
    this.keys = new EcgKeys(store);
    this.reports = new FullText(store.database);
    this.current = { identity: model, key: modelKey };
    this.indexes = new IndexKeeper({
      folder: indexFolderOf(folder),
      store,
      model: this.current,
      clock,
      indexing,
      write: (work) => this.write(work),
      ownCommits: () => this.ownCommits,
    });
  }

  get model(): ModelIdentity {
    return this.current.identity;
  }

  get modelKey(): number {
    return this.current.key;
  }

  get indexFolder(): string {
    return this.indexes.folder;
  }

  get(ecgId: string): StoredEcg | undefined {
    return this.guard(() => this.store.get(ecgId));
  }

  idOfPath(path: string): string | undefined {
    return this.guard(() => {
      const row = this.store.path(path);
      return row && this.keys.idOf(row.ecg_key);
    });
  }

  listIds(): string[] {
    return [...this.select([])];
  }

  select(conditions: readonly FilterCondition[]): Set<string> {
    return this.guard(() => new Set(selectIds(this.store.database, conditions)));
  }

  waveform(ecgId: string): EcgRecord {
    return this.guard(() => this.store.waveform(ecgId));
  }

  vectors(ecgId: string, level: Level): LevelVectors {
    return this.guard(() => {
      const key = this.store.requireKey(ecgId);
      const dim = this.model.levels[level]?.dim;
      if (dim === undefined) return noVectors(level, 0);
      return this.indexes.index(level).source.levelVectorsOf(key) ?? noVectors(level, dim);
    });
  }

  async nearest(level: Level, query: Float32Array, options: NearestOptions): Promise<VectorHit[]> {
    throwIfAborted(options.signal);
    const { k, among } = options;
    if (!Number.isInteger(k) || k < 1 || k > MAX_NEAREST_COUNT) {
      throw new PqrError(
        'usage.invalid',
        `${k} vectors are asked for; 1 to ${MAX_NEAREST_COUNT} is allowed.`,
      );
    }
    const unit = this.unitQuery(level, query);
    return this.guardAsync(async () => {
      const index = await this.indexes.fresh(level);
      throwIfAborted(options.signal);
      return this.toHits(level, index.nearest(unit, k, among && this.keys.keysOf(among)));
    });
  }

  async scoreAll(level: Level, query: Float32Array): Promise<Map<string, VectorHit>> {
    const unit = this.unitQuery(level, query);
    return this.guardAsync(async () => {
      const index = await this.indexes.fresh(level);
      const hits = this.toHits(level, index.bestOfEach(unit));
      return new Map(hits.map((hit) => [hit.ecgId, hit]));
    });
  }

  fullText(sought: string | readonly string[], options: NearestOptions): TextHit[] {
    throwIfAborted(options.signal);
    return this.guard(() => this.reports.search(sought, options.k, options.among));
  }

  status(): Promise<ArchiveStatus> {
    return this.guardAsync(async () => {
      const levels: ArchiveStatus['levels'][number][] = [];
      for (const level of this.levelNames()) levels.push(await this.levelStatus(level));
      const { name, version, hash } = this.model;
      return {
        folder: this.folder,
        ecgCount: this.store.count('ecg'),
        pathCount: this.store.count('path'),
        reportCount: this.store.count('report'),
        model: { name, version, hash },
        levels,
        bytes: {
          database: await this.databaseBytes(),
          index: await folderBytes(this.indexFolder),
        },
      };
    });
  }

  async close(): Promise<void> {
    await this.indexes.settled();
    this.store.database.close();
  }

  /** Stores recordings, all in one transaction; what happened to each. */
  put(items: readonly EcgToStore[]): WriteOutcome[] {
    return this.write((writer) => items.map((item) => writer.put(item, this.modelKey)));
  }

  remove(ecgId: string): boolean {
    return this.write((writer) => {
      const key = this.store.keyOf(ecgId);
      if (key === undefined) return false;
      writer.remove(key);
      return true;
    });
  }

  /**
   * Runs `work` in one write transaction.
   * @throws `model.mismatch` where another process has switched the archive to another model
   */
  write<T>(work: (writer: StoreWriter) => T): T {
    const result = writeTransaction(this.store.database, () => {
      checkCurrentModel(this.store, this.modelKey);
      return work(this.writer);
    });
    this.ownCommits++;
    return result;
  }

  maintain(options: WorkOptions = {}): Promise<void> {
    return this.guardAsync(() => this.indexes.maintain(options));
  }

  rebuildIndex(options: IndexOptions = {}): Promise<void> {
    return this.guardAsync(() => this.indexes.rebuild(options));
  }

  async reembed(encoder: EcgEncoder, options: ReembedOptions = {}): Promise<ReembedResult> {
    const result = await this.guardAsync(() => reembed(this, encoder, options));
    await this.maintain(options.signal ? { signal: options.signal } : {});
    return result;
  }

  verify(options: VerifyOptions = {}): Promise<VerifyResult> {
    return this.guardAsync(() => verifyArchive(this, options));
  }

  /** From here on the archive is of `identity`; the index of the model before is dropped. */
  async useModel(identity: ModelIdentity, key: number): Promise<void> {
    this.current = { identity, key };
    await this.indexes.useModel(this.current);
  }

  levelNames(): Level[] {
    return this.indexes.levels;
  }

  private async levelStatus(level: Level): Promise<ArchiveStatus['levels'][number]> {
    const index = await this.indexes.fresh(level);
    const { vectorCount } = index.source.totals();
    const { indexedCount } = index;
    const deltaCount = vectorCount - indexedCount;
    return {
      ...{ level, vectorCount, indexedCount, deltaCount },
      generation: index.generationNumber ?? null,
    };
  }

  /** A unit-length copy of the query. @throws `query.level`, `model.input` */
  private unitQuery(level: Level, query: Float32Array): Float32Array {
    const { dim } = this.indexes.index(level).source.scope;
    const norm = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0));
    if (query.length === dim && Number.isFinite(norm) && norm > 0) {
      return query.map((value) => value / norm);
    }
    throw new PqrError(
      'model.input',
      `The query at level ${level} has ${query.length} numbers and length ${norm}; ${dim} finite ones, not all 0, are needed.`,
    );
  }

  private toHits(level: Level, rows: readonly RowHit[]): VectorHit[] {
    return rows.flatMap(({ ecgKey, ...row }) => {
      const ecgId = this.keys.idOf(ecgKey);
      return ecgId === undefined ? [] : [{ ecgId, level, ...row }];
    });
  }

  private async databaseBytes(): Promise<number> {
    const file = this.store.database.name;
    const size = async (path: string) => (await stat(path).catch(() => undefined))?.size ?? 0;
    return (await size(file)) + (await size(`${file}-wal`));
  }

  private guard<T>(work: () => T): T {
    return guardSqlite(this.store.database.name, work);
  }

  private async guardAsync<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fromSqlite(error, this.store.database.name);
    }
  }
}
