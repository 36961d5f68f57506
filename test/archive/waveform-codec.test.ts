import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packWaveform, unpackWaveform } from '../../src/archive/waveform-codec.js';
import { type EcgRecord, ecgId, makeRecord } from '../../src/ecg/record.js';
import { readEcg } from '../../src/formats/read.js';
import { FIXTURE_RECORDS, madeRecord } from './helpers.js';

const RUNS = { seed: 20240601, numRuns: 200 };

const bits = (samples: Float32Array) =>
  new Uint32Array(samples.buffer, samples.byteOffset, samples.length);

async function roundTrip(record: EcgRecord) {
  const packed = await packWaveform(record);
  const { sampleCount, leads } = record;
  return { packed, samples: unpackWaveform(packed, { leadCount: leads.length, sampleCount }) };
}

describe('waveform codec', () => {
  it('gives a real PTB-XL recording back bit for bit from half its ADC bytes or less', async () => {
    const record = await readEcg(`${FIXTURE_RECORDS}/00000/00282_hr`);
    const { packed, samples } = await roundTrip(record);
    expect(packed.codec).toBe('adc-delta');
    expect(bits(samples)).toEqual(bits(record.samples));
    expect(packed.samples.length).toBeLessThan(record.samples.length);
    expect(ecgId({ ...record, samples })).toBe(ecgId(record));
  });

  it('gives any whole ADC steps at any gain back bit for bit', async () => {
    const integers = fc.array(fc.integer({ min: -32768, max: 32767 }), {
      minLength: 1,
      maxLength: 60,
    });
    const gains = fc.constantFrom(1000, 200, 204.7, 1 / 0.00488, 4880, 3);
    await fc.assert(
      fc.asyncProperty(integers, gains, async (adc, gain) => {
        const samples = Float32Array.from(adc, (value) => value / gain);
        const record = makeRecord({
          ...{ leads: ['I'], samplingRateHz: 100, samples, format: 'made' },
          adcPerMillivolt: [gain],
        });
        expect(bits((await roundTrip(record)).samples)).toEqual(bits(samples));
      }),
      RUNS,
    );
  });

  it('gives any float32 back bit for bit, NaN in its canonical form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.float32Array({ minLength: 2, maxLength: 60 }), async (source) => {
        const samples = source.length % 2 === 0 ? source : source.subarray(1);
        const record = makeRecord({
          ...{ leads: ['I', 'II'], samplingRateHz: 100, samples, format: 'made' },
          adcPerMillivolt: [1000, 200],
        });
        const back = (await roundTrip(record)).samples;
        const canonical = samples.map((value) => value);
        expect(bits(back)).toEqual(bits(canonical));
      }),
      RUNS,
    );
  });

  it('keeps missing samples missing and stays with integers', async () => {
    const record = madeRecord(1);
    const samples = record.samples.slice();
    samples.fill(Number.NaN, 10, 40);
    const { packed, samples: back } = await roundTrip({ ...record, samples });
    expect(packed.codec).toBe('adc-delta');
    expect(bits(back)).toEqual(bits(samples.map((value) => value)));
  });

  it('falls back to floats for a negative zero, which has another id', async () => {
    const record = madeRecord(2);
    const samples = record.samples.slice();
    samples[7] = -0;
    const { packed, samples: back } = await roundTrip({ ...record, samples });
    expect(packed.codec).toBe('float32-planes');
    expect(Object.is(back[7], -0)).toBe(true);
  });

  it('falls back to floats where steps from sample to sample are beyond 16 bits', async () => {
    const samples = Float32Array.from([0, 40_000, -40_000, 0]);
    const record = madeRecord(3, { samples, sampleCount: 4, adcPerMillivolt: [1] });
    const { packed, samples: back } = await roundTrip(record);
    expect(packed.codec).toBe('float32-planes');
    expect(back).toEqual(samples);
  });

  it('refuses a blob that was cut short', async () => {
    const record = madeRecord(4);
    const packed = await packWaveform(record);
    const cut = { ...packed, samples: packed.samples.subarray(0, packed.samples.length - 5) };
    expect(() => unpackWaveform(cut, { leadCount: 1, sampleCount: 400 })).toThrow();
    expect(() => unpackWaveform(packed, { leadCount: 1, sampleCount: 300 })).toThrow();
  });
});
