/**
 * Quality for recordings that were indexed before it was judged, from their stored samples; `archive rebuild` calls
 * it. Stopped half-way, the next call judges only what is missing. What cannot be unpacked is left to `verify`.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgQuality } from '../ecg/quality.js';
import type { EcgRecord } from '../ecg/record.js';
import type { OpenArchive } from './archive.js';

const BATCH_SIZE = 100;

/** @returns how many were judged. @throws `request.aborted`, `archive.full`, `archive.busy` */
export function judgeMissing(
  archive: OpenArchive,
  judge: (record: EcgRecord) => EcgQuality,
  options: { signal?: AbortSignal } = {},
): number {
  let judged = 0;
  const { store } = archive;
  const waiting = store.keysSince(0).filter(({ id }) => store.get(id)?.quality === undefined);
  for (let at = 0; at < waiting.length; at += BATCH_SIZE) {
    throwIfAborted(options.signal);
    const batch = waiting.slice(at, at + BATCH_SIZE).flatMap(({ key, id }) => {
      const record = waveformOf(archive, id);
      return record ? [{ key, quality: judge(record) }] : [];
    });
    archive.write((writer) => {
      for (const { key, quality } of batch) writer.setQuality(key, quality);
    });
    judged += batch.length;
  }
  return judged;
}

function waveformOf(archive: OpenArchive, id: string): EcgRecord | undefined {
  try {
    return archive.waveform(id);
  } catch (error) {
    if (PqrError.isInstance(error) && error.code === 'archive.corrupt') return undefined;
    throw error;
  }
}
