/**
 * What an OpenAI-compatible endpoint understands. Servers differ in how an answer's form is asked for
 * (JSON Schema, any JSON object, or words alone), in the name of the token limit, and in whether a
 * temperature is taken. What a server turns down (HTTP 400, 404, 415, 422, 501 that names the field) is left
 * out from then on.
 */
import type { LlmRequest } from './port.js';

export interface Dialect {
  readonly form: 'schema' | 'object' | 'words';
  readonly tokenField: 'max_tokens' | 'max_completion_tokens';
  readonly temperature: boolean;
  readonly streamUsage: boolean;
}

export const FULL_DIALECT: Dialect = Object.freeze({
  form: 'schema',
  tokenField: 'max_tokens',
  temperature: true,
  streamUsage: true,
});

const REFUSAL_STATUSES = new Set([400, 404, 415, 422, 501]);

/** The dialect to try next after such an answer; undefined where the answer is about something else. */
export function simplerDialect(
  dialect: Dialect,
  status: number | undefined,
  said: string,
): Dialect | undefined {
  if (status === undefined || !REFUSAL_STATUSES.has(status)) return undefined;
  if (/max_(?:completion_)?tokens/.test(said) && dialect.tokenField === 'max_tokens') {
    return { ...dialect, tokenField: 'max_completion_tokens' };
  }
  if (/temperature/.test(said) && dialect.temperature) return { ...dialect, temperature: false };
  if (/stream_options|include_usage/.test(said) && dialect.streamUsage) {
    return { ...dialect, streamUsage: false };
  }
  if (!/response_format|json_schema|json_object|structured|grammar/i.test(said)) return undefined;
  if (dialect.form === 'schema') return { ...dialect, form: 'object' };
  return dialect.form === 'object' ? { ...dialect, form: 'words' } : undefined;
}

/** The body of a chat completion, without `stream`. */
export function requestBody(request: LlmRequest, model: string, dialect: Dialect) {
  const { schema, maxTokens } = request;
  return {
    model,
    messages: [
      { role: 'system' as const, content: systemText(request, dialect) },
      { role: 'user' as const, content: request.prompt },
    ],
    [dialect.tokenField]: maxTokens,
    ...(dialect.temperature && { temperature: 0 }),
    ...(schema && dialect.form === 'schema' && { response_format: schemaFormat(schema) }),
    ...(schema &&
      dialect.form === 'object' && { response_format: { type: 'json_object' as const } }),
  };
}

function schemaFormat(schema: Readonly<Record<string, unknown>>) {
  return {
    type: 'json_schema' as const,
    json_schema: { name: 'answer', strict: true, schema: { ...schema } },
  };
}

/** Where the form cannot be asked for as such, the instructions ask for it. */
function systemText({ system, schema }: LlmRequest, { form }: Dialect): string {
  if (schema === undefined || form === 'schema') return system;
  const told = 'Answer with one JSON object of this JSON Schema and nothing else:';
  return `${system}\n\n${told}\n${JSON.stringify(schema)}`;
}
