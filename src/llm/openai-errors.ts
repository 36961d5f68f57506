/**
 * The errors of the `openai` client as ours. What the server wrote is not passed on, it may repeat what it
 * was sent; of its fields only a short code is.
 */
import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { PqrError } from '../ecg/errors.js';

/** The host of an endpoint, as messages name it. */
export function endpointName(url: string): string {
  return new URL(url).host;
}

export interface CallClock {
  readonly host: string;
  readonly timeoutMilliseconds: number;
  /** The caller gave up. */
  readonly aborted: () => boolean;
  /** The call's time is over. */
  readonly timedOut: () => boolean;
}

/** @returns our error for whatever a call threw */
export function llmError(thrown: unknown, clock: CallClock): PqrError {
  const { host } = clock;
  if (clock.aborted()) {
    return new PqrError('request.aborted', 'The request was cancelled.', { cause: thrown });
  }
  if (clock.timedOut()) return timeoutError(clock, thrown);
  if (PqrError.isInstance(thrown)) return thrown;
  if (thrown instanceof APIConnectionError || thrown instanceof APIUserAbortError) {
    return unreachable(host, thrown);
  }
  if (thrown instanceof APIError && thrown.status !== undefined) return statusError(thrown, host);
  if (thrown instanceof SyntaxError) {
    return malformed(`The endpoint ${host} answered with something that is not JSON.`, thrown);
  }
  return unreachable(host, thrown);
}

export function timeoutError(
  { host, timeoutMilliseconds }: Pick<CallClock, 'host' | 'timeoutMilliseconds'>,
  cause?: unknown,
): PqrError {
  const seconds = timeoutMilliseconds / 1000;
  return new PqrError('llm.timeout', `The language model at ${host} took over ${seconds} s.`, {
    hint: 'Try again, or take a smaller model.',
    details: { timeoutMilliseconds },
    cause,
  });
}

export function malformed(message: string, cause?: unknown): PqrError {
  return new PqrError('llm.malformed', message, {
    hint: 'Try again, or take a model that answers in the form it is asked for.',
    cause,
  });
}

function unreachable(host: string, cause: unknown): PqrError {
  return new PqrError('llm.unreachable', `The language model at ${host} gave no answer.`, {
    hint: 'Check PQRSEARCH_LLM_URL and that the server runs.',
    cause,
  });
}

function statusError(thrown: APIError, host: string): PqrError {
  const { status } = thrown;
  const code = shortCode(thrown.code) ?? shortCode(thrown.type);
  const told = `status ${status}${code ? ` (${code})` : ''}`;
  const retryAfterSeconds = retryAfterOf(thrown);
  const details = { status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  if (status === 429 || status === 408 || status === 409 || (status ?? 0) >= 500) {
    const later = retryAfterSeconds === undefined ? '' : ` in ${retryAfterSeconds} s`;
    return new PqrError('llm.busy', `The language model at ${host} answered with ${told}.`, {
      hint: `Try again${later}.`,
      details,
      cause: thrown,
    });
  }
  return new PqrError('llm.rejected', `The endpoint ${host} turned the call down: ${told}.`, {
    hint: 'Check PQRSEARCH_LLM_URL, PQRSEARCH_LLM_MODEL and PQRSEARCH_LLM_KEY.',
    details,
    cause: thrown,
  });
}

function shortCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}

/** Seconds of the Retry-After header, which may be a number or a date. */
export function retryAfterOf({ headers }: APIError): number | undefined {
  const text = headers?.get('retry-after');
  if (!text) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
