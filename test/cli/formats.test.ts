/** `info` and `index` on recordings in every format, by the built command. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/run-command.js';

const SECOND = new URL('../fixtures/formats/second/', import.meta.url).pathname;
const SHARED =
  process.env['PQRSEARCH_SHARED_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname;
/** What the file itself does not say. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  'mat5-compressed': ['--sampling-rate', '500', '--unit', 'mV'],
  'mat5-plain': ['--sampling-rate', '500', '--unit', 'mV'],
  'fhir-ekg': ['--unit', 'uV'],
  'hdf5-matrix': ['--sampling-rate', '500', '--unit', 'uV'],
};
/** 13 samples are no recording to index. */
const TOO_SHORT = 'aecg-minimum';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-formats-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[]) => runCommand(args, { cwd: folder });
const cases = readdirSync(SECOND).filter((name) => !name.endsWith('.md'));
const fileOf = (name: string) =>
  readdirSync(join(SECOND, name)).find((file) => file !== 'expected.json')!;

describe('pqrsearch info', () => {
  it('describes a recording in every format', async () => {
    for (const name of cases) {
      const path = join(SECOND, name, fileOf(name));
      const { out, code, error } = await run(['info', path, ...(FLAGS[name] ?? []), '--json']);
      expect({ name, code, error }).toEqual({ name, code: 0, error: '' });
      const { leads, durationSeconds, amplitudeMillivolts } = JSON.parse(out);
      expect(leads.length, name).toBeGreaterThan(0);
      expect(durationSeconds, name).toBeGreaterThan(0);
      expect(amplitudeMillivolts.max, name).toBeLessThan(10);
    }
  });
});

describe('pqrsearch index', () => {
  it('takes a folder of recordings in all formats', async () => {
    const input = join(folder, 'mixed');
    for (const name of cases) {
      if (name === TOO_SHORT || name in FLAGS) continue;
      mkdirSync(join(input, name), { recursive: true });
      cpSync(join(SECOND, name, fileOf(name)), join(input, name, fileOf(name)));
    }
    const { out, code, error } = await run([
      'index',
      input,
      '--archive',
      'mixed-archive',
      '--json',
    ]);
    const { indexed, updated, unchanged, failed } = JSON.parse(out);
    expect({ code, failed, error: code === 0 ? '' : error }).toEqual({
      code: 0,
      failed: [],
      error: '',
    });
    expect(indexed + updated + unchanged).toBe(readdirSync(input).length);
  });

  it.skipIf(!existsSync(SHARED))('takes real files of every kind, or says why not', async () => {
    const input = join(folder, 'real');
    const files = ['dicom/anonymous_ecg.dcm', 'muse/example1.xml', 'scp/Example.scp'];
    const more = ['aecg/example.xml', 'philips/1_04_3191723.xml', 'edf/test_generator_2.edf'];
    for (const file of [...files, ...more]) {
      cpSync(join(SHARED, 'formats', file), join(input, file), { recursive: true });
    }
    const { out } = await run(['index', input, '--archive', 'real-archive', '--json']);
    const { indexed, failed } = JSON.parse(out);
    expect(indexed).toBe(5);
    // The EDF file calls its only ECG `ECG`, not by a lead.
    expect(failed).toEqual([expect.objectContaining({ code: 'signal.unusable' })]);
  });
});
