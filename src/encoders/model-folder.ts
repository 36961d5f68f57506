/** A model folder on disk: its manifest, and every file it names with the size and SHA-256 it states. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { identityOf, type Manifest, parseManifest } from './manifest.js';
import type { ModelIdentity } from './ports.js';

export interface ModelFolder {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly identity: ModelIdentity;
}

/**
 * Reads `folder/manifest.json`; the files are not read yet.
 * @throws `model.missing`, `model.manifest`
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new PqrError('model.missing', `${path} cannot be read.`, {
      hint: 'Give the name of a folder under models/, or the path of a model folder.',
      cause,
    });
  }
  const manifest = parseManifest(parseJson(text, path), path);
  return Object.freeze({ folder, manifest, identity: identityOf(manifest) });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PqrError('model.manifest', `${path} is not JSON.`, { cause });
  }
}

/**
 * Checks size and SHA-256 of every file that the manifest names.
 * @throws `model.missing` (a file is not there), `model.hash` (it is another one)
 */
export async function verifyModelFolder(model: ModelFolder): Promise<void> {
  await Promise.all(
    model.manifest.files.map((file) => verifyFile(join(model.folder, file.path), file)),
  );
}

async function verifyFile(
  path: string,
  expected: { sha256: string; bytes: number },
): Promise<void> {
  const bytes = await fileSize(path);
  if (bytes !== expected.bytes) {
    throw mismatch(path, `has ${bytes} bytes, the manifest says ${expected.bytes}`);
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  const got = hash.digest('hex');
  if (got !== expected.sha256) {
    throw mismatch(
      path,
      `has SHA-256 ${got.slice(0, 12)}…, the manifest says ${expected.sha256.slice(0, 12)}…`,
    );
  }
}

async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new PqrError('model.missing', `${path} is named in the manifest but cannot be read.`, {
      cause,
    });
  }
}

function mismatch(path: string, what: string): PqrError {
  return new PqrError('model.hash', `${path} ${what}: it is refused.`, {
    hint: 'Get the model folder again; a changed model needs a manifest of its own.',
  });
}

/** The names of the model folders under `modelsFolder`, sorted. */
export async function listModelNames(modelsFolder: string): Promise<string[]> {
  const entries = await readdir(modelsFolder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const hasManifest = await Promise.all(
    names.map((name) =>
      stat(join(modelsFolder, name, 'manifest.json')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => hasManifest[index]).sort();
}

/**
 * The ids (ecgId) of the recordings a model was trained on, as far as the folder says.
 */
export async function trainingRecordIds(model: ModelFolder): Promise<Set<string>> {
  const { recordHashes } = model.manifest.training;
  if (recordHashes === undefined) return new Set();
  const text = await readFile(join(model.folder, recordHashes), 'utf8');
  return new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
  );
}
