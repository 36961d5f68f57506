/**
 * The LLM port over the `openai` client, for any OpenAI-compatible chat completion endpoint. Nothing is sent
 * but the request's texts, the answer's form, the model's name and the key. Tries: openai-tries.ts.
 */
import OpenAI, { APIError } from 'openai';
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { LlmBudget } from './budget.js';
import { type Dialect, FULL_DIALECT, requestBody, simplerDialect } from './dialect.js';
import { endpointFetch } from './endpoint-fetch.js';
import {
  checkFinish,
  estimated,
  promptTokens,
  refused,
  type Usage,
  usageOf,
} from './openai-answers.js';
import { endpointName, llmError, malformed } from './openai-errors.js';
import { startCall, type TryRules, withSignal, withTries } from './openai-tries.js';
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
/** Ways to ask that an endpoint may turn down before one is left (dialect.ts). */
const DIALECT_STEPS = 6;

/** @throws `config.invalid` for an address that is none of http or https */
export function openAiClient(options: OpenAiOptions): LlmClient {
  return new OpenAiClient(options);
}

class OpenAiClient implements LlmClient {
  readonly name: string;
  private readonly model: string;
  private readonly host: string;
  private readonly budget: LlmBudget;
  private readonly rules: TryRules;
  private readonly client: OpenAI;
  private dialect: Dialect = FULL_DIALECT;

  constructor({ url, model, key, budget, timeoutMilliseconds, tryCount }: OpenAiOptions) {
    checkAddress(url);
    this.model = model;
    this.host = endpointName(url);
    this.name = `${model} at ${this.host}`;
    this.budget = budget ?? new LlmBudget(DEFAULT_BUDGET);
    this.rules = {
      host: this.host,
      timeoutMilliseconds: timeoutMilliseconds ?? DEFAULT_LIMITS.llmCallSeconds * 1000,
      tryCount: tryCount ?? DEFAULT_LIMITS.llmTryCount,
    };
    this.client = new OpenAI({
      baseURL: url,
      apiKey: key ?? 'none', // the client insists on one; endpointFetch sends it only where given
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: this.rules.timeoutMilliseconds,
      logLevel: 'off',
      fetch: endpointFetch(key),
    });
  }

  async complete(request: LlmRequest): Promise<LlmResponse> {
    return withTries(request, this.rules, async (signal) => {
      const response = await this.answered(request, signal);
      request.accept?.(response.text);
      return response;
    });
  }

  async *stream(request: LlmRequest): AsyncGenerator<string, LlmResponse> {
    const running = startCall(request, this.rules);
    const { clock } = running;
    const settle = this.reserve(request);
    const chunks = await withTries(
      request,
      this.rules,
      (callSignal) => this.opened(request, callSignal),
      running,
    ).catch((error: PqrError) => {
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
