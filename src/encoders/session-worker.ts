/**
 * Worker thread: holds every ONNX Runtime session of the process and turns recordings into vectors. The
 * native `run` blocks the thread it is called on, so it has one of its own; the only file that imports
 * the runtime.
 */
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import { embedRecords } from './ecg-embed.js';
import type { EcgGraph } from './level-vectors.js';
import type { EcgEmbedding } from './ports.js';
import type { FloatTensor, InputTensor } from './tensor.js';

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
  | {
      readonly kind: 'embed';
      readonly call: number;
      readonly path: string;
      readonly graph: EcgGraph;
      readonly records: readonly EcgRecord[];
    }
  | { readonly kind: 'release'; readonly call: number; readonly path: string };

export type WorkerAnswer =
  | {
      readonly call: number;
      readonly ok: true;
      readonly inputNames?: readonly string[];
      readonly outputs?: Record<string, FloatTensor>;
      readonly embeddings?: EcgEmbedding[];
    }
  | {
      readonly call: number;
      readonly ok: false;
      readonly message: string;
      /** Of an error of ours; absent where the runtime threw. */
      readonly code?: string;
      readonly hint?: string;
    };

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
  return { call, ok: true, outputs: await runGraph(path, inputs, outputs) };
}

async function embed({
  call,
  path,
  graph,
  records,
}: WorkerRequest & { kind: 'embed' }): Promise<WorkerAnswer> {
  const embeddings = await embedRecords(records, graph, (inputs, outputs) =>
    runGraph(path, inputs, outputs),
  );
  return { call, ok: true, embeddings };
}

async function runGraph(
  path: string,
  inputs: Readonly<Record<string, InputTensor>>,
  outputs: readonly string[],
): Promise<Record<string, FloatTensor>> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, values, shape }]) => [
      name,
      new ort.Tensor(type, values as never, shape),
    ]),
  );
  const results = await sessions.get(path)!.run(feeds, [...outputs]);
  return Object.fromEntries(outputs.map((name) => [name, toFloatTensor(name, results[name])]));
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
  if (request.kind === 'run') return run(request);
  return request.kind === 'embed' ? embed(request) : release(request);
}

parentPort!.on('message', async (request: WorkerRequest) => {
  try {
    parentPort!.postMessage(await answer(request));
  } catch (error) {
    parentPort!.postMessage(refusal(request.call, error));
  }
});

function refusal(call: number, error: unknown): WorkerAnswer {
  const message = error instanceof Error ? error.message : String(error);
  if (!PqrError.isInstance(error)) return { call, ok: false, message };
  const { code, hint } = error;
  return { call, ok: false, message, code, ...(hint !== undefined && { hint }) };
}
