import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExamples, scoreExamples } from '../../src/server/label-examples.js';
import { memoryArchive, textVector } from '../zeroshot/support.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-examples-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function table(text: string): string {
  const path = join(folder, 'examples.csv');
  writeFileSync(path, text);
  return path;
}

describe('a table of examples', () => {
  it('has a record and a label; blank labels are left out', async () => {
    const path = table('Record,other,LABEL,patient_id\na,x,1,p1\nb,x,0.0,\nc,x,,p2\nd,x,true,p3\n');
    expect(await readExamples(path, 'mine')).toEqual([
      { record: 'a', positive: true, patientId: 'p1' },
      { record: 'b', positive: false },
      { record: 'd', positive: true, patientId: 'p3' },
    ]);
  });

  it('may name its column as the label, which goes before one named label', async () => {
    const path = table('ecgId,label,mine\na,0,1\n');
    expect(await readExamples(path, 'mine')).toEqual([{ record: 'a', positive: true }]);
  });

  it.each([
    ['', /no column record/],
    ['record,x\na,1\n', /no column label or mine; it has record, x/],
    ['path,label\na,1\n', /no column record/],
    ['record,label\na,1\nb,maybe\n', /row 3: the label is 'maybe'/],
  ])('of %j is refused', async (text, message) => {
    await expect(readExamples(table(text), 'mine')).rejects.toMatchObject({
      code: 'label.examples',
      message: expect.stringMatching(message),
    });
  });

  it('that is not there is missing', async () => {
    await expect(readExamples(join(folder, 'none.csv'), 'mine')).rejects.toMatchObject({
      code: 'file.missing',
    });
  });
});

describe('the scores of examples', () => {
  const ecg = (ecgId: string, patientId?: string) => ({
    ecgId,
    rows: [textVector(ecgId)],
    ...(patientId && { patientId }),
  });
  const archive = memoryArchive([
    ecg('a/b/one', 'p1'),
    ecg('a/c/one'),
    ecg('a/c/two'),
    { ecgId: 'bare', rows: [] },
  ]);
  const score = (records: [string, boolean][]) =>
    scoreExamples(
      archive,
      records.map(([record, positive]) => ({ record, positive, patientId: 'table' })),
      textVector('a/c/two'),
    );

  it('are found by id, by path, or by the end of one path; the archive knows the patient best', () => {
    const { examples, failed } = score([
      ['a/b/one', true],
      ['c/one.hea', false],
      ['two', true],
    ]);
    expect(failed).toEqual([]);
    expect(examples.map(({ positive, group }) => [positive, group])).toEqual([
      [true, 'p1'],
      [false, 'table'],
      [true, 'table'],
    ]);
    expect(examples[2]!.score).toBeCloseTo(1, 6);
  });

  it('are missing where a name fits none, or several, or has no vectors', () => {
    const { failed } = score([
      ['one', true],
      ['three', true],
      ['bare', false],
    ]);
    expect(failed.map(({ path, code }) => [path, code])).toEqual([
      ['one', 'ecg.missing'],
      ['three', 'ecg.missing'],
      ['bare', 'query.level'],
    ]);
  });

  it('count a recording once, and refuse one that is said to be both', () => {
    expect(
      score([
        ['two', true],
        ['a/c/two', true],
      ]).examples,
    ).toHaveLength(1);
    expect(() =>
      score([
        ['two', true],
        ['a/c/two', false],
      ]),
    ).toThrow(/0 and 1/);
  });
});
