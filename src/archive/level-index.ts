/**
 * Nearest neighbours of one level: which of the generation, the delta and the exact scan answers, and how
 * they are kept in step with SQLite.
 *
 * - No generation (few vectors, or a damaged one): an exact scan of all vectors, which lie in memory.
 * - A generation: HNSW, and the vectors written after it (the delta) scanned exactly; sets that were
 *   removed since are marked in the graph.
 * - A filter that leaves few recordings, or a `k` near the size of the level: exact again.
 * Before every search the index takes in what was committed since, by this process or another.
 */
import { PqrError } from '../ecg/errors.js';
import { readTransaction, type SqliteDatabase } from './database.js';
import { ExactIndex, type KeyFilter, ROW_FIELD_COUNT, type RowHit, rowHit } from './exact-index.js';
import {
  generationFolder,
  type LoadedGeneration,
  type LoadedShard,
  listGenerations,
  loadGeneration,
} from './generation.js';
import { type VectorScope, VectorSource } from './vector-source.js';

export interface LevelIndexOptions {
  readonly database: SqliteDatabase;
  readonly indexFolder: string;
  readonly scope: VectorScope;
  readonly modelHash: string;
}

/** The recordings a search is limited to. */
export interface KeySet {
  readonly size: number;
  has(ecgKey: number): boolean;
  [Symbol.iterator](): Iterator<number>;
}

/** What changes when anything is committed, and what when a generation is swapped. */
export interface IndexVersion {
  readonly commits: string;
  readonly generations: number;
}

/** A filter with fewer recordings than this is searched by reading their vectors from SQLite. */
const NARROW_ECG_COUNT = 500;
/** HNSW with a filter asks for more and drops what does not fit, down to this share of all vectors. */
const LEAST_SELECTIVITY = 0.2;
/** Above this share of the generation an exact scan is as fast as the graph. */
const MOST_GRAPH_SHARE = 0.1;

export class LevelIndex {
  readonly source: VectorSource;
  private readonly options: LevelIndexOptions;
  private generation: LoadedGeneration | undefined;
  /** Vectors after the generation; used only with one. */
  private delta: ExactIndex;
  /** All vectors; loaded at the first exact search. */
  private full: ExactIndex | undefined;
  private deltaSetId = 0;
  private fullSetId = 0;
  private tombstoneSequence = 0;
  private version: IndexVersion | undefined;
  private loading: Promise<void> | undefined;
  /** Why the newest generation is not used. */
  damage: PqrError | undefined;

  constructor(options: LevelIndexOptions) {
    this.options = options;
    this.source = new VectorSource(options.database, options.scope);
    this.delta = new ExactIndex(options.scope.dim);
  }

  get generationNumber(): number | undefined {
    return this.generation?.info.number;
  }

  /** Living vectors in the generation; 0 without one. */
  get indexedCount(): number {
    return (
      this.generation?.shards.reduce(
        (sum, { graph }) => sum + graph.count - graph.deletedCount,
        0,
      ) ?? 0
    );
  }

  /** Vectors that the generation has and SQLite has no more. */
  get deletedCount(): number {
    return this.generation?.shards.reduce((sum, { graph }) => sum + graph.deletedCount, 0) ?? 0;
  }

  get deltaCount(): number {
    return this.generation ? this.delta.count : 0;
  }

  /** Takes in everything committed so far. */
  async refresh(version: IndexVersion): Promise<void> {
    while ((this.version?.generations ?? -1) < version.generations) {
      this.loading ??= this.loadNewest(version).finally(() => {
        this.loading = undefined;
      });
      await this.loading;
    }
    if (this.version?.commits === version.commits) return;
    this.catchUp();
    this.version = { generations: version.generations, ...this.version, commits: version.commits };
  }

  /** The k nearest rows, best first. Call `refresh` before. */
  nearest(query: Float32Array, k: number, among?: KeySet): RowHit[] {
    if (among) return this.nearestAmong(query, k, among);
    if (!this.generation || k > this.indexedCount * MOST_GRAPH_SHARE) {
      return this.everything().search(query, k);
    }
    return this.graphSearch(query, k);
  }

  /** The best row of every recording, exactly. Call `refresh` before. */
  bestOfEach(query: Float32Array): RowHit[] {
    return this.everything().bestOfEach(query);
  }

  private nearestAmong(query: Float32Array, k: number, among: KeySet): RowHit[] {
    if (!this.full && this.generation && among.size <= NARROW_ECG_COUNT) {
      return this.scanOf(query, k, among);
    }
    const allows: KeyFilter = (ecgKey) => among.has(ecgKey);
    if (this.generation) {
      const found = this.filteredGraphSearch(query, k, among);
      if (found) return found;
    }
    return this.everything().search(query, k, allows);
  }

