/** The segmenter port (src/signal/segmenter.ts) over a model folder of kind `segmenter`. */
import { join } from 'node:path';
import { assert, PqrError, throwIfAborted } from '../ecg/errors.js';
import { SEGMENT_CLASSES, type SegmentOptions, type WaveSegmenter } from '../signal/segmenter.js';
import { readManifestJson, verifyModelFiles } from './model-folder.js';
import { conditionLead, type SegmentWindow, segmentWindows } from './segmenter-input.js';
import { parseSegmenterManifest, type SegmenterManifest } from './segmenter-manifest.js';
import { type ModelSession, openSession } from './session.js';

const CLASS_COUNT = SEGMENT_CLASSES.length;

/**
 * Checks the folder's files and opens its graph in the thread of the runtime.
 * @throws `model.missing`, `model.manifest`, `model.hash`
 */
export async function openSegmenter(folder: string): Promise<WaveSegmenter> {
  const { json, path } = await readManifestJson(folder);
  const manifest = parseSegmenterManifest(json, path);
  await verifyModelFiles(folder, manifest.files);
  return new OnnxSegmenter(manifest, await openSession(join(folder, manifest.lead.file)));
}

class OnnxSegmenter implements WaveSegmenter {
  readonly name: string;
  readonly samplingRateHz: number;
  private readonly manifest: SegmenterManifest;
  private readonly session: ModelSession;

  constructor(manifest: SegmenterManifest, session: ModelSession) {
    this.name = `${manifest.name} ${manifest.version}`;
    this.samplingRateHz = manifest.lead.samplingRateHz;
    this.manifest = manifest;
    this.session = session;
  }

  async segment(
    leads: readonly Float32Array[],
    { signal }: SegmentOptions = {},
  ): Promise<Float32Array> {
    const sampleCount = leads[0]?.length ?? 0;
    assert(
      leads.every(({ length }) => length === sampleCount),
      'the leads of a recording have one length',
    );
    const target = new Float32Array(leads.length * CLASS_COUNT * sampleCount);
    if (target.length === 0) return target;
    const conditioned = leads.map((samples) => conditionLead(samples, this.manifest.lead));
    for (const window of segmentWindows(sampleCount, this.manifest.lead)) {
      throwIfAborted(signal);
      const values = await this.run(conditioned, window);
      copyKept(values, window, target, sampleCount);
    }
    throwIfAborted(signal);
    return target;
  }

  /** `[leads x classes x paddedCount]` of one window. */
  private async run(
    leads: readonly Float32Array[],
    { start, paddedCount }: SegmentWindow,
  ): Promise<Float32Array> {
    const { input, output } = this.manifest.lead;
    const values = new Float32Array(leads.length * paddedCount);
    leads.forEach((samples, row) => {
      values.set(samples.subarray(start, start + paddedCount), row * paddedCount);
    });
    const shape = [leads.length, paddedCount];
    const outputs = await this.session.run({ [input]: { type: 'float32', shape, values } }, [
      output,
    ]);
    const probabilities = outputs[output]!;
    const expected = [leads.length, CLASS_COUNT, paddedCount];
    if (probabilities.shape.join() === expected.join()) return probabilities.values;
    throw new PqrError(
      'model.input',
      `${this.session.path}: the output has the shape [${probabilities.shape.join(', ')}]; [${expected.join(', ')}] was expected.`,
    );
  }

  close(): Promise<void> {
    return this.session.release();
  }
}

function copyKept(
  values: Float32Array,
  { start, paddedCount, from, to }: SegmentWindow,
  target: Float32Array,
  sampleCount: number,
): void {
  const rowCount = values.length / paddedCount;
  for (let row = 0; row < rowCount; row += 1) {
    const kept = values.subarray(row * paddedCount + from - start, row * paddedCount + to - start);
    target.set(kept, row * sampleCount + from);
  }
}
