/** The fast ways through WFDB samples give what the plain ways give, bit for bit. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadSamples } from '../../src/ecg/record.js';
import { FlacBits } from '../../src/formats/flac-bits.js';
import { readEcg, readEcgFiles } from '../../src/formats/read.js';
import { scaleTable, toMillivolts } from '../../src/formats/wfdb-scale-table.js';
import { decodeSignal } from '../../src/formats/wfdb-signal.js';

const MISSING = -32768;

describe('the table of millivolts', () => {
  it.each([
    [{ baseline: 0, adcPerMillivolt: 1000 }, MISSING],
    [{ baseline: 1024, adcPerMillivolt: 200 }, -2048],
    [{ baseline: -7, adcPerMillivolt: -153.846 }, Number.NaN],
  ])('of %j holds the quotient of every 16-bit value', (scale, missing) => {
    const table = scaleTable(scale, missing, 70_000)!;
    for (let value = -32768; value < 32768; value++) {
      const quotient = Math.fround(toMillivolts(value, scale, missing));
      if (!Object.is(table[value & 0xffff], quotient)) expect({ value }).toBe(quotient);
    }
    expect(Object.is(table[scale.baseline & 0xffff], -0)).toBe(false);
  });

  it('is made only where it saves work, and is not mixed up with another scale', () => {
    const scale = { baseline: 3, adcPerMillivolt: 123.25 };
    expect(scaleTable(scale, MISSING, 60_000)).toBeUndefined();
    const table = scaleTable(scale, MISSING, 60_000)!;
    expect(scaleTable({ ...scale, baseline: 4 }, MISSING, 1)).toBeUndefined();
    expect(scaleTable(scale, -2048, 1)).toBeUndefined();
    expect(scaleTable(scale, MISSING, 1)).toBe(table);
  });

  it('gives a signal the samples and the sum that division gives', () => {
    const [frameSize, count] = [3, 40_000];
    const adc = Int16Array.from({ length: frameSize * count }, (_, at) => (at * 7919) % 65_536);
    const scale = { baseline: 11, adcPerMillivolt: 204.8 };
    const decode = (values: Int16Array | Int32Array) => {
      const target = new Float32Array(count);
      const layout = {
        adc: values,
        format: 16,
        frameSize,
        frameOffset: 1,
        samplesPerFrame: 1,
      } as const;
      const sum = decodeSignal(layout, scale, { start: 0, count, target, offset: 0 });
      return { target, sum: sum & 0xffff };
    };
    decode(adc);
    expect(decode(adc)).toEqual(decode(Int32Array.from(adc)));
  });
});

describe('leads decoded two at a time', () => {
  it('are those that are read alone, checksums included', async () => {
    const path = 'sample/records/00008_hr.hea';
    await readEcg(path);
    const whole = await readEcg(path); // by now the scale has its table
    expect(whole.warnings).toEqual([]);
    for (const [row, lead] of whole.leads.entries()) {
      const alone = await readEcg(path, { leads: [lead] });
      expect(alone.samples).toEqual(leadSamples(whole, row));
    }
    const some = await readEcg(path, { leads: ['V1', 'aVR', 'V2', 'I'] });
    expect(leadSamples(some, 2)).toEqual(leadSamples(whole, whole.leads.indexOf('V2')));
  });

  it('are told apart by their checksums', async () => {
    const folder = 'sample/records/';
    const header = readFileSync(`${folder}00008_hr.hea`, 'utf8');
    const [, checksum] = / (-?\d+) 0 AVL/.exec(header)!;
    const files = new Map<string, Uint8Array>([
      [
        '00008_hr.hea',
        Buffer.from(header.replace(`${checksum} 0 AVL`, `${Number(checksum) - 1} 0 AVL`)),
      ],
      ['00008_hr.dat', new Uint8Array(readFileSync(`${folder}00008_hr.dat`))],
    ]);
    for (let reading = 0; reading < 2; reading++) {
      const { warnings } = await readEcgFiles(files);
      expect(warnings).toMatchObject([{ code: 'format.checksum', leads: ['aVL'] }]);
    }
  });
});

/** Numbers in Rice codes of one parameter. */
function riceBytes(numbers: readonly number[], parameter: number): Uint8Array {
  let bits = '';
  for (const number of numbers) {
    const folded = number >= 0 ? 2 * number : -2 * number - 1;
    bits += `${'0'.repeat(Math.floor(folded / 2 ** parameter))}1`;
    if (parameter > 0) bits += (folded % 2 ** parameter).toString(2).padStart(parameter, '0');
  }
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

describe('a run of Rice codes', () => {
  it('is read as its codes one by one are, windows and ends included', () => {
    const input = fc.integer({ min: 0, max: 14 }).chain((parameter) => {
      const most = 40 * 2 ** parameter;
      return fc.record({
        parameter: fc.constant(parameter),
        numbers: fc.array(fc.integer({ min: -most, max: most }), { minLength: 1, maxLength: 50 }),
      });
    });
    fc.assert(
      fc.property(input, ({ parameter, numbers }) => {
        const target = new Int32Array(numbers.length);
        const bytes = riceBytes(numbers, parameter);
        new FlacBits(bytes).riceRun(parameter, target, 0, numbers.length);
        expect([...target]).toEqual(numbers);
        const plain = new FlacBits(bytes);
        expect(numbers.map(() => plain.rice(parameter))).toEqual(numbers);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('is refused where it ends too early', () => {
    const bytes = riceBytes([5, -3, 900], 2).subarray(0, 3);
    const run = () => new FlacBits(bytes).riceRun(2, new Int32Array(3), 0, 3);
    expect(run).toThrow(expect.objectContaining({ code: 'format.inconsistent' }));
  });
});
