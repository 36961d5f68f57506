/**
 * The level indexes of an open archive: made when first asked for, in step with what is committed, and
 * their generations built, swapped and dropped.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import type { Level, ModelIdentity } from '../encoders/ports.js';
import { buildGeneration } from './build-generation.js';
import { generationFolder, listGenerations } from './generation.js';
import { LevelIndex } from './level-index.js';
import type { IndexOptions, WorkOptions } from './ports.js';
import { ProgressMeter } from './progress.js';
import type { Store } from './store.js';
import { checkCurrentModel, type StoreWriter } from './store-write.js';

/** When a level gets a generation, and when a new one. */
export interface IndexingRule {
  /** A level with fewer vectors is searched exactly. */
  readonly leastVectorCount: number;
  /** A generation is built anew when what came or went since is more than this share of it ... */
  readonly rebuildShare: number;
  /** ... and at least this many vectors. */
  readonly rebuildVectorCount: number;
}

/**
 * Measured on two busy cores with 34,405 beat vectors of 128 numbers: an exact scan takes 9 to 11 ms, the
 * graph 0.6 ms at k = 10 and 4 ms at k = 1,600; building the graph takes 10 s. Up to 50,000 vectors the
 * scan fits into a query's time, and it misses nothing and needs no building.
 */
export const DEFAULT_INDEXING: IndexingRule = {
  leastVectorCount: 50_000,
  rebuildShare: 0.2,
  rebuildVectorCount: 5_000,
};

export interface CurrentModel {
  readonly identity: ModelIdentity;
  readonly key: number;
}

export interface IndexKeeperParts {
  readonly folder: string;
  readonly store: Store;
  readonly model: CurrentModel;
  readonly clock: () => Date;
  readonly indexing: IndexingRule;
  /** Runs work in one write transaction. */
  readonly write: (work: (writer: StoreWriter) => void) => void;
  /** Write transactions of this connection so far: it does not see its own in SQLite's data version. */
  readonly ownCommits: () => number;
}

export class IndexKeeper {
  readonly folder: string;
  private readonly parts: IndexKeeperParts;
  private readonly indexes = new Map<Level, LevelIndex>();
  private current: CurrentModel;
  private building: Promise<void> = Promise.resolve();

  constructor(parts: IndexKeeperParts) {
    this.parts = parts;
    this.folder = parts.folder;
    this.current = parts.model;
  }

  get levels(): Level[] {
    return Object.keys(this.current.identity.levels) as Level[];
  }

  /** The index of a level as it was last used. @throws `query.level` */
  index(level: Level): LevelIndex {
    const known = this.indexes.get(level);
    if (known) return known;
    const { identity, key } = this.current;
    const dim = identity.levels[level]?.dim;
    if (dim === undefined) {
      throw new PqrError(
        'query.level',
        `Model ${identity.name} has no level ${level}; it has ${this.levels.join(', ')}.`,
      );
    }
    const index = new LevelIndex({
      database: this.parts.store.database,
      indexFolder: this.folder,
      scope: { level, dim, modelKey: key },
      modelHash: identity.hash,
    });
    this.indexes.set(level, index);
    return index;
  }

  /** The index of a level with everything that is committed. @throws `query.level`, `model.mismatch` */
  async fresh(level: Level): Promise<LevelIndex> {
    const index = this.index(level);
    const { store, ownCommits } = this.parts;
    const commits = `${store.otherCommits()}.${ownCommits()}`;
    checkCurrentModel(store, this.current.key);
    await index.refresh({ commits, generations: store.generationSwaps() });
    return index;
  }

  /** Builds generations where enough came or went since the last. */
  async maintain(options: WorkOptions): Promise<void> {
    for (const level of this.levels) {
      const index = await this.fresh(level);
      if (needsGeneration(index, this.parts.indexing)) await this.build(level, options);
    }
  }

  /** Builds every level anew; a small one is left to exact search. */
  async rebuild(options: IndexOptions): Promise<void> {
    const least = Math.max(1, options.leastVectorCount ?? this.parts.indexing.leastVectorCount);
    for (const level of this.levels) {
      const { vectorCount } = this.index(level).source.totals();
      if (vectorCount >= least) await this.build(level, options);
      else await this.drop(level);
    }
  }

  /** From here on the vectors of another model are searched; the generations of the one before go. */
  async useModel(model: CurrentModel): Promise<void> {
    const before = this.levels;
    this.current = model;
    this.indexes.clear();
    for (const level of before) await this.drop(level);
  }

  /** Resolves when no build is running. */
  async settled(): Promise<void> {
    await this.building.catch(() => undefined);
  }

  /** Builds and swaps in a generation; one build at a time. */
  private async build(level: Level, options: WorkOptions): Promise<void> {
    const previous = this.building.catch(() => undefined);
    this.building = previous.then(() => this.buildNow(level, options));
    await this.building;
  }

  private async buildNow(level: Level, { signal, onProgress }: WorkOptions): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const meter = new ProgressMeter(onProgress);
    const number = await buildGeneration({
      database: this.parts.store.database,
      indexFolder: this.folder,
      scope: this.index(level).source.scope,
      modelHash: this.current.identity.hash,
      createdAt: this.parts.clock(),
      ...(signal && { signal }),
      onProgress: (done, total) => meter.update(done, total),
    });
    if (number === undefined) return;
    this.announceSwap('index.built', level, number);
    await this.removeBelow(level, number);
  }

  private async drop(level: Level): Promise<void> {
    const [newest] = await listGenerations(this.folder, level);
    if (newest === undefined) return;
    await this.removeBelow(level, newest + 1);
    this.announceSwap('index.dropped', level, newest);
  }

  /** Lets every process see that the newest generation is another one. */
  private announceSwap(action: string, level: Level, number: number): void {
    this.parts.write((writer) => {
      writer.setMeta('generationSwaps', String(this.parts.store.generationSwaps() + 1));
      writer.audit(action, level, { generation: number });
    });
  }

  private async removeBelow(level: Level, number: number): Promise<void> {
    for (const other of await listGenerations(this.folder, level)) {
      if (other >= number) continue;
      await rm(generationFolder(this.folder, level, other), { recursive: true, force: true });
    }
  }
}

function needsGeneration(index: LevelIndex, rule: IndexingRule): boolean {
  const { vectorCount } = index.source.totals();
  if (vectorCount < rule.leastVectorCount) return false;
  if (index.generationNumber === undefined) return true;
  const changed = index.deltaCount + index.deletedCount;
  return changed > Math.max(rule.rebuildVectorCount, rule.rebuildShare * index.indexedCount);
}

export function indexFolderOf(archiveFolder: string): string {
  return join(archiveFolder, 'index');
}
