/**
 * `archive rebuild --model`: embeds every stored waveform with another model. The new vectors are written
 * beside the old ones, which go on serving; the switch and the removal of the old vectors are one
 * transaction. Stopped half-way, the next call embeds only what is missing.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { EcgEmbedding, EcgEncoder, Level } from '../encoders/ports.js';
import type { OpenArchive } from './archive.js';
import { embedEach } from './embed-batch.js';
import type { FailedRecord, ReembedOptions, ReembedResult } from './ports.js';
import { ProgressMeter } from './progress.js';
import { noVectors } from './vector-codec.js';

const DEFAULT_BATCH_SIZE = 32;

interface Waiting {
  readonly key: number;
  readonly id: string;
}

export async function reembed(
  archive: OpenArchive,
  encoder: EcgEncoder,
  options: ReembedOptions,
): Promise<ReembedResult> {
  const meter = new ProgressMeter(options.onProgress);
  const modelKey = archive.write((writer) => writer.addModel(encoder.model));
  if (modelKey === archive.modelKey) return { embedded: 0, failed: [], seconds: meter.seconds };
  const run = new Reembedding(archive, { encoder, modelKey, options, meter });
  // Recordings that another process adds meanwhile are embedded in a further round.
  do await run.embedMissing();
  while (!run.trySwitch());
  await archive.useModel(encoder.model, modelKey);
  return { embedded: run.embedded, failed: run.failed, seconds: meter.seconds };
}

interface Plan {
  readonly encoder: EcgEncoder;
  readonly modelKey: number;
  readonly options: ReembedOptions;
  readonly meter: ProgressMeter;
}

/** Stands for a recording that was tried and has no vectors, so that it isn't tried for ever. */
function nothing({ encoder }: Plan): EcgEmbedding {
  const levels = Object.entries(encoder.model.levels).map(([level, { dim }]) =>
    noVectors(level as Level, dim),
  );
  return { levels, rPeakSamples: new Int32Array(0) };
}

class Reembedding {
  embedded = 0;
  readonly failed: FailedRecord[] = [];
  private readonly archive: OpenArchive;
  private readonly plan: Plan;

  constructor(archive: OpenArchive, plan: Plan) {
    this.archive = archive;
    this.plan = plan;
  }

  async embedMissing(): Promise<void> {
    const { options, meter } = this.plan;
    const count = options.batchSize ?? DEFAULT_BATCH_SIZE;
    let afterKey = 0;
    for (;;) {
      throwIfAborted(options.signal);
      const batch = this.missing(afterKey, count);
      if (batch.length === 0) return;
      afterKey = batch.at(-1)!.key;
      await this.embedBatch(batch);
      const waiting = this.archive.writer.countWithoutVectors(this.plan.modelKey);
      const done = this.embedded + this.failed.length;
      meter.update(done, done + waiting, this.failed.length);
    }
  }

  /** Switches, unless a recording came meanwhile that has no vectors of the new model. */
  trySwitch(): boolean {
    const { encoder, modelKey } = this.plan;
    return this.archive.write((writer) => {
      if (writer.countWithoutVectors(modelKey) > 0) return false;
      writer.switchModel(modelKey);
      const { name, version, hash } = encoder.model;
      writer.audit('model.changed', name, { version, hash, failed: this.failed.length });
      return true;
    });
  }

  private missing(afterKey: number, count: number): Waiting[] {
    return this.archive.writer.keysWithoutVectors(this.plan.modelKey, afterKey, count);
  }

  private async embedBatch(batch: readonly Waiting[]): Promise<void> {
    const readable: (Waiting & { record: EcgRecord })[] = [];
    for (const waiting of batch) {
      try {
        readable.push({ ...waiting, record: this.archive.waveform(waiting.id) });
      } catch (error) {
        this.fail(waiting, error);
      }
    }
    const { encoder, options } = this.plan;
    const records = readable.map(({ record }) => record);
    const results = await embedEach(encoder, records, options.signal);
    const done: { key: number; embedding: EcgEmbedding }[] = [];
    for (const [at, result] of results.entries()) {
      if (PqrError.isInstance(result)) this.fail(readable[at]!, result);
      else done.push({ key: readable[at]!.key, embedding: result });
    }
    this.archive.write((writer) => {
      for (const { key, embedding } of done) {
        if (this.isStored(key)) writer.putEmbedding(key, this.plan.modelKey, embedding);
      }
    });
    this.embedded += done.length;
  }

  /** False where the recording was removed while it was embedded. */
  private isStored(key: number): boolean {
    return this.archive.store.hasKey(key);
  }

  private fail({ key, id }: Waiting, error: unknown): void {
    if (!PqrError.isInstance(error)) throw error;
    const path = this.archive.get(id)?.record;
    if (path === undefined) return; // removed meanwhile
    this.failed.push({ path, code: error.code, message: error.message });
    this.archive.write((writer) =>
      writer.putEmbedding(key, this.plan.modelKey, nothing(this.plan)),
    );
  }
}
