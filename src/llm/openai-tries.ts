/**
 * One call of a language model: its time limit over all tries, and the pause between them. Retry-After is
 * kept to where it fits in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkSize } from './openai-answers.js';
import { type CallClock, llmError } from './openai-errors.js';
import type { LlmRequest } from './port.js';

/** Between tries where the server names no time. */
const PAUSE_MILLISECONDS = 500;

export interface TryRules {
  readonly host: string;
  /** Over all tries of a call. */
  readonly timeoutMilliseconds: number;
  readonly tryCount: number;
}

export interface RunningCall {
  readonly signal: AbortSignal;
  readonly clock: CallClock;
}

/** A call's clock starts. */
export function startCall(
  { signal }: LlmRequest,
  { host, timeoutMilliseconds }: TryRules,
): RunningCall {
  const deadline = AbortSignal.timeout(timeoutMilliseconds);
  const clock: CallClock = {
    host,
    timeoutMilliseconds,
    aborted: () => signal?.aborted === true,
    timedOut: () => deadline.aborted,
  };
  return { signal: signal ? AbortSignal.any([signal, deadline]) : deadline, clock };
}

/** Runs `work` up to `tryCount` times within the call's time. */
export async function withTries<T>(
  request: LlmRequest,
  rules: TryRules,
  work: (signal: AbortSignal) => Promise<T>,
  { signal, clock }: RunningCall = startCall(request, rules),
): Promise<T> {
  checkSize(request);
  const end = Date.now() + rules.timeoutMilliseconds;
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(request.signal);
    try {
      return await work(signal);
    } catch (thrown) {
      const error = llmError(thrown, clock);
      const pause = pauseMilliseconds(error);
      const isLast = attempt >= rules.tryCount || !error.retryable;
      if (isLast || clock.aborted() || clock.timedOut()) throw error;
      if (Date.now() + pause >= end) throw error; // the server is free again only after our time
      await sleep(pause, undefined, { signal }).catch((cause: unknown) => {
        throw llmError(cause, clock);
      });
    }
  }
}

function pauseMilliseconds({ details }: PqrError): number {
  const seconds = details['retryAfterSeconds'];
  return typeof seconds === 'number' ? seconds * 1000 : PAUSE_MILLISECONDS;
}

/** The client's timeout ends with the headers: a body that never ends is left here. */
export function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
