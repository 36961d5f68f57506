/**
 * ONNX Runtime behind one small function set: the only file that imports it.
 *
 * One session a file and process (the promise is kept, a failed load is forgotten). Inputs are checked
 * here, before the native call, because a wrong shape there is a message nobody can read.
 */
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { PqrError } from '../ecg/errors.js';

export interface FloatTensor {
  readonly type: 'float32';
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface IntegerTensor {
  readonly type: 'int64';
  readonly shape: readonly number[];
  readonly values: BigInt64Array;
}

export type InputTensor = FloatTensor | IntegerTensor;

export interface ModelSession {
  readonly path: string;
  /** Runs the graph; the result holds the outputs asked for, float32. @throws `model.input` */
  run(
    inputs: Record<string, InputTensor>,
    outputs: readonly string[],
  ): Promise<Record<string, FloatTensor>>;
  release(): Promise<void>;
}

const sessions = new Map<string, Promise<ModelSession>>();

/** Opens (or returns the open) session of an ONNX file; `threadCount` defaults to the machine's. */
export function openSession(
  path: string,
  threadCount = availableParallelism(),
): Promise<ModelSession> {
  const known = sessions.get(path);
  if (known) return known;
  const opening = createSession(path, threadCount);
  sessions.set(path, opening);
  opening.catch(() => sessions.delete(path));
  return opening;
}

async function createSession(path: string, threadCount: number): Promise<ModelSession> {
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threadCount,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return {
    path,
    run: (inputs, outputs) => runSession(session, path, { inputs, outputs }),
    release: async () => {
      sessions.delete(path);
      await session.release();
    },
  };
}

async function runSession(
  session: ort.InferenceSession,
  path: string,
  call: { inputs: Record<string, InputTensor>; outputs: readonly string[] },
): Promise<Record<string, FloatTensor>> {
  checkInputs(session, path, call.inputs);
  const feeds = Object.fromEntries(
    Object.entries(call.inputs).map(([name, { type, values, shape }]) => [
      name,
      new ort.Tensor(type, values as never, shape),
    ]),
  );
  const results = await session.run(feeds, [...call.outputs]);
  return Object.fromEntries(
    call.outputs.map((name) => [name, toFloatTensor(results[name], `${path}: ${name}`)]),
  );
}

function checkInputs(
  session: ort.InferenceSession,
  path: string,
  inputs: Record<string, InputTensor>,
): void {
  const missing = session.inputNames.find((name) => !(name in inputs));
  if (missing !== undefined)
    throw new PqrError('model.input', `${path}: input ${missing} is not given.`);
  for (const [name, { shape, values }] of Object.entries(inputs)) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (count === values.length && count > 0) continue;
    throw new PqrError(
      'model.input',
      `${path}: input ${name} has ${values.length} values for the shape [${shape.join(', ')}].`,
    );
  }
}

function toFloatTensor(tensor: ort.Tensor | undefined, where: string): FloatTensor {
  if (tensor?.type !== 'float32') {
    throw new PqrError(
      'model.input',
      `${where}: float32 was expected, got ${tensor?.type ?? 'no such output'}.`,
    );
  }
  return { type: 'float32', shape: tensor.dims, values: tensor.data as Float32Array };
}
