/** Reading the vector sets of one level and model from SQLite, in the order they were written. */
import type { Level, LevelVectors } from '../encoders/ports.js';
import type { SqliteDatabase } from './database.js';
import type { VectorSet } from './exact-index.js';
import { spansOf, unpackVectors, vectorsOf } from './vector-codec.js';

/** Which vectors: those of a level by a model. */
export interface VectorScope {
  readonly level: Level;
  readonly modelKey: number;
  readonly dim: number;
}

interface SetRow {
  readonly id: number;
  readonly ecg_key: number;
  readonly dim: number;
  readonly count: number;
  readonly spans: Uint8Array;
  readonly vectors: Uint8Array;
}

export interface SetTotals {
  readonly setCount: number;
  readonly vectorCount: number;
  /** Highest set id; 0 where there is none. */
  readonly lastSetId: number;
}

export class VectorSource {
  readonly scope: VectorScope;
  private readonly totalsAfter;
  private readonly between;
  private readonly ofEcg;
  private readonly sizes;
  private readonly tombstones;
  private readonly lastTombstone;

  constructor(database: SqliteDatabase, scope: VectorScope) {
    this.scope = scope;
    const where = 'WHERE model_key = ? AND level = ?';
    const columns = 'SELECT id, ecg_key, dim, count, spans, vectors FROM vector_set';
    this.totalsAfter = database.prepare<[number, string, number], SetTotals>(
      `SELECT count(*) AS setCount, coalesce(sum(count), 0) AS vectorCount,
         coalesce(max(id), 0) AS lastSetId FROM vector_set ${where} AND id > ?`,
    );
    this.between = database.prepare<[number, string, number, number], SetRow>(
      `${columns} ${where} AND id > ? AND id <= ? ORDER BY id`,
    );
    this.ofEcg = database.prepare<[number, string, number], SetRow>(
      `${columns} ${where} AND ecg_key = ?`,
    );
    this.sizes = database.prepare<[number, string, number], { id: number; count: number }>(
      `SELECT id, count FROM vector_set ${where} AND id <= ? ORDER BY id`,
    );
    this.tombstones = database
      .prepare<[number, string, number], number>(
        `SELECT set_id FROM vector_tombstone ${where} AND sequence > ? ORDER BY sequence`,
      )
      .pluck();
    this.lastTombstone = database
      .prepare<[], number>('SELECT coalesce(max(sequence), 0) FROM vector_tombstone')
      .pluck();
  }

  /** Counts over the sets with an id above `setId`. */
  totals(setId = 0): SetTotals {
    return this.totalsAfter.get(...this.key, setId)!;
  }

  /** Sets with `after < id <= upTo`, in the order of ids. */
  *sets(after: number, upTo = Number.MAX_SAFE_INTEGER): Generator<VectorSet> {
    for (const row of this.between.iterate(...this.key, after, upTo)) yield toSet(row);
  }

  setOf(ecgKey: number): VectorSet | undefined {
    const row = this.ofEcg.get(...this.key, ecgKey);
    return row && toSet(row);
  }

  levelVectorsOf(ecgKey: number): LevelVectors | undefined {
    const row = this.ofEcg.get(...this.key, ecgKey);
    return row && unpackVectors({ ...row, level: this.scope.level });
  }

  /** Id and vector count of every set up to `upTo`, in the order of ids. */
  setSizes(upTo: number): { id: number; count: number }[] {
    return this.sizes.all(...this.key, upTo);
  }

  /** Ids of sets that were removed after tombstone `sequence`. */
  removedAfter(sequence: number): number[] {
    return this.tombstones.all(...this.key, sequence);
  }

  tombstoneSequence(): number {
    return this.lastTombstone.get()!;
  }

  private get key(): [number, string] {
    return [this.scope.modelKey, this.scope.level];
  }
}

function toSet(row: SetRow): VectorSet {
  return {
    setId: row.id,
    ecgKey: row.ecg_key,
    count: row.count,
    spans: spansOf(row),
    vectors: vectorsOf(row),
  };
}
