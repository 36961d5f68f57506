/**
 * Uploaded recordings: kept in memory for a while, never written to disk or to the archive.
 * Bounded in number and samples; the oldest goes first.
 */
import { randomUUID } from 'node:crypto';
import type { EcgRecord } from '../ecg/record.js';

const MAX_UPLOAD_COUNT = 32;
const MAX_SAMPLE_COUNT = 40_000_000;
const KEPT_MILLISECONDS = 60 * 60 * 1000;

export class Uploads {
  private readonly entries = new Map<string, { record: EcgRecord; expiresAt: number }>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** @returns the id, `upload:<uuid>` */
  add(record: EcgRecord): string {
    const id = `upload:${randomUUID()}`;
    this.entries.set(id, { record, expiresAt: this.now() + KEPT_MILLISECONDS });
    this.evict();
    return id;
  }

  /** Undefined where the id was never given or its time is over. */
  get(id: string): EcgRecord | undefined {
    this.evict();
    return this.entries.get(id)?.record;
  }

  private evict(): void {
    let sampleCount = 0;
    for (const { record } of this.entries.values()) sampleCount += record.samples.length;
    for (const [id, { record, expiresAt }] of this.entries) {
      const tooMuch = this.entries.size > MAX_UPLOAD_COUNT || sampleCount > MAX_SAMPLE_COUNT;
      if (!tooMuch && expiresAt > this.now()) return;
      if (this.entries.size === 1 && expiresAt > this.now()) return;
      this.entries.delete(id);
      sampleCount -= record.samples.length;
    }
  }
}
