/** A model opened for a measurement, and what a result file says of it. */
import { type App, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';

/** @param name of a model or its folder; the default model where undefined */
export async function withModel<T>(
  name: string | undefined,
  work: (app: App) => Promise<T>,
): Promise<T> {
  const app = createApp(loadConfig(process.env, { modelName: name }));
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

export async function identityOf(app: App) {
  const { name, version, hash } = (await app.model()).folder.identity;
  return { name, version, hash };
}
