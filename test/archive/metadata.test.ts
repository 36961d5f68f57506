import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRows, parseCsv } from '../../src/archive/csv.js';
import { readMetadata } from '../../src/archive/metadata.js';
import { DEFAULT_LIMITS } from '../../src/ecg/limits.js';
import { FIXTURE_TABLE, failureOf, temporaryFolder } from './helpers.js';

async function table(text: string | Uint8Array, preset?: string) {
  const path = join(await temporaryFolder(), 'table.csv');
  await writeFile(path, text);
  return readMetadata(path, preset === undefined ? {} : { preset });
}

describe('CSV', () => {
  it('reads quotes, doubled quotes, commas and line breaks in cells, and a BOM', () => {
    expect(parseCsv('\ufeffa,b\r\n"x, ""y""","1\n2"\r\n\r\n,\n"",z')).toEqual([
      ['a', 'b'],
      ['x, "y"', '1\n2'],
      ['', ''],
      ['', 'z'],
    ]);
  });

  it('gives any table of cells back that was quoted by the rules', () => {
    const cells = fc.array(
      fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ä') }), {
        minLength: 2,
        maxLength: 2,
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(cells, fc.constantFrom('\n', '\r\n'), (rows, lineEnd) => {
        const quoted = rows.map((row) =>
          row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(),
        );
        expect(parseCsv(quoted.join(lineEnd))).toEqual(rows);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('names the row where a quote is wrong', async () => {
    for (const [text, what] of [
      ['a,b\n1,"2', 'row 2: a quoted cell does not end'],
      ['a,b\n1,2\nx"y,2', 'row 3: a quote stands inside a cell'],
      ['a,b\n"1"x,2', 'row 2: text follows the closing quote'],
    ] as const) {
      const { code, message } = await failureOf(() => parseCsv(text));
      expect(code).toBe('metadata.invalid');
      expect(message).toContain(what);
    }
  });

  it('keeps the limits of rows and cells', async () => {
    const limits = { ...DEFAULT_LIMITS, metadataRowCount: 2, metadataCellBytes: 10 };
    const read = (text: string) => failureOf(() => [...csvRows(text, 't.csv', limits)]);
    expect((await read('a\n1\n2\n3')).message).toContain('metadataRowCount is 3, at most 2');
    expect((await read('a\nääääää')).message).toContain('metadataCellBytes is 12, at most 10');
  });
});

describe('metadata of the generic columns', () => {
  it('reads every column, any of them absent or blank', async () => {
    const metadata = await table(
      'record,patientId,recordedAt,age,sex,report,reportLanguage,codes,other\n' +
        'a/1,P1,2020-05-31 14:30:00,63.5,F,"Sinus, normal",en,NORM; SR;NORM,x\n' +
        'a/2,,,,,,,,\n',
    );
    expect(metadata.rowCount).toBe(2);
    expect(metadata.lookup('a/1')).toEqual({
      by: 'path',
      rowNumber: 2,
      fields: {
        patientId: 'P1',
        recordedAt: '2020-05-31T14:30:00',
        ageYears: 63.5,
        sex: 'female',
        report: 'Sinus, normal',
        reportLanguage: 'en',
        codes: ['NORM', 'SR'],
      },
    });
    expect(metadata.lookup('a/2')?.fields).toEqual({});
  });

  it('takes codes separated by semicolons, or else by spaces or commas', async () => {
    const metadata = await table(
      'record,codes\n1,"426783006,164889003"\n2,AFIB PVC\n3,two words;x',
    );
    expect(metadata.lookup('1')?.fields.codes).toEqual(['426783006', '164889003']);
    expect(metadata.lookup('2')?.fields.codes).toEqual(['AFIB', 'PVC']);
    expect(metadata.lookup('3')?.fields.codes).toEqual(['two words', 'x']);
  });

  it('matches by path, by the end of either, and by file name, with or without extension', async () => {
    const metadata = await table('record\nx/y/r1.hea\ny/r2\nr3\nz/r4\n');
    const rowOf = (path: string) => metadata.lookup(path)?.rowNumber;
    expect(rowOf('./x/y/r1')).toBe(2);
    expect(rowOf('/data/x/y/r1.dat')).toBe(2);
    expect(rowOf('y/r1')).toBe(2);
    expect(rowOf('data\\y\\r2.csv')).toBe(3);
    expect(metadata.lookup('deep/er/r3')).toMatchObject({ rowNumber: 4, by: 'name' });
    expect(metadata.lookup('other/r4')).toMatchObject({ rowNumber: 5, by: 'name' });
    expect(rowOf('x/y/r9')).toBeUndefined();
    expect(rowOf('xy/r')).toBeUndefined();
  });

  it('gives no row where several fit equally well', async () => {
    const metadata = await table('record,age\na/r1,1\nb/r1,2\n');
    expect(metadata.lookup('c/r1')).toBeUndefined();
    expect(metadata.lookup('r1')).toBeUndefined();
    expect(metadata.lookup('x/b/r1')?.fields.ageYears).toBe(2);
  });

  it.each([
    ['record,age\nr1,old', "table.csv, row 2: age is 'old'; a number is needed"],
    ['record,age\nr1,1\nr2,200', 'row 3: age is 200; 0 to 150 years'],
    ['record,sex\nr1,x', "row 2: sex is 'x'"],
    ['record,recordedAt\nr1,31.5.2020', "row 2: recordedAt is '31.5.2020'"],
    ['record,reportLanguage\nr1,no language', 'row 2: reportLanguage'],
    ['record,age\nr1', 'row 2: it has 1 cells, the header has 2'],
    ['record,age\n,5', 'row 2: record is blank'],
    ['record,age\nr1,5\nr1.hea,6', "row 3: record 'r1' is also in row 2"],
    ['record,age,Age\nr1,5,6', 'row 1: column Age is there twice'],
    ['file,age\nr1,5', 'there is no column record; there are file, age'],
    ['', 'is empty; a header row is needed'],
  ])('refuses %j and says where', async (text, what) => {
    const { code, message } = await failureOf(() => table(text));
    expect(code).toBe('metadata.invalid');
    expect(message).toContain(what);
  });

  it('refuses what is not UTF-8, an unknown preset and a missing file', async () => {
    const latin1 = Buffer.from('record,report\nr1,h\u00f6her', 'latin1');
    expect((await failureOf(() => table(latin1))).message).toContain('not UTF-8');
    expect(await failureOf(() => table('record\n', 'nope'))).toMatchObject({
      code: 'usage.invalid',
      message: "There is no metadata preset 'nope'; there are generic, ptbxl.",
    });
    expect((await failureOf(() => readMetadata('/nowhere/t.csv'))).code).toBe('file.missing');
  });
});

describe('metadata of PTB-XL', () => {
  it("reads the data set's own table", async () => {
    const metadata = await readMetadata(FIXTURE_TABLE, { preset: 'ptbxl' });
    expect(metadata.rowCount).toBe(8);
    expect(metadata.lookup('records500/00000/00282_hr')?.fields).toEqual({
      patientId: '437',
      recordedAt: '1986-09-10T11:31:08',
      ageYears: 91,
      sex: 'male',
      report:
        'premature ventricular contraction(s). atrial fibrillation. left axis deviation. left bundle branch block, this is most commonly due to    ischaemic heart disease.',
      codes: ['ASMI', 'ILBBB', 'LVH', 'ISC_', 'PVC', 'AFIB'],
      codeLikelihoods: { ASMI: 100, ILBBB: 100, LVH: 50, ISC_: 100, PVC: 100, AFIB: 0 },
    });
  });

  it('matches the 100 Hz name too, reads age 300 as 90 and sex 1 as female', async () => {
    const metadata = await readMetadata(FIXTURE_TABLE, { preset: 'ptbxl' });
    expect(metadata.lookup('00932_lr')?.fields).toMatchObject({ patientId: '4887', ageYears: 90 });
    expect(metadata.lookup('00256_hr')?.fields.sex).toBe('female');
    expect(metadata.lookup('00256_hr')?.fields.ageYears).toBeUndefined();
  });

  it('refuses codes that are no dictionary of numbers', async () => {
    const text = `filename_hr,scp_codes\nr1,"{'NORM': 'much'}"\n`;
    expect((await failureOf(() => table(text, 'ptbxl'))).message).toContain('row 2: scp_codes');
  });
});
