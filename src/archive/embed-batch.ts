/** Embedding a batch where one bad recording does not spoil the others. */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { EcgEmbedding, EcgEncoder } from '../encoders/ports.js';
import { packVectors } from './vector-codec.js';

/**
 * The embedding of each record, or why it has none: where the batch fails, its records are tried alone.
 * @throws `request.aborted`
 */
export async function embedEach(
  encoder: EcgEncoder,
  records: readonly EcgRecord[],
  signal?: AbortSignal,
): Promise<(EcgEmbedding | PqrError)[]> {
  if (records.length === 0) return [];
  const options = signal ? { signal } : {};
  try {
    const embeddings = await encoder.embed(records, options);
    if (embeddings.length === records.length) {
      for (const embedding of embeddings) checkEmbedding(embedding, encoder);
      return embeddings;
    }
    throw new PqrError(
      'model.input',
      `The model gave ${embeddings.length} embeddings for ${records.length} recordings.`,
    );
  } catch (error) {
    throwIfAborted(signal);
    if (records.length === 1) return [asPqrError(error)];
  }
  const results: (EcgEmbedding | PqrError)[] = [];
  for (const record of records) results.push(...(await embedEach(encoder, [record], signal)));
  return results;
}

/** Vectors are checked here, where the recording can still be told as failed, and packed again on writing. */
function checkEmbedding(embedding: EcgEmbedding, encoder: EcgEncoder): void {
  for (const level of embedding.levels) {
    packVectors(level, encoder.model.levels[level.level]?.dim ?? 0);
  }
}

/** Any error as one of ours; what is not ours says no more than that it happened. */
export function asPqrError(error: unknown): PqrError {
  if (PqrError.isInstance(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new PqrError('internal', `Something broke that should not: ${message}`, { cause: error });
}
