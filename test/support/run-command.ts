/** Runs the built command `pqrsearch` as a user does. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** @param cwd another folder than the package's */
export function runCommand(
  args: readonly string[],
  { cwd, environment = {} }: { cwd: string; environment?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'bin/pqrsearch.js'), ...args], {
      cwd,
      env: { ...process.env, ...environment },
    });
    let out = '';
    let error = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      error += chunk;
    });
    child.on('close', (code) => resolve({ code, out, error }));
  });
}