  /** Undefined where the filter leaves too little for the graph to be quicker than a scan. */
  private filteredGraphSearch(query: Float32Array, k: number, among: KeySet): RowHit[] | undefined {
    const setCount = this.generation!.shards.reduce(
      (sum, { firstRows }) => sum + firstRows.size,
      this.delta.setCount,
    );
    const selectivity = among.size / Math.max(1, setCount);
    if (selectivity < LEAST_SELECTIVITY) return undefined;
    const wanted = Math.ceil((2 * k) / selectivity);
    if (wanted > this.indexedCount * MOST_GRAPH_SHARE) return undefined;
    const fitting = this.graphSearch(query, wanted).filter(({ ecgKey }) => among.has(ecgKey));
    return fitting.length >= k ? fitting.slice(0, k) : undefined;
  }

  private graphSearch(query: Float32Array, k: number): RowHit[] {
    const { info, shards } = this.generation!;
    const hits = this.delta.search(query, k);
    for (const { graph, fields } of shards) {
      const { labels, scores } = graph.search(query, k, Math.max(info.efSearch, k));
      for (const [rank, label] of labels.entries()) hits.push(rowHit(fields, label, scores[rank]!));
    }
    return hits.sort((a, b) => b.score - a.score).slice(0, k);
  }

  /** Exact search over a few recordings, read from SQLite. */
  private scanOf(query: Float32Array, k: number, among: KeySet): RowHit[] {
    const few = new ExactIndex(this.options.scope.dim);
    for (const ecgKey of among) {
      const set = this.source.setOf(ecgKey);
      if (set) few.append(set);
    }
    return few.search(query, k);
  }

  /** All vectors in memory, in step with the last `refresh` or newer. */
  private everything(): ExactIndex {
    if (this.full) return this.full;
    return readTransaction(this.options.database, () => {
      this.applyTombstones();
      const { vectorCount } = this.source.totals();
      const full = new ExactIndex(this.options.scope.dim, vectorCount);
      this.fullSetId = appendAll(this.source, full, 0);
      this.full = full;
      return full;
    });
  }

  private catchUp(): void {
    readTransaction(this.options.database, () => {
      this.applyTombstones();
      if (this.generation) this.deltaSetId = appendAll(this.source, this.delta, this.deltaSetId);
      if (this.full) this.fullSetId = appendAll(this.source, this.full, this.fullSetId);
    });
  }

  private applyTombstones(): void {
    const last = this.source.tombstoneSequence();
    for (const setId of this.source.removedAfter(this.tombstoneSequence)) {
      this.delta.remove(setId);
      this.full?.remove(setId);
      if (this.generation) markRemoved(this.generation.shards, setId);
    }
    this.tombstoneSequence = last;
  }

  /** Loads the newest generation of this model; a damaged one is noted and search is exact. */
  private async loadNewest(version: IndexVersion): Promise<void> {
    const { indexFolder, scope, modelHash } = this.options;
    let loaded: LoadedGeneration | undefined;
    this.damage = undefined;
    try {
      const [newest] = await listGenerations(indexFolder, scope.level);
      if (newest !== undefined) {
        const folder = generationFolder(indexFolder, scope.level, newest);
        loaded = await loadGeneration(folder, { ...scope, modelHash });
      }
    } catch (error) {
      if (!PqrError.isInstance(error)) throw error;
      this.damage = error;
    }
    this.adopt(loaded);
    this.version = { commits: '', generations: version.generations };
  }

  /** From here on searches use `loaded`; the old one is freed when nobody holds it. */
  private adopt(loaded: LoadedGeneration | undefined): void {
    this.generation = loaded;
    this.delta = new ExactIndex(this.options.scope.dim);
    this.deltaSetId = loaded?.info.lastSetId ?? 0;
    if (!loaded) return;
    this.tombstoneSequence = loaded.info.tombstoneSequence;
    this.full = undefined;
  }
}

/** Appends the sets after `setId`; the id of the last one. */
function appendAll(source: VectorSource, target: ExactIndex, setId: number): number {
  let last = setId;
  for (const set of source.sets(setId)) {
    target.append(set);
    last = set.setId;
  }
  return last;
}

function markRemoved(shards: readonly LoadedShard[], setId: number): void {
  for (const { graph, fields, firstRows } of shards) {
    const first = firstRows.get(setId);
    if (first === undefined) continue;
    for (let row = first; fields[row * ROW_FIELD_COUNT] === setId; row++) graph.markDeleted(row);
  }
}
