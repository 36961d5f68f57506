/** The ECG encoder port over a model folder: recordings go to the thread of the runtime, vectors come back. */
import { join } from 'node:path';
import { throwIfAborted } from '../ecg/errors.js';
import type { ModelFolder } from './model-folder.js';
import type { EcgEncoder } from './ports.js';
import { openSession } from './session.js';

/** @throws `model.manifest` where the runtime cannot read the graph */
export async function openEcgEncoder(model: ModelFolder): Promise<EcgEncoder> {
  const { ecg, levels } = model.manifest;
  const session = await openSession(join(model.folder, ecg.file));
  return {
    model: model.identity,
    async embed(records, { signal } = {}) {
      throwIfAborted(signal);
      const embeddings = await session.embed({ ecg, levels }, records);
      throwIfAborted(signal);
      return embeddings;
    },
    close: () => session.release(),
  };
}
