/** The thread of ONNX Runtime really broken off: what waits is told, what comes after runs in a new one. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { openEcgEncoder } from '../../src/encoders/ecg-encoder.js';
import { type ModelFolder, readModelFolder } from '../../src/encoders/model-folder.js';
import type { EcgEncoder, TextEncoder } from '../../src/encoders/ports.js';
import { openTextEncoder } from '../../src/encoders/text-encoder.js';
import { readEcg } from '../../src/formats/read.js';

const root = join(import.meta.dirname, '../..');

/** Every thread that this process has started, oldest first. */
const threads: Worker[] = [];
process.on('worker', (thread) => threads.push(thread));

let model: ModelFolder;
let record: EcgRecord;
let ecg: EcgEncoder;
let text: TextEncoder;

beforeAll(async () => {
  model = await readModelFolder(join(root, 'test/fixtures/models/merl-tiny'));
  record = await readEcg(join(root, 'sample/records/00008_hr.hea'));
  [ecg, text] = await Promise.all([openEcgEncoder(model), openTextEncoder(model)]);
});
afterAll(() => Promise.all([ecg.close(), text.close()]));

/** Ends the newest thread from outside, as the system does where memory runs out. */
async function stopThread(): Promise<void> {
  await threads.at(-1)!.terminate();
}

/** A message that the thread cannot answer: it ends with an error of its own. */
function crashThread(): Promise<void> {
  const thread = threads.at(-1)!;
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  thread.postMessage(null);
  return ended;
}

describe.each([
  ['is ended from outside', stopThread],
  ['throws', crashThread],
])('a thread that %s', (_how, breakThread) => {
  it('fails the calls that wait with an error that can be tried again', async () => {
    const before = (await ecg.embed([record]))[0]!;
    const waiting = Promise.allSettled([ecg.embed([record, record]), text.encode([`x ${_how}`])]);
    await new Promise((resolve) => setImmediate(resolve)); // the calls are under way
    await breakThread();
    const settled = await waiting;
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(PqrError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ code: 'model.crashed', retryable: true, httpStatus: 503 });
      expect(error.message).not.toContain(root);
    }
    const after = (await ecg.embed([record]))[0]!;
    expect(after.levels).toEqual(before.levels);
  });

  it('is replaced once, for all sessions, however many ask at the same time', async () => {
    await breakThread();
    const count = threads.length;
    const [embeddings, vectors] = await Promise.all([
      ecg.embed([record]),
      text.encode(['sinus rhythm', 'y']),
      ecg.embed([record]),
    ]);
    expect(embeddings[0]!.levels[0]!.count).toBe(1);
    expect(vectors).toHaveLength(2 * text.dim);
    expect(threads.length).toBe(count + 1);
  });

  it('leaves nothing to release: closing works, and a new model opens', async () => {
    const other = await openEcgEncoder(model);
    await breakThread();
    await other.close();
    const again = await openEcgEncoder(model);
    expect((await again.embed([record]))[0]!.levels[0]!.count).toBe(1);
    await again.close();
    expect((await ecg.embed([record]))[0]!.levels[0]!.count).toBe(1);
  });
});
