/**
 * Seeded mutations of every golden recording: whatever a file holds, reading ends in a sound record or in
 * a PqrError that isn't our own fault. The time limit of the test catches a hang.
 */
import { describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { readEcgFiles } from '../../src/formats/read.js';
import { goldenExpected, goldenFiles, goldenNames, limitsWith } from './support.js';

const MUTATIONS_PER_CASE = 120;
const limits = limitsWith({ sampleCount: 200_000, fileBytes: 1_000_000 });

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = [
  '0',
  '-1',
  '99999999999',
  'nan',
  '1e308',
  '',
  '~',
  '../x',
  '16x9999',
  '212',
  ';',
  '"',
  '#',
];

type Mutation = (bytes: Uint8Array, random: () => number) => Uint8Array;

const latin1 = new TextDecoder('latin1');
const fromLatin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const pick = <T>(list: readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)]!;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  (bytes, random) => {
    const copy = bytes.slice();
    for (let n = 0; n < 1 + random() * 8; n++) {
      copy[Math.floor(random() * Math.min(copy.length, 400))] = Math.floor(random() * 256);
    }
    return copy;
  },
  (bytes, random) => {
    const at = Math.floor(random() * Math.min(bytes.length, 400));
    const length = Math.floor(random() * 40);
    const copy = new Uint8Array(bytes.length + length);
    copy.set(bytes.subarray(0, at));
    copy.set(bytes.subarray(at), at + length);
    return copy;
  },
  (bytes, random) => {
    const fields = latin1.decode(bytes.subarray(0, 2000)).split(/([ \n,;/()]+)/);
    fields[2 * Math.floor((random() * fields.length) / 2)] = pick(WORDS, random);
    return fromLatin1(fields.join('') + latin1.decode(bytes.subarray(2000)));
  },
  (bytes, random) => {
    const lines = latin1.decode(bytes.subarray(0, 4000)).split('\n');
    const line = Math.floor(random() * lines.length);
    if (random() < 0.5) lines.splice(line, 1);
    else lines.splice(line, 0, pick(lines, random));
    return fromLatin1(lines.join('\n') + latin1.decode(bytes.subarray(4000)));
  },
];

function isSound({ samples, leads, sampleCount }: EcgRecord): boolean {
  return (
    samples.length === leads.length * sampleCount &&
    !samples.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)
  );
}

describe('mutated files', () => {
  for (const [index, name] of goldenNames().entries()) {
    it(`of ${name} never break the reader`, async () => {
      const random = seeded(index + 1);
      const { options } = goldenExpected(name);
      const golden = goldenFiles(name);
      let readCount = 0;
      let refusedCount = 0;
      let longest = 0;
      for (let round = 0; round < MUTATIONS_PER_CASE; round++) {
        const files = new Map(golden);
        const victim = pick([...files.keys()], random);
        files.set(victim, pick(MUTATIONS, random)(files.get(victim)!, random));
        try {
          const record = await readEcgFiles(files, { ...options, limits });
          if (!isSound(record)) throw new Error(`Round ${round} gave an unsound record.`);
          readCount++;
        } catch (error) {
          if (!PqrError.isInstance(error) || error.code === 'internal') throw error;
          longest = Math.max(longest, error.message.length);
          refusedCount++;
        }
      }
      expect(longest).toBeLessThan(600);
      expect(readCount).toBeGreaterThan(0);
      expect(refusedCount).toBeGreaterThan(0);
    });
  }
});
