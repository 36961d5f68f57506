import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/run-command.js';
import { TINY_MODEL } from '../support/tiny-app.js';

const records = join(import.meta.dirname, '../../sample/records');
const names = readdirSync(records)
  .filter((name) => name.endsWith('.hea'))
  .map((name) => name.slice(0, -'.hea'.length))
  .slice(0, 24);
let folder: string;
let labels: string;

/** Labels that alternate, so that both classes are there; what they say is not true. */
function table(rows: readonly string[], columns = 'AFIB,SR'): string {
  const lines = rows.map(
    (name, row) => `${name},${row},${row >> 1},${row % 10},${row % 2},${row % 3 === 0 ? 1 : 0}`,
  );
  return [`record,ecg_id,patient_id,strat_fold,${columns}`, ...lines, ''].join('\n');
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-eval-'));
  labels = write('labels.csv', table(names));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function evaluate(args: readonly string[], model = TINY_MODEL) {
  return runCommand(['eval', 'zeroshot', '--records', records, '--model', model, ...args], {
    cwd: folder,
  });
}

describe('pqrsearch eval zeroshot', () => {
  it('prints the figures of each label and their mean as JSON, the same every time', async () => {
    const args = ['--labels', labels, '--prompts', 'name', '--json'];
    const [first, second] = [await evaluate(args), await evaluate(args)];
    expect(first.code).toBe(0);
    expect(second.out).toBe(first.out);
    const result = JSON.parse(first.out);
    expect(result).toMatchObject({
      n: 24,
      model: 'pqr-tiny',
      prompts: 'name',
      patients: 12,
      bootstrap: { seed: 20240, replicates: 1000 },
      optimistic: ['f1', 'accuracy'],
      trained: { count: 0, records: [] },
      failed: [],
    });
    expect(Object.keys(result.labels)).toEqual(['AFIB', 'SR']);
    for (const figures of [...Object.values(result.labels), result.macro] as Record<
      string,
      number
    >[]) {
      for (const name of ['auroc', 'averagePrecision', 'f1', 'accuracy']) {
        expect(figures[name]).toBeGreaterThanOrEqual(0);
        expect(figures[name]).toBeLessThanOrEqual(1);
      }
      const [low, high] = figures['aurocCi'] as unknown as [number, number];
      expect(low).toBeLessThanOrEqual(figures['auroc']!);
      expect(high).toBeGreaterThanOrEqual(figures['auroc']!);
    }
    expect(result.labels.AFIB.positives).toBe(12);
    expect(result.macro.auroc).toBeCloseTo(
      (result.labels.AFIB.auroc + result.labels.SR.auroc) / 2,
      12,
    );
  });

  it('prints a table that says what is optimistic, and compares prompts on the same vectors', async () => {
    const file = write('mine.json', '{"AFIB": "atrial fibrillation", "SR": ["sinus rhythm"]}');
    const { out, code } = await evaluate(['--labels', labels, '--compare', `name,${file}`]);
    expect(code).toBe(0);
    expect(out).toContain('24 recordings of 12 patients');
    expect(out).toContain('optimistic: the threshold is the best one on these very recordings');
    expect(out).toContain('seed 20240');
    expect(out).toMatch(
      /name minus mine\.json: macro AUROC \+0\.000 \(\+0\.000 to \+0\.000, equal\)/,
    );
  });

  it('keeps the rows of --where and names a label of one class', async () => {
    const { out, code } = await evaluate(['--labels', labels, '--where', 'strat_fold=2', '--json']);
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ n: 3, where: 'strat_fold=2', singleClass: ['AFIB'] });
    expect(result.labels.AFIB).toMatchObject({ auroc: null, f1: null, positives: 0 });
    expect(result.macro.labelCount).toBe(1);
  });

  it('evaluates what is there, names what is not, and ends with 1', async () => {
    const path = write('some.csv', table([...names.slice(0, 4), 'gone', '../sample']));
    const { out, error, code } = await evaluate(['--labels', path, '--json']);
    expect(code).toBe(1);
    const result = JSON.parse(out);
    expect(result.n).toBe(4);
    expect(result.failed).toEqual([
      expect.objectContaining({ path: 'gone', code: 'file.missing' }),
      expect.objectContaining({ path: '../sample', code: 'file.missing' }),
    ]);
    expect(error).toContain('failed: gone: There is no recording gone');
  });

  it('leaves out what the model was trained on, names it, and keeps it where asked', async () => {
    const model = join(folder, 'trained');
    cpSync(TINY_MODEL, model, { recursive: true });
    writeFileSync(join(model, 'training-ptbxl-ids.txt'), '8\n10\n');
    const left = await evaluate(['--labels', labels, '--json'], model);
    expect(JSON.parse(left.out)).toMatchObject({
      n: 22,
      trained: { count: 2, records: ['00008_hr', '00010_hr'], included: false },
    });
    expect(left.error).toContain('trained on 2 of the recordings, left out');
    const kept = await evaluate(['--labels', labels, '--json', '--include-trained'], model);
    expect(JSON.parse(kept.out)).toMatchObject({ n: 24, trained: { count: 2, included: true } });
    expect(kept.error).toContain('00008_hr');
  });

  it('reads a described data set by its own names', async () => {
    const header =
      'ecg_id,patient_id,strat_fold,filename_lr,filename_hr,super_class,HYP,NORM,MI,CD,STTC';
    const rows = names.map(
      (name, row) => `${row},${row},10,x,${name},"['NORM']",0,${row % 2},0,1,0`,
    );
    write('ptbxl_super_class_test.csv', [header, ...rows].join('\n'));
    const { out, code } = await evaluate([
      '--dataset',
      'ptbxl-super',
      '--labels',
      'ptbxl_super_class_test.csv',
      '--json',
    ]);
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ n: 24, dataset: 'ptbxl-super', where: 'strat_fold=10' });
    expect(result.singleClass).toEqual(['HYP', 'MI', 'CD', 'STTC']);
    expect(result.definitions.CD.name).toBe('conduction disturbance');
  });

  it.each([
    [[], 2, 'Neither --labels nor --dataset'],
    [['--labels', 'nowhere.csv'], 4, 'nowhere.csv'],
    [['--dataset', 'ptbxl'], 2, 'allowed are chapman-ningbo'],
    [['--dataset', 'csn'], 4, 'chapman_test.csv'],
    [['--labels', 'labels.csv', '--prompts', 'merl'], 2, 'CKEPE_prompt.json'],
    [['--labels', 'labels.csv', '--prompts', 'nowhere.json'], 4, 'file.missing'],
    [['--labels', 'labels.csv', '--compare', 'name'], 2, 'two choices'],
    [['--labels', 'labels.csv', '--where', 'fold=1'], 2, 'query.where'],
    [['--labels', 'labels.csv', '--where', 'strat_fold=77'], 3, 'none of which fits'],
    [['--labels', 'odd.csv'], 2, 'label.unknown'],
    [['--labels', 'bare.csv'], 3, 'has no column record'],
    [['--labels', 'empty.csv'], 3, 'is empty'],
    [['--labels', 'gone.csv'], 4, 'None of 2 recordings'],
  ])('refuses %j with exit %i', async (args, exit, told) => {
    write('odd.csv', table(names, 'AFIB,NO_SUCH_LABEL'));
    write('bare.csv', 'name,AFIB\na,1\n');
    write('empty.csv', '');
    write('gone.csv', table(['gone', 'away']));
    const { code, out, error } = await evaluate(args);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(error).toContain(told);
  });

  it.each(['nowhere', 'nowhere/'])('says of %s that there is no such folder', async (folder) => {
    const args = ['eval', 'quality', '--records', folder];
    const { code, error } = await runCommand(args, { cwd: import.meta.dirname });
    expect({ code, error }).toEqual({ code: 4, error: expect.stringContaining('file.missing') });
  });
});
