/**
 * Configuration: defaults < environment < flags, read once, frozen. The only reader of the environment.
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PqrError } from './ecg/errors.js';

/** The package's own folder: src/ and dist/ both lie right under it. */
const PACKAGE_FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));

const schema = z.object({
  packageFolder: z.string(),
  modelsFolder: z.string(),
  knowledgeFolder: z.string(),
  promptsFolder: z.string(),
  webFolder: z.string(),
  sampleFolder: z.string(),
  datasetsFolder: z.string(),
  modelName: z.string().min(1),
  host: z.string().min(1),
  port: z.coerce.number().int().min(0).max(65535),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']),
});

export type Config = Readonly<z.infer<typeof schema>>;

/** Environment variables and the setting each one gives. */
const VARIABLES = {
  PQRSEARCH_MODELS: 'modelsFolder',
  PQRSEARCH_MODEL: 'modelName',
  PQRSEARCH_LOG: 'logLevel',
  PQRSEARCH_HOST: 'host',
  PORT: 'port',
} as const satisfies Record<string, keyof Config>;

/**
 * @param flags settings given on the command line; undefined ones do not count
 * @throws `config.invalid` naming the setting
 */
export function loadConfig(
  environment: NodeJS.ProcessEnv,
  flags: Partial<Record<keyof Config, unknown>> = {},
): Config {
  const fromEnvironment = Object.entries(VARIABLES).map(([name, key]) => [
    key,
    environment[name] || undefined,
  ]);
  const given = [...fromEnvironment, ...Object.entries(flags)].filter(
    ([, value]) => value !== undefined,
  );
  const result = schema.safeParse({ ...defaults(), ...Object.fromEntries(given) });
  if (result.success) return Object.freeze(result.data);
  const [issue] = result.error.issues;
  const key = String(issue?.path[0]);
  const variable = Object.entries(VARIABLES).find(([, setting]) => setting === key)?.[0];
  throw new PqrError('config.invalid', `Setting ${key} is not valid: ${issue?.message}.`, {
    ...(variable && { hint: `It may come from the environment variable ${variable}.` }),
  });
}

function defaults(): Config {
  const inPackage = (...parts: string[]) => resolve(PACKAGE_FOLDER, ...parts);
  return {
    packageFolder: PACKAGE_FOLDER,
    modelsFolder: inPackage('models'),
    knowledgeFolder: inPackage('knowledge'),
    promptsFolder: inPackage('prompts'),
    webFolder: inPackage('dist', 'web'),
    sampleFolder: inPackage('sample'),
    datasetsFolder: inPackage('eval', 'datasets'),
    modelName: 'pqr-small',
    host: '127.0.0.1',
    port: 8080,
    logLevel: 'info',
  };
}
