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
  const { json, path } = await readManifestJson(folder);
  const manifest = parseManifest(json, path);
  return Object.freeze({ folder, manifest, identity: identityOf(manifest) });
}

/**
 * What `folder/manifest.json` holds, of whatever kind.
 * @throws `model.missing`, `model.manifest` where it is not JSON
 */
export async function readManifestJson(folder: string): Promise<{ json: unknown; path: string }> {
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
  return { json: parseJson(text, path), path };
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
  await verifyModelFiles(model.folder, model.manifest.files);
}

/** The same for the files of a manifest of any kind. */
export async function verifyModelFiles(
  folder: string,
  files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[],
): Promise<void> {
  await Promise.all(files.map((file) => verifyFile(join(folder, file.path), file)));
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

/**
 * The names of the encoders' folders under `modelsFolder`, sorted; segmenters are no models that an archive can be
 * made with. A manifest that cannot be read is listed: whoever reads it says why.
 */
export async function listModelNames(modelsFolder: string): Promise<string[]> {
  const entries = await readdir(modelsFolder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const isListed = await Promise.all(names.map((name) => isEncoder(join(modelsFolder, name))));
  return names.filter((_, index) => isListed[index]).sort();
}

async function isEncoder(folder: string): Promise<boolean> {
  try {
    const { json } = await readManifestJson(folder);
    return (json as { kind?: unknown } | null)?.kind !== 'segmenter';
  } catch (error) {
    return PqrError.isInstance(error) && error.code !== 'model.missing';
  }
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
