/**
 * Every recording of the shared data in WFDB formats 16, 212 and MAT `16+24` must add up to the checksums
 * in its header, and some are compared bit by bit with what wfdb-python reads (test/reference/formats_wfdb.py).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import { normaliseLeadName } from '../../src/ecg/leads.js';
import { DEFAULT_LIMITS, type Limits } from '../../src/ecg/limits.js';
import { findRecordings } from '../../src/formats/find.js';
import { readEcg } from '../../src/formats/read.js';
import { parseWfdbHeader } from '../../src/formats/wfdb-header.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SHARED = process.env['PQRSEARCH_SHARED_DATA'] ?? join(ROOT, '../shared/data');
const REFERENCE = join(ROOT, 'test/reference/formats_wfdb.json');

const SECOND = join(ROOT, 'test/reference/formats_second.json');

/** What another reader finds in a file: every `everyStep`th sample in millivolts. */
interface SecondReading {
  readonly file: string;
  readonly software: string;
  readonly leads: string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly everyStep: number;
  readonly samples: number[][];
}

interface Reference {
  readonly record: string;
  readonly leads?: string[];
  readonly samplingRateHz: number;
  readonly shape: [number, number];
  readonly missingCount: number;
  readonly sha256: string;
}

/** How many signals of a record have a checksum in its header (or its segments'). */
function countChecksums(headerFile: string): number {
  const header = parseWfdbHeader(readFileSync(headerFile, 'utf8'), headerFile);
  const own = header.signals.filter((signal) => signal.checksum !== undefined).length;
  const segments = (header.segments ?? []).filter((segment) => segment.name !== '~');
  return segments.reduce(
    (sum, segment) => sum + countChecksums(join(dirname(headerFile), `${segment.name}.hea`)),
    own,
  );
}

interface Tally {
  readCount: number;
  checksumCount: number;
  readonly problems: string[];
  readonly unsupported: string[];
}

async function readAll(root: string): Promise<Tally> {
  const tally: Tally = { readCount: 0, checksumCount: 0, problems: [], unsupported: [] };
  for await (const found of findRecordings([root])) {
    if (found.error) tally.problems.push(`${found.path}: ${found.error.message}`);
    else await readOne(found.path, found.file, tally);
  }
  return tally;
}

async function readOne(path: string, file: string, tally: Tally): Promise<void> {
  try {
    const { warnings } = await readEcg(file);
    tally.readCount++;
    tally.checksumCount += countChecksums(file);
    for (const { code, message } of warnings) {
      if (code !== 'format.signal-dropped') tally.problems.push(`${path}: ${message}`);
    }
  } catch (error) {
    if (!PqrError.isInstance(error)) throw error;
    if (error.code === 'format.unsupported') tally.unsupported.push(path.split('/').at(-1)!);
    else tally.problems.push(`${path}: ${error.message}`);
  }
}

