/** Adds a model folder to the others: only what its manifest names is copied, checked before and after. */
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PqrError } from '../ecg/errors.js';
import { type ModelFolder, readModelFolder, verifyModelFolder } from './model-folder.js';

const MAX_MODEL_BYTES = 8 * 2 ** 30;
const OPTIONAL_FILES = ['MODEL_CARD.md'];

/**
 * Copies `folder` to `modelsFolder/<its name>`: into a new folder first, then by rename, so that a model is
 * there whole or not at all.
 * @throws `model.missing`, `model.manifest`, `model.hash` from the checks; `usage.invalid` where a model of
 *   this name is there and `replace` is not asked for, or the folder is too large or holds links
 */
export async function addModelFolder(
  folder: string,
  modelsFolder: string,
  replace: boolean,
): Promise<ModelFolder> {
  const model = await readModelFolder(folder);
  await refuseUnfit(model);
  await verifyModelFolder(model);
  const target = join(modelsFolder, model.manifest.name);
  const there = await exists(target);
  if (there && !replace) {
    throw new PqrError(
      'usage.invalid',
      `A model ${model.manifest.name} is already in ${modelsFolder}.`,
      {
        hint: 'Give --replace to put the new one in its place.',
      },
    );
  }
  await mkdir(modelsFolder, { recursive: true });
  const made = await mkdtemp(join(modelsFolder, '.adding-'));
  try {
    const copy = join(made, 'model');
    await copyModel(model, copy);
    await verifyModelFolder(await readModelFolder(copy));
    if (there) await rename(target, join(made, '.old'));
    await rename(copy, target).catch(async (error: unknown) => {
      if (there) await rename(join(made, '.old'), target);
      throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return readModelFolder(target);
}

async function copyModel(model: ModelFolder, target: string): Promise<void> {
  const optional: string[] = [];
  for (const name of OPTIONAL_FILES) {
    if (await exists(join(model.folder, name))) optional.push(name);
  }
  const names = ['manifest.json', ...model.manifest.files.map(({ path }) => path), ...optional];
  for (const name of names) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await copyFile(join(model.folder, name), join(target, name), constants.COPYFILE_FICLONE);
  }
}

/** Links would let a folder name files of others; a size beyond the limit would fill the disk. */
async function refuseUnfit(model: ModelFolder): Promise<void> {
  const bytes = model.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MAX_MODEL_BYTES) {
    throw new PqrError(
      'usage.invalid',
      `The model has ${bytes} bytes; at most ${MAX_MODEL_BYTES} are allowed.`,
    );
  }
  for (const { path } of model.manifest.files) {
    for (let part = path; part !== '.'; part = dirname(part)) {
      const found = await lstat(join(model.folder, part)).catch(() => undefined);
      if (found?.isSymbolicLink()) {
        throw new PqrError(
          'usage.invalid',
          `${join(model.folder, part)} is a link: it is not followed.`,
        );
      }
    }
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
