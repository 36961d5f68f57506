/**
 * Every folder under test/fixtures/formats/second is a recording in a format of its own and, in
 * expected.json, what other software reads in it (test/reference/formats_second.py): every 37th sample.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EcgRecord } from '../../src/ecg/record.js';
import { findRecordings } from '../../src/formats/find.js';
import { type ReadOptions, readEcg, readEcgFiles } from '../../src/formats/read.js';

const SECOND = new URL('../fixtures/formats/second/', import.meta.url).pathname;

interface Expected {
  readonly file: string;
  readonly leads: string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly everyStep: number;
  readonly toleranceMillivolts: number;
  readonly samples: (number | null)[][];
  readonly format: string;
  readonly patient: object;
  readonly codes: string[];
  readonly warnings: string[];
  readonly recordedAt?: string;
  readonly report?: string;
  readonly comments?: string[];
  readonly options?: ReadOptions;
}

/** The largest difference between a record and the samples that the second reader gave. */
function largestDifference({ samples, sampleCount }: EcgRecord, expected: Expected): number {
  let largest = 0;
  for (const [lead, row] of expected.samples.entries()) {
    for (const [index, value] of row.entries()) {
      const own = samples[lead * sampleCount + index * expected.everyStep]!;
      const bothMissing = value === null && Number.isNaN(own);
      largest = Math.max(largest, bothMissing ? 0 : Math.abs(own - (value ?? Number.NaN)));
    }
  }
  return largest;
}

function check(record: EcgRecord, expected: Expected): void {
  const { leads, samplingRateHz, sampleCount, format, patient, codes, warnings } = record;
  expect({ leads, samplingRateHz, sampleCount, format, patient, codes }).toEqual({
    leads: expected.leads,
    samplingRateHz: expected.samplingRateHz,
    sampleCount: expected.sampleCount,
    format: expected.format,
    patient: expected.patient,
    codes: expected.codes,
  });
  expect(warnings.map(({ code }) => code)).toEqual(expected.warnings);
  for (const key of ['recordedAt', 'report', 'comments'] as const) {
    if (expected[key] !== undefined) expect(record[key], key).toEqual(expected[key]);
  }
  expect(largestDifference(record, expected)).toBeLessThanOrEqual(expected.toleranceMillivolts);
}

const cases = readdirSync(SECOND).filter((name) => !name.endsWith('.md'));

describe('recordings that a second reader reads too', () => {
  it('there are some of every format', () => expect(cases.length).toBeGreaterThanOrEqual(16));

  for (const name of cases.sort()) {
    const folder = join(SECOND, name);
    const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
    const path = join(folder, expected.file);

    it(`${name} is read as its second reader reads it`, async () => {
      check(await readEcg(path, expected.options), expected);
    });

    it(`${name} is read the same as an upload under another name`, async () => {
      const files = new Map([['some folder/upload.bin', new Uint8Array(readFileSync(path))]]);
      check(await readEcgFiles(files, expected.options), expected);
    });

    it(`${name} is found in its folder`, async () => {
      const found = [];
      for await (const recording of findRecordings([folder])) found.push(recording);
      expect(found).toEqual([
        expect.objectContaining({ file: path, bytes: readFileSync(path).length }),
      ]);
    });
  }
});
