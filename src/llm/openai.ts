/**
 * The LLM port over the `openai` client, for any OpenAI-compatible chat completion endpoint. A call has one
 * time limit over all its tries; Retry-After is kept to where it fits in. Nothing is sent but the request's
 * texts, the answer's form, the model's name and the key.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { APIError } from 'openai';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS } from '../ecg/limits.js';
import { LlmBudget } from './budget.js';
import { type Dialect, FULL_DIALECT, requestBody, simplerDialect } from './dialect.js';
import { endpointFetch } from './endpoint-fetch.js';
import { type CallClock, endpointName, llmError, malformed } from './openai-errors.js';
import type { LlmClient, LlmRequest, LlmResponse } from './port.js';

export interface OpenAiOptions {
  /** Base address, as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
  /** Shared by the clients of a process; without one every client has its own. */
  readonly budget?: LlmBudget;
  /** Over all tries of a call. */
  readonly timeoutMilliseconds?: number;
  readonly tryCount?: number;
}

const DEFAULT_BUDGET = { callCount: 1000, tokenCount: 1_000_000 };
/** Between tries where the server names no time. */
const PAUSE_MILLISECONDS = 500;
/** Ways to ask that an endpoint may turn down before one is left (dialect.ts). */
const DIALECT_STEPS = 6;
/** A token of English is about four bytes; three is on the safe side. */
const BYTES_A_TOKEN = 3;

type Usage = LlmResponse['usage'];

/** @throws `config.invalid` for an address that is none of http or https */
export function openAiClient(options: OpenAiOptions): LlmClient {
  return new OpenAiClient(options);
}

class OpenAiClient implements LlmClient {
  readonly name: string;
  private readonly model: string;
  private readonly host: string;
  private readonly budget: LlmBudget;
  private readonly timeoutMilliseconds: number;
  private readonly tryCount: number;
  private readonly client: OpenAI;
  private dialect: Dialect = FULL_DIALECT;

  constructor({ url, model, key, budget, timeoutMilliseconds, tryCount }: OpenAiOptions) {
    checkAddress(url);
    this.model = model;
    this.host = endpointName(url);
    this.name = `${model} at ${this.host}`;
    this.budget = budget ?? new LlmBudget(DEFAULT_BUDGET);
    this.timeoutMilliseconds = timeoutMilliseconds ?? DEFAULT_LIMITS.llmCallSeconds * 1000;
    this.tryCount = tryCount ?? DEFAULT_LIMITS.llmTryCount;
    this.client = new OpenAI({
      baseURL: url,
      apiKey: key ?? 'none', // the client insists on one; endpointFetch sends it only where given
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: this.timeoutMilliseconds,
      logLevel: 'off',
      fetch: endpointFetch(key),
    });
  }

  async complete(request: LlmRequest): Promise<LlmResponse> {
    return this.call(request, async (signal) => {
      const response = await this.answered(request, signal);
      request.accept?.(response.text);
      return response;
    });
  }

  async *stream(request: LlmRequest): AsyncGenerator<string, LlmResponse> {
    const { signal, clock } = this.clock(request);
    const settle = this.reserve(request);
    const chunks = await this.call(request, (callSignal) => this.opened(request, callSignal), {
      signal,
      clock,
    }).catch((error: PqrError) => {
      if (isTurnedDown(error.cause)) settle(0);
      throw error;
    });
    let usage: Usage | undefined;
    let finish: string | null = null;
    let text = '';
    try {
      for await (const chunk of chunks) {
        usage = usageOf(chunk.usage) ?? usage;
        const choice = chunk.choices?.[0];
        if (choice?.delta?.refusal) throw refused(this.host);
        finish = choice?.finish_reason ?? finish;
        const piece = choice?.delta?.content ?? '';
        text += piece;
        if (piece !== '') yield piece;
      }
    } catch (thrown) {
      throw llmError(thrown, clock);
    }
    if (clock.aborted() || clock.timedOut()) throw llmError(undefined, clock);
    checkFinish(finish, text, this.host);
    settle(usage && usage.promptTokens + usage.completionTokens);
    request.accept?.(text);
    return { text, usage: usage ?? estimated(request, text) };
  }

  /** Runs `work` up to `tryCount` times within the call's time. */
  private async call<T>(
    request: LlmRequest,
    work: (signal: AbortSignal) => Promise<T>,
    { signal, clock } = this.clock(request),
  ): Promise<T> {
    checkSize(request);
    const end = Date.now() + this.timeoutMilliseconds;
    for (let attempt = 1; ; attempt += 1) {
      throwIfAborted(request.signal);
      try {
        return await work(signal);
      } catch (thrown) {
        const error = llmError(thrown, clock);
        const pause = pauseMilliseconds(error);
        const isLast = attempt >= this.tryCount || !error.retryable;
        if (isLast || clock.aborted() || clock.timedOut()) throw error;
        if (Date.now() + pause >= end) throw error; // the server is free again only after our time
        await sleep(pause, undefined, { signal }).catch((cause: unknown) => {
          throw llmError(cause, clock);
        });
      }
    }
  }

