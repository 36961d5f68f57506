/** Loads the repository's own knowledge base once a test file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { loadKnowledge } from '../../src/knowledge/load.js';

export const repository = join(import.meta.dirname, '..', '..');

export const ownKnowledge = (): Promise<Knowledge> => loadKnowledge(join(repository, 'knowledge'));

export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(join(repository, 'test/fixtures/knowledge', name), 'utf8')) as T;
}
