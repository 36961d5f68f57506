/**
 * Both ways between the ids that the world sees and the integer keys of the vectors' rows. Keys are never
 * used twice, so an entry of a removed recording does no harm and stays.
 */
import type { KeySet } from './level-index.js';
import type { Store } from './store.js';

export class EcgKeys {
  private readonly store: Store;
  private readonly idByKey = new Map<number, string>();
  private readonly keyById = new Map<string, number>();
  private lastKey = 0;

  constructor(store: Store) {
    this.store = store;
  }

  /** Undefined where another process removed the recording before this one saw it. */
  idOf(key: number): string | undefined {
    const known = this.idByKey.get(key);
    if (known !== undefined || key <= this.lastKey) return known;
    this.catchUp();
    return this.idByKey.get(key);
  }

  /** The keys of those ids that the archive has. */
  keysOf(ids: ReadonlySet<string>): KeySet {
    this.catchUp();
    const keys = new Set<number>();
    for (const id of ids) {
      const key = this.keyById.get(id);
      if (key !== undefined) keys.add(key);
    }
    return keys;
  }

  private catchUp(): void {
    for (const { key, id } of this.store.keysSince(this.lastKey)) {
      this.idByKey.set(key, id);
      this.keyById.set(id, key);
      this.lastKey = key;
    }
  }
}
