/**
 * What MERL's evaluation does to recordings before its model (finetune/finetune_dataset.py of its repository):
 * the first 5000 samples of 500 Hz, of CPSC2018 the first 2500 with zeros after them, then one min-max. Lead
 * order, zeros and min-max are the manifest's; only the cut is here. It belongs to those models: our own looks
 * at the whole recording in windows and takes the best.
 */
import type { EcgRecord } from '../ecg/record.js';
import type { Manifest } from '../encoders/manifest.js';
import type { Dataset } from './dataset.js';

const PROTOCOL_RATE_HZ = 500;
const FIRST_SAMPLES = 5000;
const PUBLISHED_KINDS: readonly Manifest['kind'][] = ['merl', 'melp'];

/** How much of each recording a model of this kind is shown; undefined for all of it. */
export function firstSecondsOf(
  kind: Manifest['kind'],
  dataset: Dataset | undefined,
): number | undefined {
  if (!PUBLISHED_KINDS.includes(kind)) return undefined;
  const own = dataset?.protocol?.kinds.some((one) => one === kind) ? dataset.protocol : undefined;
  return (own?.firstSamples ?? FIRST_SAMPLES) / PROTOCOL_RATE_HZ;
}

/** The first seconds of a recording; the recording itself where it is no longer. */
export function cutTo(record: EcgRecord, seconds: number): EcgRecord {
  const sampleCount = Math.round(seconds * record.samplingRateHz);
  if (sampleCount >= record.sampleCount) return record;
  const samples = new Float32Array(record.leads.length * sampleCount);
  for (let lead = 0; lead < record.leads.length; lead += 1) {
    const start = lead * record.sampleCount;
    samples.set(record.samples.subarray(start, start + sampleCount), lead * sampleCount);
  }
  return { ...record, sampleCount, samples };
}
