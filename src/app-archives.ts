/** The part of the composition root that opens archives, each once a folder. */
import { resolve } from 'node:path';
import type { AppModels, Closable } from './app-models.js';
import { type OpenArchive, openArchive } from './archive/open.js';

export class AppArchives {
  private readonly models: AppModels;
  private readonly opened: Closable[];
  private readonly archives = new Map<string, Promise<OpenArchive>>();
  private readonly anyArchives = new Map<string, Promise<OpenArchive>>();

  /** @param opened gets each archive that has to be closed */
  constructor(models: AppModels, opened: Closable[]) {
    this.models = models;
    this.opened = opened;
  }

  /** An archive with the model that embeds its questions; opened once a folder. */
  async open(folder: string, create = false): Promise<OpenArchive> {
    const path = resolve(folder);
    const known = this.archives.get(path);
    if (known) return known;
    const opening = this.models.identity().then((model) => openArchive(path, { model, create }));
    this.archives.set(path, opening);
    opening.then(
      (archive) => this.opened.push(archive),
      () => this.archives.delete(path),
    );
    return opening;
  }

  /** An archive of whatever model it is: to look at it, check it, or embed it anew. */
  openAny(folder: string): Promise<OpenArchive> {
    const path = resolve(folder);
    const known = this.anyArchives.get(path);
    if (known) return known;
    const opening = openArchive(path, {});
    this.anyArchives.set(path, opening);
    opening.then(
      (archive) => this.opened.push(archive),
      () => this.anyArchives.delete(path),
    );
    return opening;
  }
}
