/** Reads and checks the knowledge folder: concepts/*.json and sources.json. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { brokenRules, oddities } from './check.js';
import { type Concept, conceptSchema, sourcesSchema } from './concept.js';
import { type Knowledge, makeKnowledge } from './knowledge.js';
import { type KnownCodes, knownCodesSchema } from './lint.js';

const SHOWN_PROBLEM_COUNT = 20;

/**
 * Loads every entry of `folder`.
 * @throws `knowledge.invalid` for a file that does not fit its schema and for entries that do not
 * fit each other; the message lists what is wrong, with the file. Names shared by concepts are
 * `warnings`.
 */
export async function loadKnowledge(folder: string): Promise<Knowledge> {
  const conceptFolder = join(folder, 'concepts');
  const names = (await listFolder(conceptFolder)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) fail([`${conceptFolder} holds no .json file.`]);
  const sources = await readChecked(join(folder, 'sources.json'), sourcesSchema);
  const concepts = await Promise.all(
    names.map((name) => readChecked<Concept>(join(conceptFolder, name), conceptSchema)),
  );
  const broken = brokenRules(concepts, sources);
  if (broken.length > 0) fail(broken);
  return makeKnowledge(concepts, sources, oddities(concepts));
}

/** The codes that publishers list; only the linter asks for them. @throws `knowledge.invalid` */
export async function loadKnownCodes(folder: string): Promise<KnownCodes> {
  return readChecked(join(folder, 'codes.json'), knownCodesSchema);
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    return fail([`${folder} cannot be read.`], cause);
  }
}

async function readChecked<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readJson(path));
  if (parsed.success) return parsed.data;
  return fail([`${path}: ${z.prettifyError(parsed.error)}`]);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    return fail([`${path} is not readable JSON.`], cause);
  }
}

function fail(problems: readonly string[], cause?: unknown): never {
  const shown = problems.slice(0, SHOWN_PROBLEM_COUNT);
  const more = problems.length - shown.length;
  throw new PqrError(
    'knowledge.invalid',
    `The knowledge base is not valid: ${shown.join(' ')}${more > 0 ? ` (${more} more)` : ''}`,
    { hint: 'knowledge/SOURCES.md says what an entry must hold.', details: { problems }, cause },
  );
}
