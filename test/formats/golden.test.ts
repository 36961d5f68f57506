/**
 * Every folder under test/fixtures/formats/golden is a recording and, in expected.json, what wfdb-python
 * or numpy reads in it (test/reference/formats_fixtures.py). The samples are compared bit by bit.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EcgRecord } from '../../src/ecg/record.js';
import { type ReadOptions, readEcg, readEcgFiles } from '../../src/formats/read.js';

const GOLDEN = new URL('../fixtures/formats/golden/', import.meta.url).pathname;

interface Expected {
  readonly file: string;
  readonly leads: string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly sha256: string;
  readonly firstSamples: (number | null)[];
  readonly missingCount: number;
  readonly format: string;
  readonly patient: object;
  readonly codes: string[];
  readonly warnings: object[];
  readonly comments?: string[];
  readonly report?: string;
  readonly recordedAt?: string;
  readonly options?: ReadOptions;
}

function sampleDigest({ samples }: EcgRecord): string {
  const canonical = samples.map((value) => (Number.isNaN(value) ? Number.NaN : value));
  return createHash('sha256').update(new Uint8Array(canonical.buffer)).digest('hex');
}

function summary(record: EcgRecord, expected: Expected) {
  const { leads, sampleCount, samples } = record;
  return {
    file: expected.file,
    leads,
    samplingRateHz: record.samplingRateHz,
    sampleCount,
    sha256: sampleDigest(record),
    firstSamples: leads.map((_, lead) => {
      const first = samples[lead * sampleCount]!;
      return Number.isNaN(first) ? null : first;
    }),
    missingCount: samples.filter((value) => Number.isNaN(value)).length,
    format: record.format,
    patient: record.patient,
    codes: record.codes,
    warnings: record.warnings.map(({ code, leads: named }) => ({
      code,
      ...(named !== undefined && { leads: named }),
    })),
    ...(expected.comments !== undefined && { comments: record.comments }),
    ...(expected.report !== undefined && { report: record.report }),
    ...(expected.recordedAt !== undefined && { recordedAt: record.recordedAt }),
    ...(expected.options !== undefined && { options: expected.options }),
  };
}

const cases = readdirSync(GOLDEN).sort();

describe('golden recordings', () => {
  it('there are some', () => expect(cases.length).toBeGreaterThan(20));

  for (const name of cases) {
    const folder = join(GOLDEN, name);
    const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));

    it(`${name} is read as its reference reads it`, async () => {
      const record = await readEcg(join(folder, expected.file), expected.options);
      expect(summary(record, expected)).toEqual(expected);
    });

    it(`${name} is read the same as an upload`, async () => {
      const files = new Map<string, Uint8Array>();
      for (const file of readdirSync(folder)) {
        if (file !== 'expected.json')
          files.set(`some folder/${file}`, readFileSync(join(folder, file)));
      }
      const record = await readEcgFiles(files, expected.options);
      expect(summary(record, expected)).toEqual(expected);
    });
  }
});
