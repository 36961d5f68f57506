import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord } from '../../src/ecg/record.js';
import { prepareEcg } from '../../src/encoders/ecg-input.js';
import { parseManifest } from '../../src/encoders/manifest.js';
import { type Dataset, datasetNames, loadDataset } from '../../src/evaluate/dataset.js';
import { RecordFinder } from '../../src/evaluate/find-record.js';
import { headerTruth } from '../../src/evaluate/header-labels.js';
import { findTable } from '../../src/evaluate/inputs.js';
import { readLabelTable } from '../../src/evaluate/label-table.js';
import { cutTo, firstSecondsOf } from '../../src/evaluate/protocol.js';
import { rowFilter } from '../../src/evaluate/row-filter.js';
import { TrainedRecords } from '../../src/evaluate/trained-records.js';
import { fixture, ownKnowledge, repository } from '../knowledge/support.js';

const datasets = join(repository, 'eval/datasets');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function table(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const read = (text: string, dataset?: Dataset, where?: string) =>
  readLabelTable({
    path: table('t.csv', text),
    ...(dataset && { dataset }),
    ...(where !== undefined && { where }),
  });

describe('readLabelTable', () => {
  it('never takes ids, folds and what is known of patients for labels', async () => {
    const { labels, rows, ignoredColumns } = await read(
      'record,ecg_id,patient_id,strat_fold,age,sex,device_id,note,AFIB,SR\na/1,7,15709.0,3,56,1,1,x,1,0\na/2,8,15709.0,9,1,0,0,y,0.0,True\n',
    );
    expect(labels).toEqual(['AFIB', 'SR']);
    expect(ignoredColumns).toEqual(['note']);
    expect(rows.map((row) => [...row.truth])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(rows[0]).toMatchObject({ records: ['a/1'], group: '15709.0' });
  });

  it('keeps the rows that --where fits', async () => {
    const text = 'record,strat_fold,AFIB\na,9,1\nb,10,0\nc,10,1\n';
    expect((await read(text, undefined, 'strat_fold=10')).rows).toHaveLength(2);
  });

  it.each([
    ['', 'is empty'],
    ['record,AFIB\n', 'no recording to evaluate: 0 rows'],
    ['name,AFIB\na,1\n', 'has no column record'],
    ['record,patient_id\na,1\n', 'no column of labels'],
    ['record,AFIB\na,1\nb,2\n', "row 3: AFIB is '2'"],
    ['record,AFIB\na,1\nb,\n', "row 3: AFIB is ''"],
    ['record,AFIB\n,1\n', 'row 2: record is blank'],
    ['record,AFIB\na,1,0\n', 'has 3 cells, the header has 2'],
    ['record,AFIB,AFIB\na,1,0\n', 'two columns AFIB'],
  ])('refuses %j', async (text, told) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'metadata.invalid',
      message: expect.stringContaining(told),
    });
  });

  it('says which rows were left when none fits', async () => {
    await expect(
      read('record,strat_fold,AFIB\na,9,1\n', undefined, 'strat_fold=10'),
    ).rejects.toThrow("1 rows, none of which fits 'strat_fold=10'");
  });
});

