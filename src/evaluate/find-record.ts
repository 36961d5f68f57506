/** From a table's name of a recording to its file below a folder. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const EXTENSIONS = ['.hea', '', '.csv', '.npy'];

export class RecordFinder {
  private readonly folder: string;
  private byName: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The file of the first name that is there.
   * @param anywhere also by file name alone in any folder, where only one has it
   */
  async find(names: readonly string[], anywhere: boolean): Promise<string | undefined> {
    for (const name of names) {
      for (const extension of EXTENSIONS) {
        const path = join(this.folder, name + extension);
        if (await isFile(path)) return path;
      }
    }
    if (!anywhere) return undefined;
    this.byName ??= headersByName(this.folder);
    const known = await this.byName;
    for (const name of names) {
      const paths = known.get(name.split('/').at(-1)!) ?? [];
      if (paths.length === 1) return join(this.folder, paths[0]!);
    }
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function headersByName(folder: string): Promise<Map<string, string[]>> {
  const byName = new Map<string, string[]>();
  for (const path of await readdir(folder, { recursive: true })) {
    const name = /([^/\\]+)\.hea$/i.exec(path)?.[1];
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return byName;
}
