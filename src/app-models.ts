/** The part of the composition root that opens models: encoders, caption decoder, wave segmenter. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Config } from './config.js';
import { addModelFolder } from './encoders/add-model.js';
import { verifyAnyModel } from './encoders/any-model.js';
import { openCaptioner } from './encoders/captioner.js';
import { openEcgEncoder } from './encoders/ecg-encoder.js';
import { absentTextEncoder, featuresOf, lackingFeaturesOf } from './encoders/features.js';
import {
  listModelNames,
  type ModelFolder,
  readModelFolder,
  verifyModelFolder,
} from './encoders/model-folder.js';
import type { Captioner, EcgEncoder, TextEncoder } from './encoders/ports.js';
import { openSegmenter } from './encoders/segmenter.js';
import { openTextEncoder } from './encoders/text-encoder.js';
import type { WaveSegmenter } from './signal/segmenter.js';

/** The folder of the learned wave boundaries, among the other models. */
const SEGMENTER_NAME = 'pqr-delineator';

export interface Model {
  readonly folder: ModelFolder;
  readonly ecgEncoder: EcgEncoder;
  /** Refuses every text where the model has no text side. */
  readonly textEncoder: TextEncoder;
}

/** Something that is closed with the app. */
export interface Closable {
  close(): Promise<void>;
}

/** The models of the configured folder; each part is opened once, when it is first needed. */
export class AppModels {
  private readonly config: Config;
  private readonly opened: Closable[];
  private modelOnce: Promise<Model> | undefined;
  private segmenterOnce: Promise<WaveSegmenter | undefined> | undefined;
  private captionerOnce: Promise<Captioner> | undefined;

  /** @param opened gets each part that has to be closed */
  constructor(config: Config, opened: Closable[]) {
    this.config = config;
    this.opened = opened;
  }

  /** Where a model of this name lies; a path is taken as it is. */
  private modelPath(name = this.config.modelName): string {
    return isAbsolute(name) || /[\\/]/.test(name)
      ? resolve(name)
      : join(this.config.modelsFolder, name);
  }

  /** The configured model, its files checked, its encoders open. */
  model(): Promise<Model> {
    this.modelOnce ??= this.openModel().catch((error: unknown) => {
      this.modelOnce = undefined; // a failed load can be tried again
      throw error;
    });
    return this.modelOnce;
  }

  private async openModel(): Promise<Model> {
    const folder = await readModelFolder(this.modelPath());
    await verifyModelFolder(folder);
    const ecgEncoder = await openEcgEncoder(folder);
    this.opened.push(ecgEncoder);
    const textEncoder = folder.manifest.text
      ? await openTextEncoder(folder)
      : absentTextEncoder(folder.identity);
    this.opened.push(textEncoder);
    return { folder, ecgEncoder, textEncoder };
  }

  /** The model's identity needs its manifest only, not its weights. */
  async identity() {
    return (await readModelFolder(this.modelPath())).identity;
  }

  /** What finds waves better than wavelets do; undefined where its folder is not among the models. */
  segmenter(): Promise<WaveSegmenter | undefined> {
    this.segmenterOnce ??= this.openSegmenter().catch((error: unknown) => {
      this.segmenterOnce = undefined;
      throw error;
    });
    return this.segmenterOnce;
  }

  private async openSegmenter(): Promise<WaveSegmenter | undefined> {
    const folder = this.modelPath(SEGMENTER_NAME);
    if (!existsSync(join(folder, 'manifest.json'))) return undefined;
    const segmenter = await openSegmenter(folder);
    this.opened.push(segmenter);
    return segmenter;
  }

  /** The caption decoder, open. @throws `model.feature` where the model has none */
  captioner(): Promise<Captioner> {
    this.captionerOnce ??= this.openCaptioner().catch((error: unknown) => {
      this.captionerOnce = undefined;
      throw error;
    });
    return this.captionerOnce;
  }

  private async openCaptioner(): Promise<Captioner> {
    const captioner = await openCaptioner((await this.model()).folder);
    this.opened.push(captioner);
    return captioner;
  }

  async list() {
    const names = await listModelNames(this.config.modelsFolder);
    const models = await Promise.all(names.map((name) => readModelFolder(this.modelPath(name))));
    return models.map(({ manifest, identity }) => ({
      name: identity.name,
      version: identity.version,
      hash: identity.hash,
      kind: manifest.kind,
      levels: Object.keys(identity.levels),
      features: featuresOf(manifest),
      lacking: lackingFeaturesOf(manifest),
      description: manifest.description,
      license: manifest.license,
      trainedOn: manifest.training.data,
    }));
  }

  async verify(name?: string): Promise<{ model: string; fileCount: number; bytes: number }> {
    const { name: model, files } = await verifyAnyModel(this.modelPath(name));
    return {
      model,
      fileCount: files.length,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    };
  }

  /** Copies a model folder to the others, checked; a model of the same name only with `replace`. */
  async add(folder: string, replace = false): Promise<{ model: string; folder: string }> {
    const added = await addModelFolder(resolve(folder), this.config.modelsFolder, replace);
    return { model: added.identity.name, folder: added.folder };
  }
}
