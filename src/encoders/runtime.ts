/**
 * The one thread of ONNX Runtime in this process (session-worker.ts), as the other threads see it.
 *
 * It holds one session a file: inference, and the signal processing before it, block neither the service nor
 * the reading of the next recordings. It can break off (a crash of native code, no memory left): calls that
 * wait get an error that says so, and who asks for the runtime afterwards gets a new one.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { type ErrorCode, PqrError } from '../ecg/errors.js';
import { startWorker } from '../ecg/worker-thread.js';
import type { WorkerAnswer, WorkerRequest } from './session-worker.js';

const DEFAULT_STACK_MEGABYTES = 4;
const STACK_BYTES_PER_ARGUMENT_BYTE = 600;

/**
 * ONNX Runtime 1.30 matches the process's command line with a regular expression that recurses once a
 * character, about 250 bytes of stack each: 16 KB of arguments overflowed a worker's 4 MB and ended the
 * process (`index` with 300 files named by the shell). The stack is taken only as far as it is used.
 */
function stackMegabytes(argumentBytes: number): number {
  return (
    DEFAULT_STACK_MEGABYTES + Math.ceil((argumentBytes * STACK_BYTES_PER_ARGUMENT_BYTE) / 2 ** 20)
  );
}

function commandLineBytes(): number {
  const parts = [process.execPath, ...process.execArgv, ...process.argv];
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part) + 1, 0);
}

/** The main thread prepares recordings meanwhile, so it keeps a core. */
const THREAD_COUNT = Math.max(1, availableParallelism() - 1);

type Answer = Extract<WorkerAnswer, { ok: true }>;
type Refusal = Extract<WorkerAnswer, { ok: false }>;
export type Call = WorkerRequest extends infer R
  ? R extends WorkerRequest
    ? Omit<R, 'call'>
    : never
  : never;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: PqrError) => void;
  readonly code: 'model.manifest' | 'model.input' | 'internal';
  readonly path: string;
}

interface Shared {
  readonly inputNames: Promise<readonly string[]>;
  userCount: number;
}

/** An error of ours comes over with its code; anything else is the runtime's. */
function toError({ message, code, hint }: Refusal, waiting: Waiting): PqrError {
  if (code) return new PqrError(code as ErrorCode, message, hint === undefined ? {} : { hint });
  return new PqrError(waiting.code, `${waiting.path}: ONNX Runtime: ${message}`);
}

/**
 * The worker thread, the sessions open in it and the calls that wait for it. It keeps the process alive
 * only while calls wait, and ends with its last session.
 */
export class Runtime {
  private static shared: Runtime | undefined;
  private readonly worker: Worker;
  private readonly sessions = new Map<string, Shared>();
  private readonly waiting = new Map<number, Waiting>();
  private lastCall = 0;
  private ended: PqrError | undefined;

  static current(): Runtime {
    Runtime.shared ??= new Runtime();
    return Runtime.shared;
  }

  private constructor() {
    this.worker = startWorker(import.meta.url, 'session-worker', {
      resourceLimits: { stackSizeMb: stackMegabytes(commandLineBytes()) },
    });
    this.worker.on('message', (answer: WorkerAnswer) => this.settle(answer));
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', (code) => this.end(new Error(`the thread ended with code ${code}`)));
    this.worker.unref();
  }

  /** True once the thread is gone: nothing is open in it any more. */
  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** The input names of a file's session, which has one user more from now on. */
  async open(path: string): Promise<readonly string[]> {
    const session = this.sessions.get(path) ?? { userCount: 0, inputNames: this.load(path) };
    this.sessions.set(path, session);
    session.userCount += 1;
    try {
      return await session.inputNames;
    } catch (error) {
      if (this.sessions.get(path) === session) this.sessions.delete(path);
      throw error;
    }
  }

  private async load(path: string): Promise<readonly string[]> {
    const request: Call = { kind: 'open', path, threadCount: THREAD_COUNT };
    return (await this.call(request, 'model.manifest')).inputNames ?? [];
  }

  async release(path: string): Promise<void> {
    const session = this.sessions.get(path);
    if (!session || this.ended) return;
    session.userCount -= 1;
    if (session.userCount > 0) return;
    this.sessions.delete(path);
    await this.call({ kind: 'release', path }, 'internal');
    if (this.sessions.size === 0 && this.waiting.size === 0) await this.close();
  }

  /**
   * The thread's answer. @throws `code` where ONNX Runtime refuses, the thread's own errors as they are, and
   *   `model.crashed` where the thread breaks off first
   */
  call(request: Call, code: Waiting['code']): Promise<Answer> {
    if (this.ended) return Promise.reject(this.ended); // a message to an ended thread is never answered
    this.lastCall += 1;
    const call = this.lastCall;
    return new Promise((resolve, reject) => {
      this.worker.postMessage({ ...request, call });
      this.waiting.set(call, { resolve, reject, code, path: request.path });
      this.worker.ref();
    });
  }

  private settle(answer: WorkerAnswer): void {
    const waiting = this.waiting.get(answer.call);
    this.waiting.delete(answer.call);
    if (this.waiting.size === 0) this.worker.unref();
    if (!waiting) return;
    if (answer.ok) waiting.resolve(answer);
    else waiting.reject(toError(answer, waiting));
  }

  private end(cause: Error): void {
    if (Runtime.shared === this) Runtime.shared = undefined;
    this.ended ??= new PqrError('model.crashed', 'The thread that runs the model broke off.', {
      hint: 'Try again: the model is loaded anew.',
      cause,
    });
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }

  private async close(): Promise<void> {
    if (Runtime.shared === this) Runtime.shared = undefined;
    await this.worker.terminate();
  }
}
