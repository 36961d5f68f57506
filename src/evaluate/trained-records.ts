/**
 * The recordings a model was trained on, as its folder says: hashes of their samples (the manifest's
 * `recordHashes`), and PTB-XL's numbers in `training-ptbxl-ids.txt` for those that were trained on in a form
 * whose hash differs from the published file's.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelFolder, trainingRecordIds } from '../encoders/model-folder.js';

const PTBXL_IDS_FILE = 'training-ptbxl-ids.txt';
const PTBXL_NAME = /(?:^|\/)0*(\d+)_[hl]r$/;

export interface KnownBy {
  readonly hash: string;
  readonly names: readonly string[];
}

export class TrainedRecords {
  private readonly hashes: ReadonlySet<string>;
  private readonly ptbxlIds: ReadonlySet<number>;

  constructor(hashes: ReadonlySet<string>, ptbxlIds: ReadonlySet<number>) {
    this.hashes = hashes;
    this.ptbxlIds = ptbxlIds;
  }

  /** True where the folder says nothing about what the model was trained on. */
  get isUnknown(): boolean {
    return this.hashes.size === 0 && this.ptbxlIds.size === 0;
  }

  /** By its samples, or as a recording of PTB-XL by the name its files have there. */
  has({ hash, names }: KnownBy): boolean {
    if (this.hashes.has(hash)) return true;
    const number = names.map((name) => PTBXL_NAME.exec(name)?.[1]).find((one) => one !== undefined);
    return number !== undefined && this.ptbxlIds.has(Number(number));
  }
}

export async function readTrainedRecords(model: ModelFolder): Promise<TrainedRecords> {
  const ids = await readFile(join(model.folder, PTBXL_IDS_FILE), 'utf8').catch(() => '');
  const numbers = ids.split(/\s+/).filter(Boolean).map(Number);
  return new TrainedRecords(await trainingRecordIds(model), new Set(numbers));
}
