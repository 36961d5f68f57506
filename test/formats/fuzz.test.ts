/**
 * Seeded mutations of every golden recording and of every recording in a format of its own: whatever a
 * file holds, reading ends in a sound record or in a PqrError that isn't our own fault. The time limit of
 * the test catches a hang. `npx tsx scripts/fuzz-formats.ts` does the same at length.
 */
import { describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { readEcgFiles } from '../../src/formats/read.js';
import { MUTATIONS, pick, seeded } from './mutations.js';
import { goldenExpected, goldenFiles, goldenNames, limitsWith, secondNames } from './support.js';

const MUTATIONS_PER_CASE = 120;
const limits = limitsWith({ sampleCount: 200_000, fileBytes: 1_000_000, archiveBytes: 4_000_000 });

/** Compressed as a whole with a checksum: hardly any damage is survived. */
const CHECKED = /gzip|tar-gz|zip|mat5-compressed/;

function isSound({ samples, leads, sampleCount }: EcgRecord): boolean {
  return (
    samples.length === leads.length * sampleCount &&
    !samples.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)
  );
}

describe('mutated files', () => {
  for (const [index, name] of [...goldenNames(), ...secondNames()].entries()) {
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
      if (!CHECKED.test(name)) expect(readCount).toBeGreaterThan(0);
      expect(refusedCount).toBeGreaterThan(0);
    });
  }
});
