/** Model folders of either kind: encoders (manifest.ts) and segmenters (segmenter-manifest.ts). */
import { type Manifest, parseManifest } from './manifest.js';
import { readManifestJson, verifyModelFiles } from './model-folder.js';
import { parseSegmenterManifest } from './segmenter-manifest.js';

export interface VerifiedModel {
  readonly name: string;
  readonly files: Manifest['files'];
}

/**
 * Checks a folder's manifest and every file it names.
 * @throws `model.missing`, `model.manifest`, `model.hash`
 */
export async function verifyAnyModel(folder: string): Promise<VerifiedModel> {
  const { json, path } = await readManifestJson(folder);
  const parse = kindOf(json) === 'segmenter' ? parseSegmenterManifest : parseManifest;
  const { name, files } = parse(json, path);
  await verifyModelFiles(folder, files);
  return { name, files };
}

function kindOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'kind' in json ? json.kind : undefined;
}