describe('the descriptions of data sets', () => {
  it('are all sound, and have the label columns that MERL and the Challenge have', async () => {
    const columns = fixture<Record<string, string[]>>('label-columns.json');
    const knowledge = await ownKnowledge();
    const names = await datasetNames(datasets);
    expect(names).toContain('ptbxl-super');
    for (const name of names) {
      const dataset = await loadDataset(datasets, name);
      expect(dataset.name).toBe(name);
      expect(dataset.labelColumns).toEqual(columns[dataset.labelSet]);
      for (const column of dataset.labelColumns)
        expect(knowledge.labels[dataset.labelSet].has(column)).toBe(true);
      expect(dataset.labels === 'header-codes' || dataset.labelFiles!.length > 0).toBe(true);
    }
  });

  it('that do not exist are refused with those that do', async () => {
    await expect(loadDataset(datasets, 'ptbxl')).rejects.toMatchObject({
      code: 'usage.invalid',
      message: expect.stringContaining('cpsc2018, csn'),
    });
  });

  it("read MERL's split files as they are", async () => {
    const header = (set: string, before: string) =>
      `${before},${fixture<Record<string, string[]>>('label-columns.json')[set]!.join(',')}\n`;
    const zeros = (count: number) => Array.from({ length: count }, () => 0).join(',');
    const superText = `${header('ptbxl-super', 'ecg_id,patient_id,strat_fold,filename_lr,filename_hr,super_class')}9,18792.0,10,records100/00000/00009_lr,records500/00000/00009_hr,['NORM'],0,1,0,0,0\n`;
    const ptbxl = await read(superText, await loadDataset(datasets, 'ptbxl-super'));
    expect(ptbxl.rows[0]).toMatchObject({ records: ['records500/00000/00009_hr'] });
    expect([...ptbxl.rows[0]!.truth]).toEqual([0, 1, 0, 0, 0]);
    const icbeb = await read(
      `${header('cpsc2018', 'patient_id,ecg_id,filename,validation,age,sex,scp_codes')}677,677,A6729,False,61.0,0,{},0,0,0,0,0,0,0,0,1\n`,
      await loadDataset(datasets, 'cpsc2018'),
    );
    expect(icbeb.rows[0]).toMatchObject({ records: ['A6729', '677'], group: '677' });
    expect(icbeb.labels.at(-1)).toBe('STD');
    const csn = await read(
      `${header('csn', 'ecg_path,age,diagnose')}/chapman/WFDBRecords/18/186/JS18048.mat,12,"SB,STE",${zeros(38)}\n`,
      await loadDataset(datasets, 'csn'),
    );
    expect(csn.rows[0]!.records).toEqual(['WFDBRecords/18/186/JS18048']);
  });

  it('name the labels that a table lacks', async () => {
    const dataset = await loadDataset(datasets, 'ptbxl-super');
    await expect(read('record,HYP,NORM\na,0,1\n', dataset)).rejects.toThrow(
      'has no column MI, CD, STTC',
    );
  });

  it('find the one table below the records, or say where it comes from', async () => {
    const dataset = await loadDataset(datasets, 'ptbxl-form');
    const deep = join(folder, 'splits', 'form');
    await expect(findTable(folder, dataset)).rejects.toMatchObject({
      code: 'file.missing',
      hint: expect.stringContaining('data_split/ptbxl/form'),
    });
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'ptbxl_form_test.csv'), '');
    expect(await findTable(folder, dataset)).toBe(join(deep, 'ptbxl_form_test.csv'));
  });

  it('take labels from the codes of Challenge headers', async () => {
    const dataset = await loadDataset(datasets, 'georgia');
    const record = makeRecord({
      leads: ['I'],
      samplingRateHz: 500,
      samples: new Float32Array(500),
      format: 'wfdb',
      codes: ['164889003', '427084000', '1'],
    });
    const truth = headerTruth(record, dataset, await ownKnowledge());
    const positive = dataset.labelColumns.filter((_, index) => truth[index] === 1);
    expect(positive).toEqual(['AF', 'STach']);
  });
});

describe('RecordFinder', () => {
  it('finds a record at its path, and anywhere by name where only one has it', async () => {
    for (const path of ['g1/A1.hea', 'g2/A2.hea', 'g1/B.hea', 'g2/B.hea', 'plain.csv']) {
      mkdirSync(join(folder, 'r', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'r', path), 'x');
    }
    const finder = new RecordFinder(join(folder, 'r'));
    expect(await finder.find(['g1/A1'], false)).toBe(join(folder, 'r/g1/A1.hea'));
    expect(await finder.find(['plain'], false)).toBe(join(folder, 'r/plain.csv'));
    expect(await finder.find(['A2'], false)).toBeUndefined();
    expect(await finder.find(['A9', 'A2'], true)).toBe(join(folder, 'r/g2/A2.hea'));
    expect(await finder.find(['B'], true)).toBeUndefined();
  });
});

