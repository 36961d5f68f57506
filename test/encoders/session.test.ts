/** Several users of one model in a process: sessions are shared, and freed with the last user. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openEcgEncoder } from '../../src/encoders/ecg-encoder.js';
import { readModelFolder } from '../../src/encoders/model-folder.js';
import { openTextEncoder } from '../../src/encoders/text-encoder.js';
import { readEcg } from '../../src/formats/read.js';

const root = join(import.meta.dirname, '../..');
const model = await readModelFolder(join(root, 'models/pqr-small'));
const record = await readEcg(join(root, 'sample/records/00008_hr.hea'));

it('an encoder goes on while another one of the same model is closed', async () => {
  const [one, other] = await Promise.all([openEcgEncoder(model), openEcgEncoder(model)]);
  const [before] = await other.embed([record]);
  await one.close();
  await one.close(); // a second time frees nobody else's session
  const [after] = await other.embed([record]);
  expect(after!.levels[0]!.vectors).toEqual(before!.levels[0]!.vectors);
  await other.close();
});

it('a model can be opened while the last user of it closes, and again afterwards', async () => {
  for (let round = 0; round < 2; round += 1) {
    const [encoder, text] = await Promise.all([openEcgEncoder(model), openTextEncoder(model)]);
    const closing = Promise.all([encoder.close(), text.close()]);
    const next = await openTextEncoder(model);
    await closing;
    expect(await next.encode([`round ${round}`])).toHaveLength(next.dim);
    await next.close();
  }
});

it('a file that is no model is refused, and does not disturb the others', async () => {
  const { manifest } = model;
  const broken = {
    ...model,
    manifest: { ...manifest, ecg: { ...manifest.ecg, file: 'manifest.json' } },
  };
  const text = await openTextEncoder(model);
  await expect(openEcgEncoder(broken)).rejects.toMatchObject({ code: 'model.manifest' });
  expect(await text.encode(['paced rhythm'])).toHaveLength(text.dim);
  await text.close();
});
