/**
 * Reads the shared data's `.ecgpack` files as its unpack.py does: a line of JSON, then xz blocks of int16 samples,
 * first-differenced, low bytes before high bytes, III, aVR, aVL and aVF as what I and II do not predict. Needs xz.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { normaliseLeadName } from '../../src/ecg/leads.js';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';

interface PackedRecord {
  readonly path: string;
  readonly fs: number;
  readonly gain: number;
  readonly leads: readonly string[];
  readonly samples: number;
  readonly comments?: readonly string[];
}

/** The records of the first `blockCount` blocks (48 records each). */
export function* readEcgPack(path: string, options: { blockCount: number }): Generator<EcgRecord> {
  const bytes = readFileSync(path);
  let at = bytes.indexOf(10) + 1;
  const { blocks } = JSON.parse(bytes.toString('utf8', 0, at)) as { blocks: PackedRecord[][] };
  for (const block of blocks.slice(0, options.blockCount)) {
    const size = Number(bytes.readBigUInt64LE(at));
    const raw = execFileSync('xz', ['-dc'], {
      input: bytes.subarray(at + 8, at + 8 + size),
      maxBuffer: 1 << 28,
    });
    at += 8 + size;
    let offset = 0;
    for (const packed of block) {
      const count = packed.leads.length * packed.samples;
      yield unpackRecord(packed, raw.subarray(offset, offset + 2 * count));
      offset += 2 * count;
    }
  }
}

function unpackRecord(packed: PackedRecord, raw: Uint8Array): EcgRecord {
  const { leads, samples: sampleCount, gain } = packed;
  const count = leads.length * sampleCount;
  const steps = new Int16Array(count);
  for (let index = 0; index < count; index += 1) {
    const difference = raw[index]! | (raw[count + index]! << 8);
    steps[index] = (index % sampleCount === 0 ? 0 : steps[index - 1]!) + difference;
  }
  const names = leads.map(normaliseLeadName);
  if (names.slice(0, 6).join() === 'I,II,III,aVR,aVL,aVF') addPrediction(steps, sampleCount);
  return makeRecord({
    leads: names,
    samplingRateHz: packed.fs,
    samples: Float32Array.from(steps, (step) => step / gain),
    format: 'wfdb',
    comments: packed.comments ?? [],
    adcPerMillivolt: leads.map(() => gain),
  });
}

function addPrediction(steps: Int16Array, sampleCount: number): void {
  for (let index = 0; index < sampleCount; index += 1) {
    const i = steps[index]!;
    const ii = steps[sampleCount + index]!;
    steps[2 * sampleCount + index]! += ii - i;
    steps[3 * sampleCount + index]! += -((i + ii) >> 1);
    steps[4 * sampleCount + index]! += i - (ii >> 1);
    steps[5 * sampleCount + index]! += ii - (i >> 1);
  }
}
