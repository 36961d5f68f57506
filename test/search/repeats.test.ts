/** Patients with many recordings, over an archive made up for it. */
import { describe, expect, it } from 'vitest';
import type { Archive, StoredEcg, VectorHit } from '../../src/archive/ports.js';
import type { LevelVectors, TextEncoder } from '../../src/encoders/ports.js';
import { search } from '../../src/search/search.js';

const CROWD = 200;
const OTHERS = 20;

/** Patient `crowd` has the nearest 200 recordings, then come 20 patients with one each. */
const patients = [
  ...Array.from({ length: CROWD }, () => 'crowd'),
  ...Array.from({ length: OTHERS }, (_, at) => `other-${at}`),
];
const ids = patients.map((_, at) => String(at).padStart(4, '0'));

const hits: VectorHit[] = ids.map((ecgId, at) => ({
  ecgId,
  level: 'rhythm',
  window: 0,
  ordinal: 0,
  startSample: 0,
  endSample: 5000,
  score: 1 - at / 1000,
}));

const archive = {
  model: {
    name: 'm',
    version: '1',
    hash: 'h',
    levels: { rhythm: { dim: 2, sharedWithText: true } },
  },
  listIds: () => ids,
  get: (ecgId: string) => stored(ecgId),
  nearest: async (_level: string, _query: Float32Array, { k }: { k: number }) => hits.slice(0, k),
} as unknown as Archive;

function stored(ecgId: string): StoredEcg {
  return {
    ecgId,
    record: ecgId,
    paths: [ecgId],
    format: 'wfdb',
    leads: ['I'],
    samplingRateHz: 500,
    sampleCount: 5000,
    durationSeconds: 10,
    patient: { id: patients[ids.indexOf(ecgId)]! },
    codes: [],
    warnings: [],
    rPeaksSeconds: [],
  };
}

const rhythm: LevelVectors = {
  level: 'rhythm',
  dim: 2,
  count: 1,
  vectors: Float32Array.of(1, 0),
  windows: Int32Array.of(0),
  ordinals: Int32Array.of(0),
  startSamples: Int32Array.of(0),
  endSamples: Int32Array.of(5000),
};

function find(k: number, keepPatientRepeats = false) {
  return search(
    { archive, textEncoder: {} as TextEncoder, lookup: () => [] },
    {
      like: { embedding: { levels: [rhythm], rPeakSamples: new Int32Array(0) } },
      k,
      level: 'rhythm',
      keepPatientRepeats,
    },
  );
}

describe('a patient with many recordings', () => {
  it('takes one place, and does not keep the others out', async () => {
    const found = await find(10);
    expect(found.hits.map((hit) => hit.metadata.patientId)).toEqual([
      'crowd',
      ...Array.from({ length: 9 }, (_, at) => `other-${at}`),
    ]);
  });

  it('does not make the search go on for ever where there are fewer patients than hits wanted', async () => {
    expect((await find(100)).hits).toHaveLength(OTHERS + 1);
  });

  it('keeps all its places where repeats are wanted', async () => {
    expect(new Set((await find(10, true)).hits.map((hit) => hit.metadata.patientId))).toEqual(
      new Set(['crowd']),
    );
  });
});