describe('rowFilter', () => {
  it.each([
    ['strat_fold=10', true],
    ['strat_fold>=9 and 1AVB=0', true],
    ['STRAT_FOLD != 10', false],
    ["site='Clinic A'", true],
    ['site like clin', true],
    ['age>5', false],
    ['age=""', true],
  ])('reads %s', (expression, expected) => {
    const row = { strat_fold: '10.0', '1AVB': '0', site: 'clinic a', age: '' };
    expect(rowFilter(expression, Object.keys(row))(row)).toBe(expected);
  });

  it('names the columns there are', () => {
    expect(() => rowFilter('fold=1', ['a', 'b'])).toThrow("column 'fold'; the table has a, b");
    expect(() => rowFilter('a', ['a', 'b'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Fields: a, b') }),
    );
  });
});

describe("MERL's protocol", () => {
  it('cuts recordings for the published models alone', async () => {
    const cpsc = await loadDataset(datasets, 'cpsc2018');
    expect(firstSecondsOf('merl', undefined)).toBe(10);
    expect(firstSecondsOf('melp', await loadDataset(datasets, 'ptbxl-super'))).toBe(10);
    expect(firstSecondsOf('merl', cpsc)).toBe(5);
    expect(firstSecondsOf('melp', cpsc)).toBe(5);
    expect(firstSecondsOf('pqr', cpsc)).toBeUndefined();
    expect(firstSecondsOf('pqr', undefined)).toBeUndefined();
  });

  it('shows a published model 2500 samples of CPSC2018, then zeros, then one min-max', () => {
    const path = join(repository, 'test/fixtures/models/merl-tiny/manifest.json');
    const { ecg } = parseManifest(JSON.parse(readFileSync(path, 'utf8')), path);
    const leads = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
    const samples = Float32Array.from(
      { length: 12 * 7000 },
      (_, at) => Math.sin(at) - (at % 7000 > 3000 ? 9 : 0),
    );
    const record = makeRecord({ leads, samplingRateHz: 500, samples, format: 'wfdb' });
    const { windows } = prepareEcg(cutTo(record, 5), ecg, undefined);
    expect(windows).toHaveLength(1);
    const [window] = windows;
    const first = Array.from({ length: 12 }, (_, lead) =>
      samples.subarray(lead * 7000, lead * 7000 + 2500),
    );
    const low = Math.min(0, ...first.map((one) => Math.min(...one)));
    const high = Math.max(0, ...first.map((one) => Math.max(...one)));
    const scaled = (value: number) => (value - low) / (high - low + 1e-8);
    expect(ecg.leads[4]).toBe('aVF');
    for (const at of [0, 1, 2499]) {
      expect(window!.samples[at]).toBeCloseTo(scaled(first[0]![at]!), 6);
      expect(window!.samples[4 * 5000 + at]).toBeCloseTo(scaled(first[5]![at]!), 6);
    }
    for (const at of [2500, 4999]) expect(window!.samples[at]).toBeCloseTo(scaled(0), 6);
  });
});

describe('TrainedRecords', () => {
  const trained = new TrainedRecords(new Set(['abc']), new Set([8]));
  const known = { hash: 'x' };

  it('knows a recording by its samples, and one of PTB-XL by its number', () => {
    expect(trained.has({ ...known, hash: 'abc', names: ['a'] })).toBe(true);
    expect(trained.has({ ...known, names: ['records500/00000/00008_hr'] })).toBe(true);
    expect(trained.has({ ...known, names: ['records500/00000/00009_hr'] })).toBe(false);
    expect(trained.has({ ...known, names: ['JS00008'] })).toBe(false);
    expect(new TrainedRecords(new Set(), new Set()).isUnknown).toBe(true);
  });
});
