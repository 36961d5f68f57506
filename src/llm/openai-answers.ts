/** What an endpoint's answer is: whole or cut, refused, and what it cost. */

import { PqrError } from '../ecg/errors.js';
import { checkLimit } from '../ecg/limits.js';
import { malformed } from './openai-errors.js';
import type { LlmRequest, LlmResponse } from './port.js';

export type Usage = LlmResponse['usage'];

/** A token of English is about four bytes; three is on the safe side. */
const BYTES_A_TOKEN = 3;

/** @throws `llm.refused`, `llm.malformed` where the answer is cut, broken off or empty */
export function checkFinish(finish: string | null | undefined, text: string, host: string): void {
  if (finish === 'content_filter') throw refused(host);
  if (finish === 'length') {
    throw malformed(`The answer of the language model at ${host} was cut at its token limit.`);
  }
  if (finish === null || finish === undefined) {
    throw malformed(`The answer of the language model at ${host} broke off.`);
  }
  if (text.trim() === '') throw malformed(`The language model at ${host} answered with no text.`);
}

export function refused(host: string): PqrError {
  return new PqrError('llm.refused', `The language model at ${host} refused to answer.`, {
    hint: 'Word it otherwise, or take another model.',
  });
}

/** Undefined where the endpoint does not count. */
export function usageOf(
  usage: { prompt_tokens?: number; completion_tokens?: number } | null | undefined,
): Usage | undefined {
  const { prompt_tokens: asked, completion_tokens: written } = usage ?? {};
  if (!Number.isFinite(asked) || !Number.isFinite(written)) return undefined;
  return { promptTokens: asked!, completionTokens: written! };
}

/** An upper estimate of what a question costs. */
export function promptTokens({ system, prompt, schema }: LlmRequest): number {
  const form = schema ? JSON.stringify(schema) : '';
  return Math.ceil(Buffer.byteLength(system + prompt + form) / BYTES_A_TOKEN);
}

/** Where the endpoint does not count. */
export function estimated(request: LlmRequest, text: string): Usage {
  return {
    promptTokens: promptTokens(request),
    completionTokens: Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN),
  };
}

/** @throws `limit.exceeded` */
export function checkSize({ system, prompt, maxTokens }: LlmRequest): void {
  const bytes = Buffer.byteLength(system) + Buffer.byteLength(prompt);
  checkLimit('llmPromptBytes', bytes, 'The question to the language model');
  checkLimit('llmAnswerTokens', maxTokens, 'The answer of the language model');
}
