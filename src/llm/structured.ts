/** Answers that are data: asked for by JSON Schema, read out of the text, checked with zod. */
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { malformed } from './openai-errors.js';
import type { LlmClient, LlmRequest } from './port.js';

/**
 * Asks for an object of `schema`. An answer that does not fit is asked for once more.
 * @param schema a strict object, every field required: endpoints that hold to a schema ask for that
 * @throws what `complete` throws
 */
export async function completeStructured<T>(
  client: LlmClient,
  schema: z.ZodType<T>,
  request: Omit<LlmRequest, 'schema' | 'accept'>,
): Promise<T> {
  const jsonSchema = sentSchema(z.toJSONSchema(schema)) as Record<string, unknown>;
  let value: { readonly read: T } | undefined;
  await client.complete({
    ...request,
    schema: jsonSchema,
    accept: (text) => {
      value = { read: readStructured(text, schema) };
    },
  });
  if (value) return value.read;
  throw new PqrError('internal', 'A client of the language model did not check its answer.');
}

/** What endpoints that hold to a schema turn down; the answer is checked against all of it here. */
const UNSENT_KEYWORDS = new Set(['$schema', 'minLength', 'maxLength']);

function sentSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sentSchema);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !UNSENT_KEYWORDS.has(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, sentSchema(inner)]));
}

/** @throws `llm.malformed`; its message names fields, not what stands in them */
export function readStructured<T>(text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(bareJson(text)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the whole';
  throw malformed(`The language model's answer does not fit its schema at ${where}.`);
}

/** Models without a form to hold to put their thoughts before the answer, or a fence around it. */
function bareJson(text: string): string {
  const spoken = text.replace(/^\s*<think>[\s\S]*?<\/think>/, '').trim();
  return /^```(?:json)?\s*\n([\s\S]*?)\n?```$/i.exec(spoken)?.[1] ?? spoken;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed("The language model's answer is not JSON.", cause);
  }
}
