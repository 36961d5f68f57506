import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, PqrError } from '../../src/ecg/errors.js';
import { normaliseLeadName, STANDARD_LEADS } from '../../src/ecg/leads.js';
import {
  amplitudeRange,
  type EcgRecordFields,
  ecgId,
  leadSamples,
  makeRecord,
} from '../../src/ecg/record.js';
import { millivoltsPerUnit } from '../../src/ecg/units.js';

const fields = (change: Partial<EcgRecordFields> = {}): EcgRecordFields => ({
  leads: ['I', 'II'],
  samplingRateHz: 500,
  samples: Float32Array.of(1, 2, 3, 4),
  format: 'csv',
  ...change,
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (PqrError.isInstance(error)) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

describe('makeRecord', () => {
  it('counts samples a lead and gives a view of each lead', () => {
    const record = makeRecord(fields());
    expect(record.sampleCount).toBe(2);
    expect([...leadSamples(record, 1)]).toEqual([3, 4]);
  });

  it.each([
    ['no lead', { leads: [] }, 'record.invalid'],
    ['a lead twice', { leads: ['I', 'I'] }, 'record.invalid'],
    ['samples that do not divide by the leads', { samples: new Float32Array(3) }, 'record.invalid'],
    ['no samples', { samples: new Float32Array(0) }, 'record.invalid'],
    ['a rate of 0', { samplingRateHz: 0 }, 'record.invalid'],
    ['a rate that is NaN', { samplingRateHz: Number.NaN }, 'record.invalid'],
    [
      '17 leads',
      { leads: Array.from({ length: 17 }, (_, i) => `L${i}`), samples: new Float32Array(17) },
      'limit.exceeded',
    ],
    [
      'more than an hour',
      { leads: ['I'], samplingRateHz: 20, samples: new Float32Array(20 * 3601) },
      'limit.exceeded',
    ],
  ])('refuses %s', (_name, change, code) => {
    expect(codeOf(() => makeRecord(fields(change)))).toBe(code);
  });

  it('gives the range of the amplitude without the missing samples', () => {
    const record = makeRecord(fields({ samples: Float32Array.of(Number.NaN, -2, 3, Number.NaN) }));
    expect(amplitudeRange(record)).toEqual({ min: -2, max: 3 });
    const empty = makeRecord(fields({ samples: new Float32Array(4).fill(Number.NaN) }));
    expect(amplitudeRange(empty)).toEqual({ min: Number.NaN, max: Number.NaN });
  });
});

describe('ecgId', () => {
  it('is the hash that models/training computes', () => {
    // printf 'pqr-ecg/1\n500\nI,II\n2\n\0\0\200?\0\0\0@\0\0@@\0\0\200@' | sha256sum
    expect(ecgId(makeRecord(fields()))).toBe('a304e374ffa6c5749ac99f0160bab552');
  });

  it('does not depend on the format, the patient or the bits of a NaN', () => {
    const odd = new Float32Array(new Uint32Array([0x7fc00001, 0, 0, 0]).buffer);
    const plain = Float32Array.of(Number.NaN, 0, 0, 0);
    const one = ecgId(makeRecord(fields({ samples: odd })));
    expect(one).toBe(
      ecgId(makeRecord(fields({ samples: plain, format: 'npy', patient: { id: '1' } }))),
    );
  });

  it('changes with any sample, the rate and the leads', () => {
    const base = ecgId(makeRecord(fields()));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.float({ noNaN: true }), (at, value) => {
        const samples = Float32Array.of(1, 2, 3, 4);
        fc.pre(!Object.is(samples[at], value));
        samples[at] = value;
        return ecgId(makeRecord(fields({ samples }))) !== base;
      }),
      { seed: 1 },
    );
    expect(ecgId(makeRecord(fields({ samplingRateHz: 250 })))).not.toBe(base);
    expect(ecgId(makeRecord(fields({ leads: ['II', 'I'] })))).not.toBe(base);
  });
});

describe('names and units', () => {
  it.each([
    ['i', 'I'],
    ['AVR', 'aVR'],
    ['Lead II', 'II'],
    ['MLII', 'II'],
    ['MDC_ECG_LEAD_V1', 'V1'],
    ['ECG V2', 'V2'],
    [' v6 ', 'V6'],
    ['PLETH', 'PLETH'],
  ])('reads lead %s as %s', (given, lead) => {
    expect(normaliseLeadName(given)).toBe(lead);
  });

  it('keeps every standard lead as it is', () => {
    for (const lead of STANDARD_LEADS) expect(normaliseLeadName(lead)).toBe(lead);
  });

  it.each([
    ['mV', 1],
    ['uV', 1e-3],
    ['µV', 1e-3],
    ['μV', 1e-3],
    ['V', 1e3],
    ['mmHg', undefined],
  ])('takes one %s as %s mV', (unit, millivolts) => {
    expect(millivoltsPerUnit(unit)).toBe(millivolts);
  });
});

describe('the error table', () => {
  it('stands in docs/errors.md, code for code', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
    const listed = [...text.matchAll(/^\| `([a-z.-]+)` \| (\d+) \| (\d) \|/gm)].map(
      ([, code, status, exit]) => [code, Number(status), Number(exit)],
    );
    const table = Object.entries(ERROR_TABLE).map(([code, kind]) => [
      code,
      kind.httpStatus,
      kind.exitCode,
    ]);
    expect(listed).toEqual(table);
  });

  it('knows an error of another copy of the package', () => {
    const foreign = { [Symbol.for('pqrsearch.error')]: true };
    expect(PqrError.isInstance(foreign)).toBe(true);
    expect(PqrError.isInstance(new Error('no'))).toBe(false);
  });
});
