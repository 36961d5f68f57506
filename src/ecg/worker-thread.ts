/** Starts a worker thread whether the compiled program runs or its TypeScript sources (tests, eval). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * @param besideUrl `import.meta.url` of the file that asks
 * @param name the worker's file beside it, without extension
 */
export function startWorker(besideUrl: string, name: string, options: WorkerOptions = {}): Worker {
  const compiled = new URL(`./${name}.js`, besideUrl);
  if (existsSync(fileURLToPath(compiled))) return new Worker(compiled, options);
  const tsx = dirname(createRequire(besideUrl).resolve('tsx/package.json'));
  const api = pathToFileURL(join(tsx, 'dist/esm/api/index.mjs')).href;
  const source = new URL(`./${name}.ts`, besideUrl).href;
  const bootstrap = `import('${api}').then((tsx) => { tsx.register(); return import('${source}'); })`;
  return new Worker(bootstrap, { ...options, eval: true });
}