  private clock({ signal }: LlmRequest): { signal: AbortSignal; clock: CallClock } {
    const { host, timeoutMilliseconds } = this;
    const deadline = AbortSignal.timeout(timeoutMilliseconds);
    const clock: CallClock = {
      host,
      timeoutMilliseconds,
      aborted: () => signal?.aborted === true,
      timedOut: () => deadline.aborted,
    };
    return { signal: signal ? AbortSignal.any([signal, deadline]) : deadline, clock };
  }

  private reserve(request: LlmRequest): (costTokens: number | undefined) => void {
    return this.budget.reserve(promptTokens(request) + request.maxTokens);
  }

  /** One answer, in the richest form that the endpoint understands. */
  private async answered(request: LlmRequest, signal: AbortSignal): Promise<LlmResponse> {
    const settle = this.reserve(request);
    const answer = await this.inDialect(request, (body) =>
      withSignal(
        this.client.chat.completions.create({ ...body, stream: false }, { signal }),
        signal,
      ),
    ).catch((thrown: unknown) => {
      if (isTurnedDown(thrown)) settle(0);
      throw thrown;
    });
    const usage = usageOf(answer.usage);
    settle(usage && usage.promptTokens + usage.completionTokens);
    const choice = answer.choices?.[0];
    if (!choice?.message) {
      throw malformed(`The endpoint ${this.host} answered without a message.`);
    }
    if (choice.message.refusal) throw refused(this.host);
    const text = choice.message.content ?? '';
    checkFinish(choice.finish_reason, text, this.host);
    return { text, usage: usage ?? estimated(request, text) };
  }

  private opened(request: LlmRequest, signal: AbortSignal) {
    return this.inDialect(request, (body) =>
      this.client.chat.completions.create(
        {
          ...body,
          stream: true,
          ...(this.dialect.streamUsage && { stream_options: { include_usage: true } }),
        },
        { signal },
      ),
    );
  }

  private async inDialect<T>(
    request: LlmRequest,
    send: (body: ReturnType<typeof requestBody>) => Promise<T>,
  ): Promise<T> {
    for (let step = 0; ; step += 1) {
      const { dialect } = this;
      try {
        return await send(requestBody(request, this.model, dialect));
      } catch (thrown) {
        if (!(thrown instanceof APIError) || step >= DIALECT_STEPS) throw thrown;
        const simpler = simplerDialect(dialect, thrown.status, thrown.message);
        if (simpler === undefined) throw thrown;
        if (this.dialect === dialect) this.dialect = simpler;
      }
    }
  }
}

/** The server said no before it read or wrote a token. */
function isTurnedDown(thrown: unknown): boolean {
  return thrown instanceof APIError && thrown.status !== undefined;
}

function checkAddress(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && ['http:', 'https:'].includes(parsed.protocol) && parsed.username === '') return;
  throw new PqrError(
    'config.invalid',
    'The address of the language model is not an http address.',
    {
      hint: 'Give one as http://127.0.0.1:8000/v1 in PQRSEARCH_LLM_URL, the key in PQRSEARCH_LLM_KEY.',
    },
  );
}

function checkSize({ system, prompt, maxTokens }: LlmRequest): void {
  const bytes = Buffer.byteLength(system) + Buffer.byteLength(prompt);
  checkLimit('llmPromptBytes', bytes, 'The question to the language model');
  checkLimit('llmAnswerTokens', maxTokens, 'The answer of the language model');
}

/** The client's timeout ends with the headers: a body that never ends is left here. */
function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function pauseMilliseconds({ details }: PqrError): number {
  const seconds = details['retryAfterSeconds'];
  return typeof seconds === 'number' ? seconds * 1000 : PAUSE_MILLISECONDS;
}

function checkFinish(finish: string | null | undefined, text: string, host: string): void {
  if (finish === 'content_filter') throw refused(host);
  if (finish === 'length') {
    throw malformed(`The answer of the language model at ${host} was cut at its token limit.`);
  }
  if (finish === null || finish === undefined) {
    throw malformed(`The answer of the language model at ${host} broke off.`);
  }
  if (text.trim() === '') throw malformed(`The language model at ${host} answered with no text.`);
}

function refused(host: string): PqrError {
  return new PqrError('llm.refused', `The language model at ${host} refused to answer.`, {
    hint: 'Word it otherwise, or take another model.',
  });
}

function usageOf(
  usage: { prompt_tokens?: number; completion_tokens?: number } | null | undefined,
): Usage | undefined {
  const { prompt_tokens: asked, completion_tokens: written } = usage ?? {};
  if (!Number.isFinite(asked) || !Number.isFinite(written)) return undefined;
  return { promptTokens: asked!, completionTokens: written! };
}

function promptTokens({ system, prompt, schema }: LlmRequest): number {
  const form = schema ? JSON.stringify(schema) : '';
  return Math.ceil(Buffer.byteLength(system + prompt + form) / BYTES_A_TOKEN);
}

/** Where the endpoint does not count. */
function estimated(request: LlmRequest, text: string): Usage {
  return {
    promptTokens: promptTokens(request),
    completionTokens: Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN),
  };
}
