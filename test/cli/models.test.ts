import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/run-command.js';

const FIXTURES = new URL('../fixtures/models/', import.meta.url).pathname;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-models-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function verify(models: string, args: readonly string[] = []) {
  const environment = { PQRSEARCH_MODELS: models };
  const { code, out } = await runCommand(['models', 'verify', ...args, '--json'], {
    cwd: folder,
    environment,
  });
  return { code, result: out === '' ? undefined : JSON.parse(out) };
}

/** A folder of models, none of them the one that is taken without a name. */
function modelsFolder(name: string, models: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const model of models) cpSync(join(FIXTURES, model), join(path, model), { recursive: true });
  return path;
}

describe('models verify without a name', () => {
  it('checks the model of this installation', async () => {
    const { code, out } = await runCommand(['models', 'verify', '--json'], { cwd: folder });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, model: 'pqr-small' });
  });

  it('checks every model of a folder that has no such model, and says so', async () => {
    const models = modelsFolder('others', ['merl-tiny', 'pqr-tiny']);
    const { code, result } = await verify(models);
    expect(code).toBe(0);
    expect(result).toMatchObject({
      ok: true,
      absent: 'pqr-small',
      models: [
        { ok: true, model: 'merl-tiny' },
        { ok: true, model: 'pqr-tiny' },
      ],
    });
    expect(result.message).toContain('no model pqr-small');
  });

  it('lists a damaged one beside the others, with exit code 1', async () => {
    const models = modelsFolder('damaged', ['merl-tiny', 'pqr-tiny']);
    appendFileSync(join(models, 'merl-tiny', 'ecg.onnx'), 'x');
    const { code, result } = await verify(models);
    expect(code).toBe(1);
    expect(result.models).toMatchObject([
      { ok: false, model: 'merl-tiny', code: 'model.hash' },
      { ok: true, model: 'pqr-tiny' },
    ]);
  });

  it('says that an empty folder has none, with exit code 1', async () => {
    const { code, result } = await verify(modelsFolder('empty', []));
    expect({ code, result }).toMatchObject({ code: 1, result: { ok: false, models: [] } });
  });

  it('still does not find a model that is named', async () => {
    expect(await verify(modelsFolder('named', []), ['pqr-tiny'])).toMatchObject({ code: 4 });
  });
});
