import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../src/ecg/leads.js';
import { CsvCursor, DELIMITERS } from '../../src/formats/csv-cursor.js';
import { readEcgFiles } from '../../src/formats/read.js';
import { bytesOf, caught, goldenFiles, limitsWith, upload } from './support.js';

const table = (text: string, options = {}) =>
  readEcgFiles(upload('ecg.csv', text), { samplingRateHz: 500, ...options });
const tableError = (text: string, options = {}) => caught(table(text, options));

describe('numbers in tables', () => {
  const read = (text: string, delimiter: number = DELIMITERS.comma) =>
    new CsvCursor(bytesOf(text), 0, delimiter).next();

  it('are the doubles that Number reads, however they are written', () => {
    const written = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.double({ min: -50, max: 50, noNaN: true }).map((value) => value.toFixed(6)),
      fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((value) => value.toExponential()),
      fc.integer().map((value) => ` ${value} `),
      fc.tuple(fc.integer(), fc.nat(999_999)).map(([whole, part]) => `+${Math.abs(whole)}.${part}`),
      fc.nat(999).map((part) => `-.${part}`),
    );
    fc.assert(
      fc.property(written, (text) => {
        expect(read(`${text},x`)).toBe(Number(text));
        expect(read(text)).toBe(Number(text));
        expect(read(`${text.replace('.', ',')};x`, DELIMITERS.semicolon)).toBe(Number(text));
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it('are missing where the cell is empty or says so', () => {
    for (const text of ['', ' ', 'nan', 'NaN', 'NA', 'null', '-', '""']) {
      expect(read(`${text},1`), text).toBeNaN();
    }
  });

  it('are none where the cell holds anything else', () => {
    for (const text of ['x', '1x', '1 2', '0x10', '1e', '--1', '1.2.3', '12:30', '1e5e5']) {
      expect(read(`${text},1`), text).toBeUndefined();
    }
  });
});

describe('tables that are read', () => {
  it('keep what is missing missing and infinite values out', async () => {
    const record = await table('I,II\n1,2\n,inf\n3,-Infinity\n1e300,5\n');
    expect([...record.samples]).toEqual([
      1,
      Number.NaN,
      3,
      Number.NaN,
      2,
      Number.NaN,
      Number.NaN,
      5,
    ]);
    expect(record.warnings).toEqual([
      { code: 'format.infinite', message: '3 infinite values were read as missing.' },
    ]);
  });

  it('may have one lead or three, blank lines, a trailing delimiter, no last line break', async () => {
    expect((await table('II\n0.1\n0.2\n\n0.3')).samples).toHaveLength(3);
    const three = await table('I;II;III;\r\n1,5;2;3;\r\n4;5;6;\r\n\r\n');
    expect(three.leads).toEqual(['I', 'II', 'III']);
    expect([...three.samples]).toEqual([1.5, 4, 2, 5, 3, 6]);
    expect([...(await table('I,II\n1,2,\n3,4,\n')).samples]).toEqual([1, 3, 2, 4]);
    expect([...(await table('I,II\r1,2\r3,4\r')).samples]).toEqual([1, 3, 2, 4]);
  });

  it('drop an index column', async () => {
    const record = await table(',I,II\n0,1,2\n1,3,4\n');
    expect(record.leads).toEqual(['I', 'II']);
    expect([...record.samples]).toEqual([1, 3, 2, 4]);
    expect((await table("'sample #','MLII','V5'\n0,1,2\n1,3,4\n")).leads).toEqual(['II', 'V5']);
  });

  it('take the rate from a time column in seconds or milliseconds', async () => {
    const rows = (step: number, digits: number) =>
      Array.from({ length: 720 }, (_, i) => `${(i * step).toFixed(digits)},${i}`).join('\n');
    const rate = async (head: string, step: number, digits: number) =>
      (await readEcgFiles(upload('x', `${head}\n${rows(step, digits)}\n`))).samplingRateHz;
    expect(await rate('time,II', 1 / 360, 3)).toBe(360);
    expect(await rate('Time (s),II', 1 / 249.89, 12)).toBe(249.89);
    expect(await rate('t,II', 1000 / 360, 6)).toBe(360);
    expect(await rate('time [ms],II', 2, 0)).toBe(500);
    expect(await rate('time_ms,II', 10, 0)).toBe(100);
    expect(await rate('timestamp (us),II', 1000, 0)).toBe(1000);
  });

  it('tell of a gap in the time column', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `${(i < 50 ? i : i + 9) / 500},0.1`);
    const record = await readEcgFiles(upload('x', `time,II\n${rows.join('\n')}\n`));
    expect(record.warnings.map(({ code }) => code)).toEqual(['format.time']);
  });

  it('take units from names, a line, or the caller, in this order', async () => {
    const first = async (text: string, options = {}) => (await table(text, options)).samples[0];
    expect(await first('I (uV)\n500\n')).toBe(0.5);
    expect(await first('I [mV]\n500\n', { unit: 'uV' })).toBe(500);
    expect(await first('# unit: uV\nI\n500\n', { unit: 'mV' })).toBe(0.5);
    expect(await first('I\n500\n', { unit: 'uV' })).toBe(0.5);
    expect(await first('I\n500\n')).toBe(500);
    expect(await first('I (V)\n0.5\n')).toBe(500);
  });

  it('without lead names are the standard leads, or those that the caller names', async () => {
    const twelve = `${Array.from({ length: 12 }, (_, i) => i).join(',')}\n`;
    const assumed = await table(twelve.repeat(3));
    expect(assumed.leads).toEqual(STANDARD_LEADS);
    expect(assumed.warnings.map(({ code }) => code)).toEqual(['format.leads-assumed']);
    expect((await table('1,2\n3,4\n', { leads: ['II', 'V1'] })).leads).toEqual(['II', 'V1']);
    const timed = await table('0.000,2\n0.004,4\n0.008,4\n', { leads: ['II'] });
    expect(timed).toMatchObject({ leads: ['II'], samplingRateHz: 250 });
  });

  it('keep the wanted leads in the wanted order', async () => {
    const record = await table('I,II,V1\n1,2,3\n', { leads: ['v1', 'I'] });
    expect(record.leads).toEqual(['V1', 'I']);
    expect([...record.samples]).toEqual([3, 1]);
  });
});

describe('tables that are refused', () => {
  it('name the line and the column of a cell that is no number', async () => {
    const error = await tableError('# a comment\nI,II,V1\n1,2,3\n\n4,5,abc\n');
    expect(error.code).toBe('format.inconsistent');
    expect(error.message).toContain('line 5, column 3 (V1) holds "abc"');
    expect((await tableError('I,II\nx,y\n')).message).toContain('line 2, column 1 (I)');
  });

  it('name the line that has too few or too many cells', async () => {
    expect((await tableError('I,II,V1\n1,2,3\n4,5\n')).message).toContain('line 3 has 2 cells');
    expect((await tableError('I,II\n1,2\n4,5,6\n')).message).toContain(
      'line 3 has more than 2 cells',
    );
    expect((await tableError(',I,II\n0\n1,2,3\n')).message).toContain('line 2 has 1 cells');
  });

  it('say how to give a sampling rate', async () => {
    const error = await caught(readEcgFiles(upload('x.csv', 'I,II\n1,2\n3,4\n')));
    expect(error.code).toBe('format.header');
    expect(error.hint).toContain('--sampling-rate');
    expect(error.hint).toContain('# sampling_rate: 500');
  });

  it('say how to give lead names', async () => {
    const error = await tableError('1,2,3\n4,5,6\n');
    expect(error.code).toBe('format.header');
    expect(error.message).toContain('3 columns and no header row');
    expect((await tableError('1,2,3\n', { leads: ['I'] })).message).toContain('1 lead names');
  });

  it('are told when time does not rise or contradicts the stated rate', async () => {
    expect((await tableError('time,I\n0,1\n0.002,1\n0.002,1\n')).message).toContain('data row 3');
    expect((await tableError('time,I\n0,1\n,1\n')).code).toBe('format.inconsistent');
    const contradiction = await tableError('# fs: 250\ntime,I\n0,1\n0.002,1\n0.004,1\n');
    expect(contradiction.message).toContain('says 250 Hz, the time column 500 Hz');
  });

  it('are told when they are too wide, too long, or empty', async () => {
    const wide = `${Array.from({ length: 5000 }, (_, i) => i).join(',')}\n`;
    expect((await tableError(wide)).code).toBe('limit.exceeded');
    const limits = limitsWith({ sampleCount: 10 });
    expect((await tableError(`I,II\n${'1,2\n'.repeat(6)}`, { limits })).code).toBe(
      'limit.exceeded',
    );
    expect((await tableError(`I,II\n${'1,2\n'.repeat(99)}`, { limits })).code).toBe(
      'limit.exceeded',
    );
    expect((await tableError('I,II\n')).code).toBe('format.empty');
    expect((await tableError('V1 (mmHg)\n1\n')).message).toContain('voltage');
  });
});

describe('arrays that are refused', () => {
  const array = async (change: (bytes: Uint8Array) => Uint8Array, options = {}) => {
    const bytes = goldenFiles('npy-f4').get('ecg.npy')!;
    return caught(
      readEcgFiles(new Map([['x.npy', change(bytes)]]), { samplingRateHz: 500, ...options }),
    );
  };
  const patch = (from: string, to: string) => (bytes: Uint8Array) => {
    const text = new TextDecoder('latin1').decode(bytes.subarray(0, 128));
    expect(text).toContain(from);
    const copy = bytes.slice();
    const patched = text.replace(from, to.padEnd(from.length));
    for (let i = 0; i < 128; i++) copy[i] = patched.charCodeAt(i);
    return copy;
  };

  it('are told with got and needed bytes when they are cut', async () => {
    const error = await array((bytes) => bytes.subarray(0, 1000));
    expect(error.code).toBe('format.truncated');
    expect(error.message).toContain('has 1000 bytes');
    expect(error.message).toContain('needs 3128');
    expect((await array((bytes) => bytes.subarray(0, 40))).code).toBe('format.truncated');
    expect((await array((bytes) => bytes.subarray(0, 8))).code).toBe('format.truncated');
  });

  it('are refused when they hold objects or other types', async () => {
    for (const type of ["'|O'", "'<c8'", "'<f2'", "'<U3'"]) {
      const error = await array(patch("'<f4'", type));
      expect(error.code, type).toBe('format.unsupported');
    }
  });

  it('are told when they are no matrix of a recording', async () => {
    for (const shape of ['()', '(2,3,5)', '(0,9)']) {
      expect((await array(patch('(3, 250)', shape))).code, shape).toBe('format.inconsistent');
    }
    expect((await array(patch('(3, 250)', '(3, x)'))).code).toBe('format.header');
    expect((await array(patch("'shape'", "'shap'"))).code).toBe('format.header');
    expect((await array(patch('(3, 250)', '(25, 30)'))).code).toBe('limit.exceeded');
  });

  it('are told when the version is unknown', async () => {
    const error = await array((bytes) => {
      const copy = bytes.slice();
      copy[6] = 9;
      return copy;
    });
    expect(error.code).toBe('format.unsupported');
  });

  it('say how to give a sampling rate, and refuse a bad sidecar', async () => {
    const files = goldenFiles('npy-f4');
    files.set('ecg.json', bytesOf('{"unit": "mV"}'));
    expect((await caught(readEcgFiles(files))).hint).toContain('--sampling-rate');
    files.set('ecg.json', bytesOf('{"samplingRateHz": "fast"}'));
    const error = await caught(readEcgFiles(files));
    expect(error.code).toBe('format.header');
    expect(error.message).toContain('samplingRateHz');
    files.set('ecg.json', bytesOf('not json'));
    expect((await caught(readEcgFiles(files))).code).toBe('format.header');
    files.set('ecg.json', bytesOf('{"samplingRateHz": 500, "leads": ["I"]}'));
    expect((await caught(readEcgFiles(files))).message).toContain('3 leads, but 1 lead names');
  });
});