describe.skipIf(!existsSync(SHARED))('the shared data', () => {
  let unpacked = '';
  beforeAll(() => {
    unpacked = mkdtempSync(join(tmpdir(), 'pqr-shared-'));
    for (const set of ['challenge', 'ludb']) {
      const folder = join(unpacked, set);
      mkdirSync(folder);
      execFileSync('tar', ['-xJf', join(SHARED, `${set}.tar.xz`), '-C', folder]);
    }
  });
  afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

  it('has 174 Challenge records in MAT 16+24 that add up to their checksums', async () => {
    const tally = await readAll(join(unpacked, 'challenge'));
    expect(tally).toEqual({ readCount: 174, checksumCount: 2088, problems: [], unsupported: [] });
  });

  it('has 99 LUDB records in format 16 that add up to their checksums', async () => {
    const tally = await readAll(join(unpacked, 'ludb'));
    expect(tally).toEqual({ readCount: 99, checksumCount: 1188, problems: [], unsupported: [] });
  });

  it('has sample files in every WFDB format that add up', async () => {
    const tally = await readAll(join(SHARED, 'formats/wfdb'));
    // A constant of six hours, and one signal a frame: see the references below.
    const tooLong = tally.problems.filter((problem) => problem.includes('durationSeconds'));
    expect(tooLong).toEqual(tally.problems);
    expect(tally).toMatchObject({ readCount: 15, unsupported: [] });
    expect(tooLong).toHaveLength(1);
    expect(tally.checksumCount).toBe(2 + 3 + 2 + 4 + 4 + 3 + 10 + 3 + 6 + 15);
  });

  it('has a fixed-layout record that adds up segment by segment', async () => {
    const tally = await readAll(join(SHARED, 'formats/wfdb-multisegment/fixed1'));
    expect(tally).toMatchObject({ readCount: 1, checksumCount: 12, problems: [] });
  });

  it('has a record of five days, which is refused before it is read', async () => {
    const [problem] = (await readAll(join(SHARED, 'formats/wfdb-multisegment/p000878'))).problems;
    expect(problem).toContain('durationSeconds is 421800, at most 3600');
  });

  it('has files of other formats, which are found and read', async () => {
    const expected = { aecg: [2, 1], dicom: [1, 0], edf: [1, 0], muse: [1, 0], philips: [2, 0] };
    for (const [folder, [readCount, problemCount]] of Object.entries({
      ...expected,
      scp: [1, 0],
    })) {
      const found: string[] = [];
      const failed: string[] = [];
      for await (const recording of findRecordings([join(SHARED, 'formats', folder)])) {
        if (recording.error !== undefined) throw recording.error;
        await readEcg(recording.file).then(
          (record) => found.push(record.format),
          (problem: PqrError) => failed.push(problem.code),
        );
      }
      expect(found, folder).toEqual(Array.from({ length: readCount! }, () => folder));
      expect(failed, folder).toEqual(Array.from({ length: problemCount! }, () => 'record.invalid'));
    }
  });

  const seconds: SecondReading[] = JSON.parse(readFileSync(SECOND, 'utf8'));
  for (const second of seconds) {
    it(`has ${second.file}, read as ${second.software} reads it`, async () => {
      const record = await readEcg(join(SHARED, second.file));
      const { leads, samplingRateHz, sampleCount, samples } = record;
      expect({ samplingRateHz, sampleCount }).toEqual({
        samplingRateHz: second.samplingRateHz,
        sampleCount: second.sampleCount,
      });
      for (const [index, name] of second.leads.entries()) {
        const row = leads.indexOf(normaliseLeadName(name));
        expect(row, name).not.toBe(-1);
        for (const [place, value] of second.samples[index]!.entries()) {
          const own = samples[row * sampleCount + place * second.everyStep]!;
          expect(Math.abs(own - value), `${name} ${place}`).toBeLessThan(2e-6);
        }
      }
    });
  }

  const references: Reference[] = JSON.parse(readFileSync(REFERENCE, 'utf8'));
  for (const expected of references) {
    it(`has ${expected.record}, read bit by bit as wfdb-python reads it`, async () => {
      const root = expected.record.startsWith('formats/') ? SHARED : unpacked;
      const { leads: wanted } = expected;
      const limits = { ...DEFAULT_LIMITS, durationSeconds: 36_000 } as Limits;
      const options = { limits, ...(wanted && { leads: wanted }) };
      const record = await readEcg(join(root, expected.record), options);
      const canonical = record.samples.map((value) => (Number.isNaN(value) ? Number.NaN : value));
      expect({
        record: expected.record,
        ...(wanted && { leads: record.leads }),
        samplingRateHz: record.samplingRateHz,
        shape: [record.leads.length, record.sampleCount],
        missingCount: canonical.filter(Number.isNaN).length,
        sha256: createHash('sha256').update(new Uint8Array(canonical.buffer)).digest('hex'),
      }).toEqual(expected);
    });
  }
});
