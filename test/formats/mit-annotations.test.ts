import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import { parseMitAnnotations } from '../../src/formats/mit-annotations.js';
import reference from '../reference/formats_annotations.json' with { type: 'json' };
import { MUTATIONS, pick, seeded } from './mutations.js';

const FOLDER = new URL('../fixtures/formats/annotations/', import.meta.url).pathname;
const bytesOf = (name: string) => new Uint8Array(readFileSync(FOLDER + name));

describe('MIT annotation files', () => {
  for (const [name, expected] of Object.entries(reference)) {
    it(`${name} is read as wfdb-python reads it`, () => {
      const { annotations } = parseMitAnnotations(bytesOf(name));
      expect({
        count: annotations.length,
        sampleSum: annotations.reduce((sum, { sample }) => sum + sample, 0),
        symbols: annotations.map(({ symbol }) => symbol).join(''),
        first: annotations
          .slice(0, 40)
          .map((one) => [one.sample, one.symbol, one.subtype, one.channel, one.num, one.text]),
      }).toEqual(expected);
    });
  }

  it('reads long intervals, and the time resolution where a file says one', () => {
    const words = (...values: number[]) =>
      Uint8Array.from(values.flatMap((v) => [v & 255, v >> 8]));
    const skip = words((59 << 10) | 0, 1, 34464, (1 << 10) | 5, 0); // 65536 + 34464 + 5
    expect(parseMitAnnotations(skip).annotations).toEqual([
      { sample: 100005, symbol: 'N', subtype: 0, channel: 0, num: 0, text: '' },
    ]);
    const note = '## time resolution: 500';
    const text = Uint8Array.from(Buffer.from(`${note}\0`));
    const bytes = [...words(22 << 10), ...words((63 << 10) | note.length), ...text];
    const read = parseMitAnnotations(Uint8Array.from([...bytes, ...words((1 << 10) | 9, 0)]));
    expect(read.ticksPerSecond).toBe(500);
    expect(read.annotations.map(({ sample }) => sample)).toEqual([9]);
  });

  it('takes any damage', () => {
    const random = seeded(5);
    for (let round = 0; round < 500; round++) {
      try {
        parseMitAnnotations(pick(MUTATIONS, random)(bytesOf('100.atr'), random));
      } catch (error) {
        if (!PqrError.isInstance(error) || error.code === 'internal') throw error;
      }
    }
  });
});
