/**
 * Worker thread: holds every ONNX Runtime session of the process. The native `run` blocks the thread it is
 * called on, so it has one of its own; the only file that imports the runtime.
 */
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import type { FloatTensor, InputTensor } from './session.js';

export type WorkerRequest =
  | {
      readonly kind: 'open';
      readonly call: number;
      readonly path: string;
      readonly threadCount: number;
    }
  | {
      readonly kind: 'run';
      readonly call: number;
      readonly path: string;
      readonly inputs: Readonly<Record<string, InputTensor>>;
      readonly outputs: readonly string[];
    }
  | { readonly kind: 'release'; readonly call: number; readonly path: string };

export type WorkerAnswer =
  | {
      readonly call: number;
      readonly ok: true;
      readonly inputNames?: readonly string[];
      readonly outputs?: Record<string, FloatTensor>;
    }
  | { readonly call: number; readonly ok: false; readonly message: string };

const sessions = new Map<string, ort.InferenceSession>();

async function open({
  call,
  path,
  threadCount,
}: WorkerRequest & { kind: 'open' }): Promise<WorkerAnswer> {
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threadCount,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  sessions.set(path, session);
  return { call, ok: true, inputNames: session.inputNames };
}

async function run({
  call,
  path,
  inputs,
  outputs,
}: WorkerRequest & { kind: 'run' }): Promise<WorkerAnswer> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, values, shape }]) => [
      name,
      new ort.Tensor(type, values as never, shape),
    ]),
  );
  const results = await sessions.get(path)!.run(feeds, [...outputs]);
  const tensors = outputs.map((name) => [name, toFloatTensor(name, results[name])] as const);
  return { call, ok: true, outputs: Object.fromEntries(tensors) };
}

function toFloatTensor(name: string, tensor: ort.Tensor | undefined): FloatTensor {
  if (tensor?.type !== 'float32') {
    throw new Error(`output ${name} is ${tensor?.type ?? 'not there'}, float32 was expected`);
  }
  return { type: 'float32', shape: tensor.dims, values: tensor.data as Float32Array };
}

async function release({ call, path }: WorkerRequest & { kind: 'release' }): Promise<WorkerAnswer> {
  const session = sessions.get(path);
  sessions.delete(path); // before waiting: the same file may be opened again meanwhile
  await session?.release();
  return { call, ok: true };
}

function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  if (request.kind === 'open') return open(request);
  return request.kind === 'run' ? run(request) : release(request);
}

parentPort!.on('message', async (request: WorkerRequest) => {
  try {
    parentPort!.postMessage(await answer(request));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ call: request.call, ok: false, message } satisfies WorkerAnswer);
  }
});
