/**
 * Prompts that a language model wrote, kept as one JSON file a subject. A file is named by what it is of and
 * by everything it was made from, so a changed entry, template or model finds no file and nothing else
 * does. Where the folder cannot be written the prompts are simply not kept.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';

const FILE_BYTES = 256 * 1024;

export interface CacheKey {
  /** What the prompts are of and who wrote them: one file each. */
  readonly subject: string;
  /** What they were made from: another one makes the file stale. */
  readonly state: string;
}

export class PromptCache {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined where there is none, or none that fits the schema. */
  async read<T>(key: CacheKey, schema: z.ZodType<T>): Promise<T | undefined> {
    const path = join(this.folder, fileName(key));
    try {
      if ((await stat(path)).size > FILE_BYTES) return undefined;
      const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined; // not there, unreadable or broken: it is made again
    }
  }

  /** Keeps a value and drops the subject's stale one. @returns false where it could not be written */
  async write(key: CacheKey, value: unknown): Promise<boolean> {
    const name = fileName(key);
    const temporary = join(this.folder, `.${randomUUID()}.part`);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx' });
      await rename(temporary, join(this.folder, name));
      await this.dropStale(key, name);
      return true;
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      return false;
    }
  }

  private async dropStale({ subject }: CacheKey, name: string): Promise<void> {
    const prefix = `${digest(subject)}-`;
    const stale = (await readdir(this.folder)).filter(
      (one) => one.startsWith(prefix) && one !== name,
    );
    await Promise.all(stale.map((one) => rm(join(this.folder, one), { force: true })));
  }
}

function fileName({ subject, state }: CacheKey): string {
  return `${digest(subject)}-${digest(state)}.json`;
}

/** The first 96 bits of SHA-256, as hex. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
