/**
 * `models verify` without a name: the model of this installation; in a folder of other models, which has none
 * of that name, every model there is.
 */
import type { App } from '../app.js';
import { PqrError } from '../ecg/errors.js';
import { listModelNames } from '../encoders/model-folder.js';

export interface VerifiedModel {
  readonly ok: boolean;
  readonly model: string;
  readonly fileCount: number;
  readonly bytes: number;
  /** Why it is not ok. */
  readonly code?: string;
  readonly message?: string;
}

export interface VerifiedModels {
  readonly ok: boolean;
  /** The name that was looked for and is not there. */
  readonly absent: string;
  readonly models: readonly VerifiedModel[];
  readonly message: string;
}

/** True where the configured model is none of this folder of models, and no path. */
export async function lacksConfiguredModel({ config }: App): Promise<boolean> {
  const { modelName, modelsFolder } = config;
  if (/[\\/]/.test(modelName)) return false;
  return !(await listModelNames(modelsFolder)).includes(modelName);
}

/** Every model of the folder; a bad one is listed, not thrown. */
export async function verifyAllModels(app: App): Promise<VerifiedModels> {
  const { modelName, modelsFolder } = app.config;
  const models: VerifiedModel[] = [];
  for (const name of await listModelNames(modelsFolder)) models.push(await verifyOne(app, name));
  const instead = models.length === 0 ? 'the folder holds none' : 'those there are were checked';
  return {
    ok: models.length > 0 && models.every(({ ok }) => ok),
    absent: modelName,
    models,
    message: `There is no model ${modelName} in ${modelsFolder}; ${instead}.`,
  };
}

async function verifyOne(app: App, name: string): Promise<VerifiedModel> {
  try {
    return { ok: true, ...(await app.verifyModel(name)) };
  } catch (error) {
    if (!PqrError.isInstance(error)) throw error;
    const { code, message } = error;
    return { ok: false, model: name, fileCount: 0, bytes: 0, code, message };
  }
}
