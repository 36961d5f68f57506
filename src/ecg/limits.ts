/** The one table of limits (DESIGN: put a limit on everything). Units stand last in the names. */
import { PqrError } from './errors.js';

export const DEFAULT_LIMITS = Object.freeze({
  uploadBytes: 64 * 1024 * 1024,
  fileBytes: 512 * 1024 * 1024,
  batchBytes: 64 * 1024 * 1024 * 1024,
  batchRecordingCount: 1_000_000,
  chunkBytes: 256 * 1024 * 1024,
  readerSeconds: 30,
  headerBytes: 1024 * 1024,
  leadCount: 16,
  signalCount: 64,
  segmentCount: 10_000,
  durationSeconds: 3600,
  sampleCount: 40_000_000,
  samplingRateMinHz: 20,
  samplingRateMaxHz: 20_000,
  hitCount: 1000,
  labelCount: 200,
  queryBytes: 8 * 1024,
  reportBytes: 64 * 1024,
  metadataRowCount: 5_000_000,
  metadataCellBytes: 64 * 1024,
  beatCountPerWindow: 64,
  queueLength: 64,
  requestSeconds: 60,
  llmCallSeconds: 60,
  llmTryCount: 2,
  llmAnswerTokens: 8192,
  llmPromptBytes: 32 * 1024,
  ownLabelCount: 200,
  exampleCount: 100_000,
  textBytes: 64 * 1024 * 1024,
  xmlDepth: 64,
  xmlElementCount: 500_000,
  archiveEntryCount: 2000,
  archiveBytes: 1024 * 1024 * 1024,
  folderDepth: 64,
  folderEntryCount: 2_000_000,
});

export type Limits = Readonly<Record<keyof typeof DEFAULT_LIMITS, number>>;
export type LimitName = keyof typeof DEFAULT_LIMITS;

/** Throws `limit.exceeded` when `got` is over the limit; the message says got against limit. */
export function checkLimit(
  name: LimitName,
  got: number,
  where: string,
  limits: Limits = DEFAULT_LIMITS,
): void {
  const limit = limits[name];
  if (got <= limit) return;
  throw new PqrError(
    'limit.exceeded',
    `${where}: ${name} is ${got}, at most ${limit} is allowed.`,
    {
      details: { limit: name, got, allowed: limit },
    },
  );
}
