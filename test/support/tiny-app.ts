/**
 * The real service and archive with `pqr-tiny`: a model with random weights that has every part a model may
 * have (token vectors, word vectors, attention, captions). It knows nothing; its vectors are real.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type App, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';

export const TINY_MODEL = resolve(import.meta.dirname, '../fixtures/models/pqr-tiny');
/** One without attention map, word vectors and captions. */
export const LACKING_MODEL = resolve(import.meta.dirname, '../fixtures/models/melp-tiny');
const SAMPLE = resolve(import.meta.dirname, '../../sample');

export interface TinyApp {
  readonly app: App;
  readonly archive: string;
  close(): Promise<void>;
}

/** The sample's recordings, embedded by a small model in an archive of their own. */
export async function openTinyApp(modelName = TINY_MODEL): Promise<TinyApp> {
  const archive = mkdtempSync(join(tmpdir(), 'pqrsearch-tiny-'));
  const app = createApp(loadConfig({}, { modelName, port: 0, logLevel: 'silent' }));
  const { failed } = await app.indexSample(archive);
  if (failed.length > 0) throw new Error(`the tiny archive: ${JSON.stringify(failed)}`);
  return {
    app,
    archive,
    async close() {
      await app.close();
      rmSync(archive, { recursive: true, force: true });
    },
  };
}

export const sampleRecord = (name: string) => join(SAMPLE, 'records', `${name}.hea`);
