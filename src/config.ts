/**
 * Configuration: defaults < environment < flags, read once, frozen. The only reader of the environment.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PqrError } from './ecg/errors.js';
import { SITE_KEY_HINT } from './ecg/site-key.js';

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
  /** What de-identification derives pseudonyms from (src/ecg/site-key.ts); a file that holds it. */
  siteKey: z.string().min(1).optional(),
  siteKeyFile: z.string().min(1).optional(),
  host: z.string().min(1),
  port: z.coerce.number().int().min(0).max(65535),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']),
  /** What can be made again: prompts that a language model wrote. */
  cacheFolder: z.string().min(1),
  /** An OpenAI-compatible endpoint; without one nothing is sent to anyone. */
  llmUrl: z.url({ protocol: /^https?$/ }).optional(),
  llmModel: z.string().min(1).max(200).optional(),
  llmKey: z.string().min(1).optional(),
  /** What one process may spend on it. */
  llmCallCount: z.coerce.number().int().min(1),
  llmTokenCount: z.coerce.number().int().min(1),
});

export type Config = Readonly<z.infer<typeof schema>>;

/** Environment variables and the setting each one gives. */
const VARIABLES = {
  PQRSEARCH_MODELS: 'modelsFolder',
  PQRSEARCH_MODEL: 'modelName',
  PQRSEARCH_SITE_KEY: 'siteKey',
  PQRSEARCH_SITE_KEY_FILE: 'siteKeyFile',
  PQRSEARCH_LOG: 'logLevel',
  PQRSEARCH_HOST: 'host',
  PORT: 'port',
  PQRSEARCH_CACHE: 'cacheFolder',
  PQRSEARCH_LLM_URL: 'llmUrl',
  PQRSEARCH_LLM_MODEL: 'llmModel',
  PQRSEARCH_LLM_KEY: 'llmKey',
  PQRSEARCH_LLM_CALLS: 'llmCallCount',
  PQRSEARCH_LLM_TOKENS: 'llmTokenCount',
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
  const result = schema.safeParse({ ...defaults(environment), ...Object.fromEntries(given) });
  if (result.success) return Object.freeze(withSiteKey(checkedLlm(result.data)));
  const [issue] = result.error.issues;
  const key = String(issue?.path[0]);
  const variable = Object.entries(VARIABLES).find(([, setting]) => setting === key)?.[0];
  throw new PqrError('config.invalid', `Setting ${key} is not valid: ${issue?.message}.`, {
    ...(variable && { hint: `It may come from the environment variable ${variable}.` }),
  });
}

/** The key's file is read where the key itself is not given. */
function withSiteKey(config: Config): Config {
  const { siteKey, siteKeyFile } = config;
  if (siteKeyFile === undefined || siteKey !== undefined) return config;
  try {
    return { ...config, siteKey: readFileSync(siteKeyFile, 'utf8') };
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code;
    throw new PqrError(
      'deidentify.key',
      `The site key cannot be read (${reason}): ${siteKeyFile}.`,
      {
        hint: SITE_KEY_HINT,
        cause,
      },
    );
  }
}

function checkedLlm(config: Config): Config {
  if ((config.llmUrl === undefined) === (config.llmModel === undefined)) return config;
  const [given, lacking] = config.llmUrl ? ['URL', 'MODEL'] : ['MODEL', 'URL'];
  throw new PqrError(
    'config.invalid',
    `PQRSEARCH_LLM_${given} is set, PQRSEARCH_LLM_${lacking} is not.`,
    { hint: 'Set both to use a language model, neither to use none.' },
  );
}

function defaults(environment: NodeJS.ProcessEnv): Config {
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
    cacheFolder: join(
      environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache'),
      'pqrsearch',
    ),
    llmCallCount: 1000,
    llmTokenCount: 1_000_000,
  };
}
