/**
 * Vitest's global set-up: the sample archive, really indexed with the bundled model, once a test run.
 * Tests read it; a test that writes makes a copy (`copySampleArchive`).
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';

declare module 'vitest' {
  export interface ProvidedContext {
    sampleArchive: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'pqrsearch-sample-'));
  const app = createApp(loadConfig({}));
  const { failed } = await app.indexSample(folder);
  await app.close();
  if (failed.length > 0) throw new Error(`the sample archive: ${JSON.stringify(failed)}`);
  project.provide('sampleArchive', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** A copy of the sample archive that a test may change; the caller removes it. */
export function copySampleArchive(sampleArchive: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pqrsearch-copy-'));
  cpSync(sampleArchive, folder, { recursive: true });
  return folder;
}
