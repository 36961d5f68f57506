/**
 * ONNX Runtime behind one small function set: a session is a file that graphs are run from, wherever the
 * thread is that holds it (runtime.ts). Inputs are checked here, before they reach native code, because a
 * wrong shape there is a message nobody can read.
 */
import { assert, PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { EcgGraph } from './level-vectors.js';
import type { EcgEmbedding } from './ports.js';
import { type Call, Runtime } from './runtime.js';
import type { WorkerAnswer } from './session-worker.js';
import type { FloatTensor, InputTensor } from './tensor.js';

/**
 * An open ONNX file. Where the thread breaks off, its waiting calls throw `model.crashed` (retryable) and the
 * next call opens the file again in a new thread.
 */
export interface ModelSession {
  readonly path: string;
  /** Runs the graph; the result holds the outputs asked for, float32. @throws `model.input`, `model.crashed` */
  run(
    inputs: Record<string, InputTensor>,
    outputs: readonly string[],
  ): Promise<Record<string, FloatTensor>>;
  /**
   * Prepares recordings as the manifest says and runs the ECG graph on them.
   * @throws `signal.unusable`, `model.input`, `model.crashed`
   */
  embed(graph: EcgGraph, records: readonly EcgRecord[]): Promise<EcgEmbedding[]>;
  release(): Promise<void>;
}

/**
 * Opens (or shares the open) session of an ONNX file; whoever opened it releases it, and the last one frees
 * it. A failed load is forgotten, so it can be tried again.
 * @throws `model.manifest` where the runtime cannot read the file; `model.crashed`
 */
export async function openSession(path: string): Promise<ModelSession> {
  const session = new RuntimeSession(path);
  await session.attach();
  return session;
}

/** A runtime in which the file is open, or being opened. */
interface Attachment {
  readonly runtime: Runtime;
  readonly opening: Promise<readonly string[]>;
}

class RuntimeSession implements ModelSession {
  readonly path: string;
  private attachment: Attachment | undefined;
  private released = false;

  constructor(path: string) {
    this.path = path;
  }

  /** The runtime to ask, and the names of the graph's inputs; a new one where the last has broken off. */
  async attach(): Promise<{ runtime: Runtime; inputNames: readonly string[] }> {
    assert(!this.released, 'a session is used until it is released');
    if (this.attachment === undefined || this.attachment.runtime.hasEnded) {
      const runtime = Runtime.current();
      this.attachment = { runtime, opening: runtime.open(this.path) };
    }
    const attachment = this.attachment;
    try {
      return { runtime: attachment.runtime, inputNames: await attachment.opening };
    } catch (error) {
      if (this.attachment === attachment) this.attachment = undefined;
      throw error;
    }
  }

  async run(inputs: Record<string, InputTensor>, outputs: readonly string[]) {
    const { runtime, inputNames } = await this.attach();
    checkInputs(this.path, inputNames, inputs);
    return (
      (await this.ask(runtime, { kind: 'run', path: this.path, inputs, outputs })).outputs ?? {}
    );
  }

  async embed(graph: EcgGraph, records: readonly EcgRecord[]) {
    const { runtime } = await this.attach();
    const answer = await this.ask(runtime, { kind: 'embed', path: this.path, graph, records });
    return answer.embeddings ?? [];
  }

  private ask(runtime: Runtime, call: Call): Promise<Extract<WorkerAnswer, { ok: true }>> {
    return runtime.call(call, 'model.input');
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    const { runtime, opening } = this.attachment ?? {};
    const isOpen = await opening?.then(
      () => true,
      () => false, // nothing was opened
    );
    if (isOpen) await runtime?.release(this.path);
  }
}

function checkInputs(
  path: string,
  inputNames: readonly string[],
  inputs: Record<string, InputTensor>,
): void {
  const missing = inputNames.find((name) => !(name in inputs));
  if (missing !== undefined) {
    throw new PqrError('model.input', `${path}: input ${missing} is not given.`);
  }
  for (const [name, { shape, values }] of Object.entries(inputs)) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (count === values.length && count > 0) continue;
    throw new PqrError(
      'model.input',
      `${path}: input ${name} has ${values.length} values for the shape [${shape.join(', ')}].`,
    );
  }
}
